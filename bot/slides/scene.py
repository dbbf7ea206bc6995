"""What a chart is made of, before it is written as SVG or PNG: boxes, lines and words on a white page."""

from dataclasses import dataclass
from typing import Literal

WIDTH, HEIGHT = 1600, 900  # pixels of a 16:9 slide

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; whole pixels."""

    x: int
    y: int
    width: int
    height: int
    colour: str


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line."""

    x1: float
    y1: float
    x2: float
    y2: float
    colour: str
    width: float = 2.0


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text; `y` is its base line, `size` its height in pixels."""

    x: float
    y: float
    text: str
    size: int = 24
    colour: str = "#1d1c1d"
    anchor: Anchor = "start"
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """A page of shapes, drawn in their order; `title` and `told` say in words what it shows."""

    title: str
    told: str
    shapes: tuple[Box | Line | Words, ...]
