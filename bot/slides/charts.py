"""The charts of a report: stacked bars with their numbers written in them, so that nothing hangs on a colour."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.slides.scene import HEIGHT, WIDTH, Box, Line, Scene, Words
from triage.figures import AGES, Figures, Mix

INK, GREY, RULE = "#1d1c1d", "#5c5c60", "#dddddd"
# Dark to light by badness, far enough apart for colour-blind eyes and for grey paper; text on each has contrast 4.5.
SERIES = (
    ("Critical", "critical", "#7a0c2e", "#ffffff"),
    ("Important", "important", "#c2571a", "#ffffff"),
    ("Moderate", "moderate", "#7fb3d5", INK),
    ("Low", "low", "#d9e4ec", INK),
    ("Outside the bar", "outside", "#eeeeee", INK),
)
LEFT, RIGHT, TOP, BOTTOM = 110, 60, 225, 110
LEAST_HEIGHT = 24  # pixels that a number needs inside its part of a bar


@dataclass(frozen=True, slots=True)
class Bars:
    """What a chart of stacked bars shows."""

    title: str
    subtitle: str
    labels: Sequence[str]
    mixes: Sequence[Mix]


def weeks(figures: Figures, subtitle: str) -> Bars:
    """What came in per week, by severity."""
    return Bars("Reports filed per week, by severity", subtitle, figures.window.labels, figures.series)


def ages(figures: Figures, subtitle: str) -> Bars:
    """What stands open, by age and severity."""
    return Bars("Open reports by age and severity", subtitle, [name for _, name in AGES], figures.open_by_age)


def draw(bars: Bars) -> Scene:
    """Lay the chart out."""
    highest = max((mix.total for mix in bars.mixes), default=0)
    step = _step(highest)
    top = max(step, -(-highest // step) * step)
    room = HEIGHT - TOP - BOTTOM
    base = HEIGHT - BOTTOM
    shapes: list[Box | Line | Words] = [
        Words(LEFT, 70, bars.title, 40, INK, bold=True),
        Words(LEFT, 112, bars.subtitle, 24, GREY),
        *_legend(bars),
    ]
    for value in range(0, top + 1, step):
        y = base - room * value / top
        shapes.append(Line(LEFT, y, WIDTH - RIGHT, y, RULE if value else GREY))
        shapes.append(Words(LEFT - 16, y + 8, str(value), 22, GREY, "end"))
    slot = (WIDTH - LEFT - RIGHT) / max(len(bars.labels), 1)
    for index, (label, mix) in enumerate(zip(bars.labels, bars.mixes, strict=True)):
        middle = LEFT + slot * (index + 0.5)
        shapes += _bar(mix, middle, round(min(slot * 0.64, 150)), base, room / top)
        shapes.append(Words(middle, base + 40, label, 22, INK, "middle"))
    return Scene(bars.title, _told(bars), tuple(shapes))


def _bar(mix: Mix, middle: float, width: int, base: int, scale: float) -> list[Box | Line | Words]:
    shapes: list[Box | Line | Words] = []
    below = 0
    for _, field, colour, ink in SERIES:
        number = getattr(mix, field)
        if not number:
            continue
        low, high = round(base - below * scale), round(base - (below + number) * scale)
        below += number
        shapes.append(Box(round(middle - width / 2), high, width, max(1, low - high - 1), colour))
        if low - high >= LEAST_HEIGHT:
            shapes.append(Words(middle, (low + high) / 2 + 7, str(number), 20, ink, "middle"))
    if mix.total:
        shapes.append(Words(middle, base - mix.total * scale - 10, str(mix.total), 22, INK, "middle", bold=True))
    return shapes


def _legend(bars: Bars) -> list[Box | Line | Words]:
    shapes: list[Box | Line | Words] = []
    x = LEFT
    for name, field, colour, _ in SERIES:
        if not any(getattr(mix, field) for mix in bars.mixes):
            continue
        shapes += [Box(x, 142, 22, 22, colour), Words(x + 32, 161, name, 22, INK)]
        x += 32 + 13 * len(name) + 40
    return shapes


def _step(highest: int) -> int:
    """A round distance between the lines: about five of them."""
    for factor in (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000):
        for step in (1, 2, 5):
            if highest <= 5 * step * factor:
                return step * factor
    return 10_000_000


def _told(bars: Bars) -> str:
    parts = []
    for label, mix in zip(bars.labels, bars.mixes, strict=True):
        numbers = [f"{getattr(mix, field)} {name}" for name, field, _, _ in SERIES if getattr(mix, field)]
        parts.append(f"{label}: {', '.join(numbers) or 'none'}.")
    return " ".join(parts)
