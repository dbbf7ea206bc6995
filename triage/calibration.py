"""The numbers behind "this is the same": trained offline, shipped as data.

Made by `python -m tests.bench.search_calibration DATA` from the dev halves of five public sets (ML-security advisories by two
writers, bug duplicates, exploited CVEs by two writers, forum questions, FAQ paraphrases), the advisories counting four times,
the forum questions half: whole corpora, a third of the answers taken out, and corpora of 10, 40 and 150 documents, so that a
young history is not overrated. No text of theirs is in here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic function: its weights in the order of `triage.repeats.Evidence.features`, and its bias."""

    weights: tuple[float, float, float, float, float, float, float, float]
    bias: float


CALIBRATION = Calibration(weights=(1.081, 2.478, 0.792, 1.619, 1.373, 5.961, 0.332, 0.39), bias=-7.381)

REPEAT_FROM = 0.84
"""From here on "this is the same": precision .95 on the advisories and the FAQ paraphrases, out of fold. Expect .90 elsewhere."""

LIKE_FROM = 0.2
"""From here on "looks like"."""
