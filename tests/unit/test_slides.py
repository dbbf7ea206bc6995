"""The charts for slides: nothing hangs on a colour, every character can be drawn, and no number is left out."""

import struct
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.slides import charts
from bot.slides.png import png
from bot.slides.scene import HEIGHT, WIDTH, Box, Scene, Words
from bot.slides.strokes import drawable, segments
from bot.slides.tables import figures_csv
from triage.figures import AGES, Mix, Records, figures
from triage.severity import Severity
from triage.weeks import period_window

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
WINDOW = period_window("90d", "Europe/Berlin", NOW)
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
mixes = st.builds(Mix, *(st.integers(0, 400) for _ in range(5)))


def pixels(data: bytes) -> bytes:
    """The raw rows of a PNG, each chunk's checksum looked at."""
    at, body = 8, b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + content)
        body += content if kind == b"IDAT" else b""
        at += 12 + length
    return zlib.decompress(body)


@settings(max_examples=30)
@given(bars=st.lists(mixes, min_size=1, max_size=20))
def test_every_bar_has_its_number_and_stays_on_the_page(bars: list[Mix]) -> None:
    labels = [f"W{n:02}" for n in range(len(bars))]
    scene = charts.draw(charts.Bars("Title", "Subtitle", labels, bars))
    said = [shape.text for shape in scene.shapes if isinstance(shape, Words)]
    boxes = [shape for shape in scene.shapes if isinstance(shape, Box)]

    assert all(said.count(str(mix.total)) >= 1 for mix in bars if mix.total)
    assert all(label in said for label in labels)
    assert all(b.x >= 0 and b.x + b.width <= WIDTH and b.y >= 100 and b.y + b.height <= HEIGHT for b in boxes)
    assert all(f"{mix.critical} Critical" in scene.told for mix in bars if mix.critical)


@given(bars=st.lists(mixes, min_size=1, max_size=14))
def test_each_part_is_as_high_as_its_number(bars: list[Mix]) -> None:
    scene = charts.draw(charts.Bars("", "", [f"W{n}" for n in range(len(bars))], bars))
    boxes = [shape for shape in scene.shapes if isinstance(shape, Box) and shape.y > 170]
    highest = max(mix.total for mix in bars)

    for colour, field in ((colour, field) for _, field, colour, _ in charts.SERIES):
        drawn = [box.height for box in boxes if box.colour == colour]
        numbers = [getattr(mix, field) for mix in bars if getattr(mix, field)]
        assert len(drawn) == len(numbers)
        if numbers and highest:
            scale = [(height + 1) / number for height, number in zip(drawn, numbers, strict=True) if number > 100]
            assert not scale or max(scale) - min(scale) < 0.03


def test_every_character_of_a_chart_can_be_drawn() -> None:
    made = figures(Records(), WINDOW)
    for bars in (charts.weeks(made, f"Report, 27 Aug 2025 to 24 Nov 2026 {MONTHS}"), charts.ages(made, "")):
        scene = charts.draw(bars)
        assert [s.text for s in scene.shapes if isinstance(s, Words) and not drawable(s.text)] == []
    assert all(drawable(name) for name, *_ in charts.SERIES)


def test_what_has_no_stroke_is_a_question_mark_not_a_failure() -> None:
    assert segments("Ünï✓", 20)[0]
    assert segments("", 20) == ([], 0.0)


def test_a_picture_is_a_sound_png_of_the_slide_s_size() -> None:
    data = png(Scene("Ü title", "", (Box(10, 20, 30, 40, "#7a0c2e"), Words(100, 100, "Hg8", 30))))

    rows = pixels(data)
    assert len(rows) == HEIGHT * (1 + 3 * WIDTH)
    row = rows[30 * (1 + 3 * WIDTH) :][1 : 1 + 3 * WIDTH]
    assert row[3 * 9 : 3 * 11] == b"\xff\xff\xff\x7a\x0c\x2e"
    assert any(rows[n] < 0x40 for n in range(85 * (1 + 3 * WIDTH), 99 * (1 + 3 * WIDTH)))  # the words are dark


@pytest.mark.parametrize("name", ["=1+1", "+A1", "-2", "@SUM(A1)", "\tx"])
def test_a_typed_word_that_a_spreadsheet_would_run_is_made_text(name: str) -> None:
    table = figures_csv(figures(Records(systems=[(name, 3)], named_systems=3), WINDOW))

    assert f"system,'{name},3" in table.replace('"', "")


def test_all_ages_and_severities_are_in_the_table() -> None:
    rows = [(age, severity, 1) for age in range(len(AGES)) for severity in (*Severity, None)]
    table = figures_csv(figures(Records(open=rows), WINDOW))

    assert all(f"open by age,{name},5" in table for _, name in AGES)
