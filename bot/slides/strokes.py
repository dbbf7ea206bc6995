"""An alphabet of strokes for the PNG charts, of our own: their titles, labels and numbers, which hold no typed text.

A glyph is drawn on a grid: x to the right, y 0 on the base line, 7 the height of capitals, 5 that of small letters. It is
written as its width and its strokes, parted by `/`: a stroke is points `x,y`, or one arc `@x,y,rx,ry,from,to` around a
middle, with its angles in degrees, 0 to the right and 90 up.
"""

from functools import cache
from itertools import pairwise
from math import cos, radians, sin

CAPITAL = 7.0  # units of the grid
CAP_TO_SIZE = 0.7  # a capital's height as a share of the size
SPACING = 1.7  # units between glyphs
UNKNOWN = "?"
ARC_STEP = 15  # degrees to a straight piece
Segment = tuple[float, float, float, float]

_BOWL = "@2,2.5,2,2.5,0,360"
_GLYPHS = {
    " ": (1.8, ""),
    ".": (0.0, "0,0 0,.2"),
    ",": (0.4, ".4,.3 0,-1.2"),
    ":": (0.0, "0,0 0,.2 / 0,4.2 0,4.4"),
    "-": (2.2, "0,2.6 2.2,2.6"),
    "(": (1.0, "@2.4,2.5,2.4,5,130,230"),
    ")": (1.0, "@-1.4,2.5,2.4,5,50,-50"),
    "/": (3.0, "0,-1 3,7.5"),
    "?": (3.6, "@1.8,5.3,1.8,1.7,160,-60 / 2.7,3.8 1.8,2.9 1.8,2 / 1.8,.2 1.8,0"),
    "0": (4.2, "@2.1,3.5,2.1,3.5,0,360"),
    "1": (4.2, ".8,5.7 2.4,7 2.4,0"),
    "2": (4.2, "@2.1,5,2,2,160,-25 / 3.9,4.15 .1,0 4.2,0"),
    "3": (4.2, "@2,5.3,1.8,1.7,150,-90 / @2,1.8,2.15,1.8,90,-150"),
    "4": (4.2, "3.2,0 3.2,7 0,2 4.3,2"),
    "5": (4.2, "3.8,7 .7,7 .4,3.7 / @2,2.2,2.15,2.2,138,-150"),
    "6": (4.2, "@2.1,2.1,2.1,2.1,0,360 / @3.9,2.4,3.9,4.6,180,100"),
    "7": (4.2, "0,7 4.2,7 1.4,0"),
    "8": (4.2, "@2.1,5.3,1.7,1.7,0,360 / @2.1,1.8,2.1,1.8,0,360"),
    "9": (4.2, "@2.1,4.9,2.1,2.1,0,360 / @.3,4.6,3.9,4.6,0,-80"),
    "A": (5.0, "0,0 2.5,7 5,0 / .9,2.4 4.1,2.4"),
    "B": (4.4, "2.6,0 0,0 0,7 2.4,7 / @2.4,5.3,1.7,1.7,90,-90 / 0,3.6 2.6,3.6 / @2.6,1.8,1.8,1.8,90,-90"),
    "C": (4.7, "@2.8,3.5,2.8,3.5,50,310"),
    "D": (4.9, "2,0 0,0 0,7 2,7 / @2,3.5,2.9,3.5,90,-90"),
    "E": (4.0, "4,7 0,7 0,0 4,0 / 0,3.6 3.4,3.6"),
    "F": (3.8, "4,7 0,7 0,0 / 0,3.6 3.3,3.6"),
    "G": (5.2, "@2.8,3.5,2.8,3.5,50,325 / 3.1,3.3 5.1,3.3 5.1,1.5"),
    "H": (5.0, "0,0 0,7 / 5,0 5,7 / 0,3.6 5,3.6"),
    "I": (0.0, "0,0 0,7"),
    "J": (3.0, "3,7 3,1.6 / @1.5,1.6,1.5,1.6,0,-150"),
    "K": (4.8, "0,0 0,7 / 4.6,7 0,2.6 / 1.6,4.1 4.8,0"),
    "L": (3.8, "0,7 0,0 3.8,0"),
    "M": (6.0, "0,0 0,7 3,1.5 6,7 6,0"),
    "N": (5.0, "0,0 0,7 5,0 5,7"),
    "O": (6.0, "@3,3.5,3,3.5,0,360"),
    "P": (4.3, "0,0 0,7 2.4,7 / @2.4,5.1,1.9,1.9,90,-90 / 2.4,3.2 0,3.2"),
    "Q": (6.0, "@3,3.5,3,3.5,0,360 / 3.6,1.8 5.8,-.6"),
    "R": (4.5, "0,0 0,7 2.4,7 / @2.4,5.1,1.9,1.9,90,-90 / 2.4,3.2 0,3.2 / 2.3,3.2 4.5,0"),
    "S": (4.6, "@2.3,5.2,2,1.8,35,270 / @2.3,1.7,2.3,1.7,90,-145"),
    "T": (5.0, "0,7 5,7 / 2.5,7 2.5,0"),
    "U": (5.0, "0,7 0,2.5 / @2.5,2.5,2.5,2.5,180,360 / 5,2.5 5,7"),
    "V": (5.0, "0,7 2.5,0 5,7"),
    "W": (7.2, "0,7 1.8,0 3.6,7 5.4,0 7.2,7"),
    "X": (4.8, "0,0 4.8,7 / 0,7 4.8,0"),
    "Y": (4.8, "0,7 2.4,3.4 4.8,7 / 2.4,3.4 2.4,0"),
    "Z": (4.6, "0,7 4.6,7 0,0 4.6,0"),
    "a": (4.0, f"{_BOWL} / 4,5 4,0"),
    "b": (4.0, f"0,7 0,0 / {_BOWL}"),
    "c": (3.6, "@2.1,2.5,2.1,2.5,45,315"),
    "d": (4.0, f"4,7 4,0 / {_BOWL}"),
    "e": (4.1, ".05,2.6 4.1,2.6 / @2.1,2.5,2.05,2.5,3,320"),
    "f": (2.4, "@2.1,5.4,1.2,1.6,60,180 / .9,5.4 .9,0 / 0,4.8 2.3,4.8"),
    "g": (4.0, f"{_BOWL} / 4,5 4,0 / @2,0,2,2,0,-150"),
    "h": (3.8, "0,7 0,0 / @1.9,3.1,1.9,1.9,180,0 / 3.8,3.1 3.8,0"),
    "i": (0.0, "0,0 0,5 / 0,6.8 0,7"),
    "j": (1.0, "1,5 1,-.6 / @0,-.6,1,1.4,0,-90 / 1,6.8 1,7"),
    "k": (3.7, "0,7 0,0 / 3.5,5 0,1.8 / 1.3,3 3.7,0"),
    "l": (0.0, "0,7 0,0"),
    "m": (6.4, "0,5 0,0 / @1.6,3.4,1.6,1.6,180,0 / 3.2,3.4 3.2,0 / @4.8,3.4,1.6,1.6,180,0 / 6.4,3.4 6.4,0"),
    "n": (3.8, "0,5 0,0 / @1.9,3.1,1.9,1.9,180,0 / 3.8,3.1 3.8,0"),
    "o": (4.3, "@2.15,2.5,2.15,2.5,0,360"),
    "p": (4.0, f"0,5 0,-2 / {_BOWL}"),
    "q": (4.0, f"4,5 4,-2 / {_BOWL}"),
    "r": (2.4, "0,5 0,0 / @1.9,2.9,1.9,2.1,180,70"),
    "s": (3.4, "@1.7,3.75,1.45,1.25,35,270 / @1.7,1.25,1.7,1.25,90,-145"),
    "t": (2.6, "1,6.6 1,1.4 / @2.2,1.4,1.2,1.4,180,290 / 0,5 2.4,5"),
    "u": (3.8, "0,5 0,1.9 / @1.9,1.9,1.9,1.9,180,360 / 3.8,5 3.8,0"),
    "v": (3.8, "0,5 1.9,0 3.8,5"),
    "w": (6.0, "0,5 1.5,0 3,5 4.5,0 6,5"),
    "x": (3.6, "0,0 3.6,5 / 0,5 3.6,0"),
    "y": (3.8, "0,5 1.9,0 / 3.8,5 1.1,-2"),
    "z": (3.5, "0,5 3.5,5 0,0 3.5,0"),
}


