"""What remains of an English word without its endings, so that `classified`, `classifier` and `classification` are one.

One pass of suffix stripping. On the public sets it finds what Snowball's English stemmer finds (docs/finding-repeats.md), at a
twentieth of its time, which is most of the time that taking in a report costs.
"""

import re

SHORTEST = 3
"""Letters that remain of a word at least, one of them a vowel."""

_ENDINGS = """
ibility ability ization isation ication ational iveness fulness ousness icating ically icated iously
izing ising ating ation ition ially ously icate
ated ized ised ingly edly ance ence ancy ency able ible ment ness ious ally ator izer iser ying
ied ier ial ing ion ity ive ous ful ize ise ate ure ely
ed er or al ic ly ia
e y i
"""
_ENDING = re.compile(f"(?:{'|'.join(_ENDINGS.split())})$")
_VOWEL = re.compile("[aeiouy]")


def stem(word: str) -> str:
    """The stem of a word in lower-case letters from a to z; anything else comes back as it is."""
    if len(word) <= SHORTEST or not (word.isascii() and word.isalpha()):
        return word
    if word[-1] == "s" and word[-2] not in "sui":
        word = f"{word[:-3]}y" if word.endswith("ies") and len(word) > SHORTEST + 1 else word[:-1]
    ending = _ENDING.search(word, SHORTEST)  # the longest: a search finds what begins first
    if ending and _VOWEL.search(word, 0, ending.start()):
        word = word[: ending.start()]
    if len(word) > SHORTEST and word[-1] == word[-2] and word[-1] not in "sl":
        word = word[:-1]
    return word
