"""A model of meaning keeps what the search relies on: the fake always, wordllama where the extra is installed."""

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import pytest
from fake_meaning import FakeMeaning

from bot import meaning
from triage.ports import Meaning

needs_the_extra = pytest.mark.skipif(not meaning.is_installed(), reason="the extra “semantic” is not installed")

TEXTS = (
    "Labels can be sold\nAnyone can sell labels for the training data of the spam filter.",
    "Stickers blind the sorter",
    "",
    "Checkpoint runs code",
)


@pytest.fixture(params=["fake", pytest.param("wordllama", marks=needs_the_extra)])
def model(request: pytest.FixtureRequest) -> Meaning:
    return FakeMeaning() if request.param == "fake" else meaning.load()


def cosines(model: Meaning, question: str, texts: Sequence[str]) -> tuple[float, ...]:
    told = model.compare(question, texts)
    assert told is not None
    return told.cosines


def test_each_text_gets_its_own_cosine_in_order(model: Meaning) -> None:
    for at, text in enumerate(TEXTS):
        near = cosines(model, text, TEXTS)

        assert len(near) == len(TEXTS)
        assert all(isinstance(one, float) and -1 - 1e-6 <= one <= 1 + 1e-6 for one in near)
        assert near[at] == (pytest.approx(1) if text else 0)


def test_what_says_the_same_in_other_words_is_nearer_than_something_else(model: Meaning) -> None:
    same, other = cosines(model, "Tags are bought", ("Labels are sold", "Chat repeats mail"))

    assert same > other + 0.1


def test_a_likeness_does_not_depend_on_what_else_is_asked(model: Meaning) -> None:
    together = cosines(model, "Labels are for sale", TEXTS)
    cosines(model, "Something else altogether", TEXTS[::-1])

    assert [cosines(model, "Labels are for sale", (text,))[0] for text in TEXTS] == list(together)


def test_it_knows_plain_words_better_than_names(model: Meaning) -> None:
    plain, mixed, names, none = (
        told.plain
        for text in ("Anyone can change the labels", "Labels in xyz1/qqzz2", "xyz1/qqzz2 zq_88.kk3", "")
        if (told := model.compare(text, ()))
    )

    assert 1 >= plain > 0.9
    assert plain > mixed > names
    assert none == 0


def test_nothing_to_compare_gives_nothing(model: Meaning) -> None:
    assert cosines(model, "Labels", ()) == ()


@pytest.mark.parametrize("text", ["", " ", "?!", "\x00", "\ud800", "🔥👩‍🔬", "数据投毒", "a" * 3000, "\n" * 3000])
def test_odd_texts_get_a_number(model: Meaning, text: str) -> None:
    near = cosines(model, text, (text, "Labels"))

    assert all(-1.001 <= one <= 1.001 for one in near)
    assert cosines(model, "Labels", (text,))[0] == pytest.approx(near[1])


SHUT = """
import os, sys

def shut(event, given):
    wrote = event == "open" and isinstance(given[1], str) and set(given[1]) & set("wax+")
    if event.startswith(("socket.", "urllib.", "http.", "subprocess.", "os.system")) or wrote:
        os.write(2, f"{event} {given}".encode())
        os._exit(9)

sys.dont_write_bytecode = True
sys.addaudithook(shut)
from bot import meaning
print(meaning.load().compare("Labels are for sale", ["Tags can be bought"]).cosines[0])
print(sorted({"wordllama", "requests", "huggingface_hub", "httpx2", "urllib3"} & set(sys.modules)))
"""


@needs_the_extra
def test_the_model_asks_nobody_writes_nothing_and_imports_no_client(tmp_path: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own line
        [sys.executable, "-c", SHUT],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stderr) == (0, "")
    near, clients = done.stdout.splitlines()
    assert 0 < float(near) < 1
    assert clients == "[]"


@needs_the_extra
def test_a_damaged_or_incomplete_package_is_refused_when_it_is_loaded(tmp_path: Path) -> None:
    from bot.wordllama import WEIGHTS, WORDS, WordLlama  # noqa: PLC0415 - where it is installed

    with pytest.raises(FileNotFoundError):
        WordLlama(tmp_path)

    whole = Path(next(iter(find_spec("wordllama").submodule_search_locations)))
    for name in (WEIGHTS, WORDS):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes((whole / name).read_bytes())
    (tmp_path / WEIGHTS).write_bytes((whole / WEIGHTS).read_bytes()[:1_000_000])
    with pytest.raises(ValueError, match="damaged"):
        WordLlama(tmp_path)
