"""A meaning that is easy to follow: how many of its words two texts have in common, where some words mean the same."""

import math
import re
from collections import Counter
from collections.abc import Sequence

from triage.likeness import Nearness

SAME = {"bought": "sold", "buy": "sold", "sells": "sold", "tags": "labels", "decals": "stickers", "mails": "mail"}


class FakeMeaning:
    """`triage.ports.Meaning`. What it was shown is kept, for tests to look at."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, tuple[str, ...]]] = []

    def compare(self, question: str, texts: Sequence[str]) -> Nearness:
        self.shown.append((question, tuple(texts)))
        asked = _words(question)
        plain = sum(count for word, count in asked.items() if word.isalpha()) / max(1, asked.total())
        return Nearness(tuple(_cosine(asked, _words(text)) for text in texts), plain)


class MuteMeaning:
    """One that can never tell."""

    def compare(self, question: str, texts: Sequence[str]) -> None:
        del question, texts


def _words(text: str) -> Counter[str]:
    return Counter(SAME.get(word, word) for word in re.findall(r"\w+", text.lower()))


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    length = math.sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
    return sum(count * other[word] for word, count in one.items()) / length if length else 0.0
