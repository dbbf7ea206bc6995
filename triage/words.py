"""The words of a text as terms, so that two people's words for one thing meet.

A term stands for a stemmed word, or for a name as it was written. A name such as ``torch.load``, ``SparseTensorToCSR`` or
``anything-llm`` is kept whole, without its hyphens and dots (so that `e-mail` is `email`), and split at them and at its
capitals, too. Scripts that put no spaces between words are cut into pairs of characters. Case, accents and compatibility
forms make no difference.

A term is an integer of 32 bits: a hash of its text, the lowest bit telling the words that any sentence may hold (`the`,
`how`). Hashes keep the index small and any word storable; two words share one about once in 10,000 words of a vocabulary of
100,000, and then only look alike. The numbers are kept in databases: a change here calls for indexing anew.
"""

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from hashlib import blake2b
from itertools import chain

from triage.stems import stem

Term = int

TEXT_MAX = 16_000
"""Characters of a text that are read."""

CHUNK_MAX = 80
"""Characters of a chunk that is taken apart; a longer one (an encoded blob, say) is one term."""

_COMMON = 1
_CACHED = 1 << 16

_CHUNK = re.compile(r"[^\W_]+(?:[._\-/:'@+#]+[^\W_]+|_+)*")
_ASCII_CHUNK = re.compile(_CHUNK.pattern.replace("[^\\W_]", "[A-Za-z0-9]"))  # the same, in two thirds of the time
_SEGMENT = re.compile(r"[/:@+#]+")
_PART = re.compile(r"[._\-]+")
_HUMP = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+|[^\W\d_A-Za-z]+")
_JOINT = re.compile(r"(?<![0-9])[._\-]+|[._\-]+(?![0-9])")  # what joins a name, but not the numbers of a version
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")
_POSSESSIVE = re.compile(r"'[sS](?![^\W_])")
# Thai, Lao, Myanmar, Khmer; kana, Han, their extensions.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)

# Words that say how something is said, not what it is about.
_COMMON_WORDS = """
a about above after again against all almost also although always am an and another any anybody anyone anything are around as
at away be became because become been before being below between both but by came can cannot come could couldn did didn do
does doesn doing don done down during each either else enough etc even ever every everybody everyone everything few for from
further get gets getting give given go goes going gone got had has hasn have haven having he hello her here hers hi him his
how however i if in into is isn it its just keep know known let like likely made make makes making many may maybe me might
mine more most much must my need needs neither never no nobody none nor not nothing now of off often ok on once one only onto
or other others our ours out over own per perhaps please put quite rather really same say says see seem seems shall she should
since so some somebody someone something sometimes still such sure take than thank thanks that the their theirs them then
there these they thing things this those though through thus to together too toward towards tried try trying under until up
upon us use used useful uses using ve very via want wants was wasn way ways we well went were what whatever when where whether
which while who whole whom whose why will with within without won would yes yet you your yours d ll m re s t
"""


def terms(text: str) -> list[Term]:
    """The terms of a text in the order in which they were written, each as often as it was."""
    return list(chain.from_iterable(map(_known.__getitem__, _chunks(text))))


def is_common(term: Term) -> bool:
    """Whether any sentence may hold it."""
    return term & _COMMON == _COMMON


def plain(held: Collection[Term]) -> int:
    """How many of some terms are not common."""
    return len(held) - sum(map(_COMMON.__and__, held))


def spellings(text: str) -> list[str]:
    """The texts behind `terms`, for people who want to know what is compared."""
    return [word for chunk in _chunks(text) for word in _words_of(chunk)]


def _chunks(text: str) -> list[str]:
    text = text[:TEXT_MAX]
    if text.isascii():
        return _ASCII_CHUNK.findall(text)
    apart = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return _CHUNK.findall(unicodedata.normalize("NFC", _BEYOND_ASCII.sub(_unmarked, apart)))


def _unmarked(found: re.Match[str]) -> str:
    return "".join(character for character in found.group() if unicodedata.category(character) not in {"Mn", "Mc"})


class _Known(dict[str, tuple[Term, ...]]):
    """The terms of each chunk that was met lately. A dict, for it is asked for every word of every text.

    There is no end to names, so it begins anew when it is full, and takes over from the one before what is met again.
    """

    def __init__(self) -> None:
        self._before: dict[str, tuple[Term, ...]] = {}

    def __missing__(self, chunk: str) -> tuple[Term, ...]:
        found = self._before.get(chunk)
        if found is None:
            found = tuple(map(_term, _words_of(chunk)))
        if len(self) >= _CACHED:
            self._before = dict(self)
            self.clear()
        self[chunk] = found
        return found


_known = _Known()


def _is_word(chunk: str) -> bool:
    return chunk.isascii() and chunk.isalpha() and (chunk.islower() or chunk.isupper() or chunk.istitle())


def _words_of(chunk: str) -> list[str]:
    if _is_word(chunk):
        return [stem(chunk.lower())]
    if "'" in chunk:
        chunk = _POSSESSIVE.sub("", chunk).replace("'", "/")
    if len(chunk) > CHUNK_MAX:
        return [chunk.lower()]
    words: list[str] = []
    for segment in _SEGMENT.split(chunk):
        humps = _humps(segment)
        if len(humps) > 1:
            words.append(stem(_JOINT.sub("", segment).lower()))
            parts = _PART.split(segment)
            if 1 < len(parts) < len(humps):  # a name in a name
                words += [stem(part.lower()) for part in parts if len(_humps(part)) > 1]
        words += [stem(hump.lower()) for hump in humps]
    return words


def _humps(text: str) -> list[str]:
    if text.isascii():
        return _HUMP.findall(text)
    humps: list[str] = []
    for piece in _HUMP.findall(text):
        pairs = [_pairs(run) for run in _UNSPACED.findall(piece)]
        humps += [run for run in _UNSPACED.split(piece) if run]
        humps += [pair for run in pairs for pair in run]
    return humps


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


@lru_cache(maxsize=_CACHED // 4)
def _term(word: str) -> Term:
    number = int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")
    return number | _COMMON if word in _common_stems() else number & ~_COMMON


@lru_cache(maxsize=1)
def _common_stems() -> frozenset[str]:
    return frozenset(stem(word) for word in _COMMON_WORDS.split())
