"""The model of the extra `semantic`: wordllama's table of word vectors, read from its package's files and run with numpy.

The package itself is not imported: that would set up the whole program's log and bring a web client along. Nothing is fetched,
and nothing of a text is kept.
"""

import json
from collections.abc import Iterable, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from triage.likeness import Nearness

WEIGHTS = Path("weights", "l2_supercat_256.safetensors")
WORDS = Path("tokenizers", "l2_supercat_tokenizer_config.json")
TABLE = "embedding.weight"
HEAD_MAX = 1_000_000
WORD_BEGINS, LINE_ENDS = "\N{LOWER ONE EIGHTH BLOCK}", "<0x0A>"


class WordLlama:
    """`triage.ports.Meaning`: a text is the mean of its words' vectors; it is as near as it is, or as its first line is."""

    def __init__(self, folder: Path, version: str = "") -> None:
        self.name = f"wordllama {version}".strip()
        self._table = _table(folder / WEIGHTS)
        self._words = Tokenizer.from_file(str(folder / WORDS))
        self._words.no_padding()
        self._words.no_truncation()
        self._line_ends = self._words.token_to_id(LINE_ENDS)

    @classmethod
    def installed(cls) -> "WordLlama":
        """The one that pip installed. Raises `FileNotFoundError` and `ValueError` where files are missing or damaged."""
        found = find_spec("wordllama")
        if found is None or not found.submodule_search_locations:
            raise FileNotFoundError("wordllama is not installed")
        return cls(Path(found.submodule_search_locations[0]), metadata.version("wordllama"))

    def compare(self, question: str, texts: Sequence[str]) -> Nearness:
        """How near each text is to the question; 0 for a text without words."""
        asked = self._pieces(question)
        wanted = _of_length_1(self._table[asked.ids].sum(axis=0))
        return Nearness(tuple(self._near(wanted, text) for text in texts), _plain(asked.tokens))

    def _near(self, wanted: Any, text: str) -> float:
        pieces = self._pieces(text).ids
        rows = self._table[pieces]
        first = pieces.index(self._line_ends) if self._line_ends in pieces else 0
        parts = (rows, rows[:first]) if first else (rows,)
        return max(float(wanted @ _of_length_1(part.sum(axis=0))) for part in parts)

    def _pieces(self, text: str) -> Any:
        # Half of a surrogate pair is no character, and the tokenizer takes none.
        return self._words.encode(text.encode(errors="replace").decode(), add_special_tokens=False)


def _of_length_1(vector: Any) -> Any:
    """The vector at length 1; nothing stays nothing."""
    return vector / max(float(np.linalg.norm(vector)), 1e-9)


def _plain(pieces: Iterable[str]) -> float:
    """The share of words that are one piece. A piece that begins a word begins with a mark."""
    words: list[int] = []
    for piece in pieces:
        if piece.startswith(WORD_BEGINS) or piece == LINE_ENDS or not words:
            words.append(0)
        words[-1] += any(map(str.isalnum, piece)) and piece != LINE_ENDS
    written = [count for count in words if count]
    return sum(count == 1 for count in written) / len(written) if written else 0.0


def _table(file: Path) -> Any:
    """The vectors, a row a word, as they lie in a file of the format safetensors: a head in JSON, then the numbers."""
    size = file.stat().st_size
    with file.open("rb") as opened:
        length = int.from_bytes(opened.read(8), "little")
        if not 0 < length < min(size, HEAD_MAX):
            raise ValueError(f"{file.name} is damaged")
        told = json.loads(opened.read(length))[TABLE]
    kind = {"F16": np.dtype("<f2"), "F32": np.dtype("<f4")}[told["dtype"]]
    begin, end = told["data_offsets"]
    rows, columns = told["shape"]
    if end - begin != rows * columns * kind.itemsize or 8 + length + end > size:
        raise ValueError(f"{file.name} is damaged")
    # As numbers of four bytes, for those of two are added four times as slowly.
    return (
        np.fromfile(file, dtype=kind, count=rows * columns, offset=8 + length + begin)
        .reshape(rows, columns)
        .astype("f4")
    )