def segments(text: str, size: float) -> tuple[list[Segment], float]:
    """The strokes of a line of text that begins at 0, 0, y downwards, and its width; all in pixels."""
    scale = size * CAP_TO_SIZE / CAPITAL
    lines: list[Segment] = []
    at = 0.0
    for character in text:
        width, strokes = _glyph(character if character in _GLYPHS else UNKNOWN)
        lines += [(scale * (at + x1), -scale * y1, scale * (at + x2), -scale * y2) for x1, y1, x2, y2 in strokes]
        at += width + SPACING
    return lines, scale * max(at - SPACING, 0.0)


def drawable(text: str) -> bool:
    """Whether every character has a glyph."""
    return all(character in _GLYPHS for character in text)


@cache
def _glyph(character: str) -> tuple[float, tuple[Segment, ...]]:
    width, drawn = _GLYPHS[character]
    lines: list[Segment] = []
    for stroke in filter(None, (part.strip() for part in drawn.split("/"))):
        points = _arc(stroke) if stroke.startswith("@") else [_numbers(point) for point in stroke.split()]
        lines += [(a[0], a[1], b[0], b[1]) for a, b in pairwise(points)]
    return width, tuple(lines)


def _arc(stroke: str) -> list[list[float]]:
    x, y, rx, ry, start, end = _numbers(stroke[1:])
    pieces = max(1, round(abs(end - start) / ARC_STEP))
    angles = [radians(start + (end - start) * n / pieces) for n in range(pieces + 1)]
    return [[x + rx * cos(angle), y + ry * sin(angle)] for angle in angles]


def _numbers(text: str) -> list[float]:
    return [float(number) for number in text.split(",")]
