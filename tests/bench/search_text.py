"""Reports that nobody wrote: made-up words as frequent as words are (Zipf), names among them; the same ones every time.

Chosen so that distinct and new terms a report are about what they are in the public sets of security advisories and bugs.
"""

# ruff: noqa: S311  # chance here is for text, not for secrets

from __future__ import annotations

import random
from itertools import accumulate
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

VOCABULARY = 40_000
NAMES = 6_000
SLOPE = 1.15
COMMON = (
    *("the", "a", "of", "to", "in", "and", "is", "that", "for", "it", "with", "as", "on", "by", "an", "be", "this"),
    *("are", "from", "or", "at", "was", "can", "not", "but", "have", "which", "if", "when", "will", "has", "its"),
)
_SYLLABLES = [
    first + second
    for first in "bcdfghjklmnprstvwz"
    for second in ("a", "e", "i", "o", "u", "an", "er", "il", "on", "us")
]


def reports(number: int, *, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Records to import, of about 55 words each."""
    chance = random.Random(seed)
    words, weights = _vocabulary()
    names, name_weights = _names(words)
    for at in range(number):
        length = chance.randint(30, 70)
        text = chance.choices(words, cum_weights=weights, k=length)
        text[::9] = chance.choices(names, cum_weights=name_weights, k=len(text[::9]))
        if at % 2:
            text[1] = f"{text[0]}_{at}"  # a name that nobody uses again
        title = chance.choices(words, cum_weights=weights, k=7)
        yield {
            "key": f"K{at}",
            "title": " ".join(title),
            "description": " ".join(text),
            "system": f"System {chance.randint(1, 300)}",
            "reporter": f"U{chance.randint(1, 200)}",
            "severity": chance.choice(("Critical", "Important", "Moderate", "Low")),
            "restricted": chance.random() < 0.1,
        }


def questions(number: int, among: int, *, seed: int = 7) -> list[str]:
    """Questions about some of the first `among` reports: a title and a third of the words; one in four about nothing filed."""
    chance = random.Random(seed + 1)
    wanted = set(chance.sample(range(among), min(number, among)))
    asked = []
    for at, record in enumerate(reports(max(wanted) + 1, seed=seed)):
        if at in wanted:
            words = record["description"].split()
            some = chance.sample(words, len(words) // 3)
            asked.append(
                f"{record['title']}\n{' '.join(some)}" if chance.random() < 0.75 else " ".join(chance.sample(words, 6))
            )
    return asked


def _vocabulary() -> tuple[list[str], list[float]]:
    chance = random.Random(1)
    made = {"".join(chance.choices(_SYLLABLES, k=chance.choice((2, 3, 3, 4)))) for _ in range(VOCABULARY)}
    rare = sorted(made)
    chance.shuffle(rare)
    words = [*COMMON, *rare]
    return words, list(accumulate(1 / (rank + 2.7) ** SLOPE for rank in range(len(words))))


def _names(words: list[str]) -> tuple[list[str], list[float]]:
    chance = random.Random(2)
    rare = words[1000:]
    made = [f"{chance.choice(rare)}{chance.choice('._-/')}{chance.choice(rare)}" for _ in range(NAMES)]
    return made, list(accumulate(1 / (rank + 2.7) ** SLOPE for rank in range(NAMES)))
