"""A scene as PNG."""

import struct
import zlib

from bot.slides.scene import HEIGHT, WIDTH, Box, Line, Scene, Words
from bot.slides.strokes import segments

_CHANNELS = 3
Colour = tuple[int, int, int]
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png(scene: Scene) -> bytes:
    """The file's content: 8 bits a channel, no transparency."""
    page = _Page()
    for shape in scene.shapes:
        if isinstance(shape, Box):
            page.fill(shape)
        elif isinstance(shape, Line):
            page.stroke((shape.x1, shape.y1, shape.x2, shape.y2), shape.width, _colour(shape.colour))
        else:
            page.write(shape)
    return page.encoded(scene.title)


class _Page:
    """Pixels, white at first."""

    def __init__(self) -> None:
        self._rows = [bytearray(b"\xff" * WIDTH * _CHANNELS) for _ in range(HEIGHT)]

    def fill(self, box: Box) -> None:
        left, right = max(box.x, 0), min(box.x + box.width, WIDTH)
        filling = bytes(_colour(box.colour)) * max(right - left, 0)
        for row in self._rows[max(box.y, 0) : max(box.y + box.height, 0)]:
            row[left * _CHANNELS : right * _CHANNELS] = filling

    def write(self, words: Words) -> None:
        lines, width = segments(words.text, words.size)
        start = words.x - {"start": 0.0, "middle": width / 2, "end": width}[words.anchor]
        pen = words.size * (0.115 if words.bold else 0.08)
        for x1, y1, x2, y2 in lines:
            self.stroke((start + x1, words.y + y1, start + x2, words.y + y2), pen, _colour(words.colour))

    def stroke(self, line: tuple[float, float, float, float], width: float, colour: Colour) -> None:
        """A line with round ends: each pixel is covered as far as it is near enough."""
        x1, y1, x2, y2 = line
        half = width / 2
        along_x, along_y = x2 - x1, y2 - y1
        square = along_x * along_x + along_y * along_y
        reach = half + 1
        for y in range(max(int(min(y1, y2) - reach), 0), min(int(max(y1, y2) + reach) + 1, HEIGHT)):
            row = self._rows[y]
            middle_y = y + 0.5
            for x in range(max(int(min(x1, x2) - reach), 0), min(int(max(x1, x2) + reach) + 1, WIDTH)):
                middle_x = x + 0.5
                at = ((middle_x - x1) * along_x + (middle_y - y1) * along_y) / square if square else 0.0
                at = min(max(at, 0.0), 1.0)
                away_x, away_y = middle_x - x1 - at * along_x, middle_y - y1 - at * along_y
                cover = half + 0.5 - (away_x * away_x + away_y * away_y) ** 0.5
                if cover > 0:
                    self._blend(row, x, min(cover, 1.0), colour)

    @staticmethod
    def _blend(row: bytearray, x: int, cover: float, colour: Colour) -> None:
        for channel in range(_CHANNELS):
            at = x * _CHANNELS + channel
            row[at] = round(row[at] + (colour[channel] - row[at]) * cover)

    def encoded(self, title: str) -> bytes:
        head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
        pixels = zlib.compress(b"".join(b"\0" + row for row in self._rows), 9)
        text = b"Title\0" + title.encode("latin-1", "replace")
        return SIGNATURE + b"".join(
            _chunk(kind, data) for kind, data in ((b"IHDR", head), (b"tEXt", text), (b"IDAT", pixels), (b"IEND", b""))
        )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _colour(code: str) -> Colour:
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)
