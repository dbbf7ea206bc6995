"""The numbers behind "this is the same": trained offline, shipped as data.

Made by `python -m tests.bench.search_calibration DATA` from the dev halves of five public sets (ML-security advisories by two
writers, bug duplicates, exploited CVEs by two writers, forum questions, FAQ paraphrases), the advisories counting four times,
the forum questions half: whole corpora, a third of the answers taken out, and corpora of 10, 40 and 150 documents, so that a
young history is not overrated. No text of theirs is in here. `--semantic` makes the second row, where the extra is installed.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic function: its weights in the order of `triage.repeats.Evidence.features`, and its bias.

    `repeat_from`: from here on "this is the same". Precision .95 on the advisories and the FAQ paraphrases, out of fold; expect
    .90 elsewhere.
    """

    weights: tuple[float, ...]
    bias: float
    repeat_from: float


BY_WORDS = Calibration(
    weights=(0.405, 2.482, 0.701, 1.119, 1.232, 6.726, 0.31, 0.231),
    bias=-5.969,
    repeat_from=0.83,
)

BY_MEANING = Calibration(
    weights=(-1.901, 2.58, 1.42, 0.615, 0.498, 6.94, 0.116, 0.155, 4.324),
    bias=-6.503,
    repeat_from=0.83,
)
"""With the extra `semantic`: the ninth number is the likeness by meaning, and the lead is one by words and meaning."""

LIKE_FROM = 0.2
"""From here on "looks like"."""
