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

from snowballstemmer.english_stemmer import EnglishStemmer  # type: ignore[import-untyped] # it has no types

Term = int

TEXT_MAX = 16_000
"""Characters of a text that are read."""

CHUNK_MAX = 80
"""Characters of a chunk that is taken apart; a longer one (an encoded blob, say) is one term."""

STEM_MIN = 3
_COMMON = 1
_CACHED = 1 << 16

_CHUNK = re.compile(r"[^\W_]+(?:[._\-/:'@+#]+[^\W_]+|_+)*")
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
    return list(chain.from_iterable(map(_known.__getitem__, _CHUNK.findall(_spelt(text)))))


def is_common(term: Term) -> bool:
    """Whether any sentence may hold it."""
    return term & _COMMON == _COMMON


def plain(held: Collection[Term]) -> int:
    """How many of some terms are not common."""
    return len(held) - sum(map(_COMMON.__and__, held))


def spellings(text: str) -> list[str]:
    """The texts behind `terms`, for people who want to know what is compared."""
    return [word for chunk in _CHUNK.findall(_spelt(text)) for word in _words_of(chunk)]


def _spelt(text: str) -> str:
    text = text[:TEXT_MAX]
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return unicodedata.normalize("NFC", _BEYOND_ASCII.sub(_unmarked, apart))


def _unmarked(found: re.Match[str]) -> str:
    return "".join(character for character in found.group() if unicodedata.category(character) not in {"Mn", "Mc"})


class _Known(dict[str, tuple[Term, ...]]):
    """The terms of each chunk; forgets all when there are too many. A dict, for it is asked for every word of every text."""

    def __missing__(self, chunk: str) -> tuple[Term, ...]:
        if len(self) >= _CACHED:
            self.clear()
        found = self[chunk] = tuple(_term(word) for word in _words_of(chunk))
        return found


_known = _Known()


def _words_of(chunk: str) -> list[str]:
    if "'" in chunk:
        chunk = _POSSESSIVE.sub("", chunk).replace("'", "/")
    if len(chunk) > CHUNK_MAX:
        return [chunk.lower()]
    if chunk.isascii() and chunk.isalpha() and (chunk.islower() or chunk.isupper() or chunk.istitle()):
        return [_stem(chunk.lower())]
    words: list[str] = []
    for segment in _SEGMENT.split(chunk):
        parts = [part for part in _PART.split(segment) if part]
        humps = [(part, _humps(part)) for part in parts]
        if len(parts) > 1 or any(len(inner) > 1 for _, inner in humps):
            words.append(_stem(_JOINT.sub("", segment).lower()))
        for part, inner in humps:
            if len(parts) > 1 and len(inner) > 1:
                words.append(_stem(part.lower()))
            words += [_stem(hump.lower()) for hump in inner]
    return words


def _humps(part: str) -> list[str]:
    if part.isascii():
        return _HUMP.findall(part)
    humps: list[str] = []
    for piece in _HUMP.findall(part):
        pairs = [_pairs(run) for run in _UNSPACED.findall(piece)]
        humps += [run for run in _UNSPACED.split(piece) if run]
        humps += [pair for run in pairs for pair in run]
    return humps


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)] or [run]


def _term(word: str) -> Term:
    number = int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")
    return number | _COMMON if word in _common_stems() else number & ~_COMMON


@lru_cache(maxsize=1)
def _common_stems() -> frozenset[str]:
    return frozenset(_stem(word) for word in _COMMON_WORDS.split())


@lru_cache(maxsize=_CACHED)
def _stem(word: str) -> str:
    if len(word) < STEM_MIN or not (word.isascii() and word.isalpha()):
        return word
    # A stemmer keeps its place in itself, so each word gets one of its own: threads may read at once.
    return str(EnglishStemmer().stemWord(word))
