"""Train the numbers in `triage/calibration.py`: `python -m tests.bench.search_calibration [--semantic] DATA`.

DATA holds one directory a set, with `dev/corpus.jsonl`, `queries.jsonl` and `qrels.tsv`. The sets are public and not ours to
ship; what comes out is nine numbers and a threshold, ten with the extra `semantic`. Nothing here is random: the same data gives
the same numbers. Beside them stands what the numbers do that are shipped.
"""

import argparse
import hashlib
import json
import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.meaning import load
from tests.bench.search_engines import Doc, Ours
from triage.calibration import BY_MEANING, BY_WORDS
from triage.ports import Meaning
from triage.repeats import Evidence, evidence

WEIGHTS = {"mlsec": 4.0, "semeval_cqa": 0.5}  # advisories are what mlbug is about; forum threads are furthest from it
DECIDED = frozenset(
    {"mlsec", "stackfaq"}
)  # all of their repeats are marked, and there are hundreds: they set the threshold
SIZES = (10, 40, 150)
ROUNDS = ("a", "b", "c")
FOLDS = 5
PRECISION = 0.95
RIDGE = 1.0

Vector = list[float]


@dataclass(frozen=True)
class Example:
    """A question's best hit: what the probability may look at, whether the hit is right, and whether there is a right one."""

    cluster: str
    given: Vector
    right: bool
    weight: float
    decides: bool  # asked of the whole corpus of a set that sets the threshold


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--semantic", action="store_true", help="with the extra that finds by meaning, too")
    arguments = parser.parse_args()
    meaning = load() if arguments.semantic else None
    folders = sorted(path for path in arguments.data.iterdir() if path.is_dir())
    examples = [one for folder in folders for one in _examples(folder, meaning)]
    weights = fit(examples)
    threshold, kept, share = _threshold(_out_of_fold(examples))
    sys.stdout.write(
        f"weights={tuple(round(weight, 3) for weight in weights[:-1])}\nbias={weights[-1]:.3f}\n"
        f"repeat_from={threshold:.3f}  # precision {PRECISION} out of fold; {kept} best hits are called repeats, "
        f"{share:.1%} of the right ones\n"
    )
    shipped = BY_MEANING if arguments.semantic else BY_WORDS
    as_shipped = [*shipped.weights, shipped.bias]
    scored = [(_logistic(as_shipped, [*one.given, 1.0]), one.right, one.weight) for one in examples if one.decides]
    threshold, kept, share = _threshold(scored)
    sys.stdout.write(f"as shipped, on what they were trained on: {threshold:.3f}, {kept}, {share:.1%}\n")
    return 0


def fit(examples: Sequence[Example]) -> Vector:
    """Logistic regression with a ridge, by Newton's method; the bias comes last and is not held back."""
    size = len(examples[0].given) + 1
    rows = [([*example.given, 1.0], float(example.right), example.weight) for example in examples]
    scale = len(rows) / sum(weight for _, _, weight in rows)
    ridge = [RIDGE] * (size - 1) + [0.0]
    weights = [0.0] * size
    for _ in range(50):
        slope = [strength * weight for strength, weight in zip(ridge, weights, strict=True)]
        curve = [[ridge[i] if i == j else 0.0 for j in range(size)] for i in range(size)]
        for given, right, weight in rows:
            likely = _logistic(weights, given)
            pull, bend = scale * weight * (likely - right), scale * weight * likely * (1 - likely)
            for i, value in enumerate(given):
                slope[i] += pull * value
                bent = bend * value
                for j in range(i + 1):
                    curve[i][j] += bent * given[j]
        for i in range(size):
            for j in range(i):
                curve[j][i] = curve[i][j]
        step = _solve(curve, slope)
        weights = [weight - change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-6:
            break
    return weights


def _examples(folder: Path, meaning: Meaning | None) -> list[Example]:
    dev = folder / "dev"
    docs, queries = _lines(dev / "corpus.jsonl"), _lines(dev / "queries.jsonl")
    right: dict[str, set[str]] = defaultdict(set)
    for line in (dev / "qrels.tsv").read_text().splitlines():
        query, doc, _ = line.split("\t")
        right[query].add(doc)
    found: list[tuple[str, Vector, bool, bool]] = []
    for salt in ("novel", *ROUNDS):
        new = {query["cluster"] for query in queries if _draw(salt + query["cluster"]) < 1 / 3}
        gone = set().union(*(right[query["id"]] for query in queries if query["cluster"] in new))
        left = [doc for doc in docs if doc["id"] not in gone]
        found += _ask(left, queries, right, meaning, whole=True)
    for size in SIZES:
        for salt in ROUNDS:
            few = sorted(docs, key=lambda doc: _draw(f"{salt}{size}{doc['id']}"))[:size]
            held = {doc["id"] for doc in few}
            known = [query for query in queries if right[query["id"]] & held]
            others = [query for query in queries if not right[query["id"]] & held]
            others.sort(key=lambda query: _draw(f"{salt}{size}{query['id']}"))
            found += _ask(few, known + others[: max(10, len(known) // 2)], right, meaning, whole=False)
    weight = WEIGHTS.get(folder.name, 1.0) / len(found)
    return [
        Example(cluster, given, hit, weight, whole and folder.name in DECIDED) for cluster, given, hit, whole in found
    ]


def _ask(
    docs: Sequence[Doc], queries: Sequence[Doc], right: dict[str, set[str]], meaning: Meaning | None, *, whole: bool
) -> Iterator[tuple[str, Vector, bool, bool]]:
    engine = Ours(meaning)
    engine.index(docs)
    for query in queries:
        compared = engine.compared(query["text"], query["team"])
        meant = engine.meant(query["text"], query["team"])
        best: Evidence | None = next(iter(evidence(*compared, meant)), None) if compared else None
        if best is not None:
            hit = engine.name(query["team"], best.candidate.number) in right[query["id"]]
            yield query["cluster"], list(best.features), hit, whole


def _out_of_fold(examples: Sequence[Example]) -> Iterator[tuple[float, bool, float]]:
    """Of every question that sets the threshold: its probability by numbers trained without its cluster, whether it is right."""
    for fold in range(FOLDS):
        weights = fit([example for example in examples if int(_draw(example.cluster) * FOLDS) != fold])
        for example in examples:
            if example.decides and int(_draw(example.cluster) * FOLDS) == fold:
                yield _logistic(weights, [*example.given, 1.0]), example.right, example.weight


def _threshold(scored: Iterable[tuple[float, bool, float]]) -> tuple[float, int, float]:
    """The lowest probability from which on the precision holds, weighted by set; how many are above, and which share is found."""
    order = sorted(scored, reverse=True)
    hits = wrong = 0.0
    best = (1.0, 0, 0.0)
    for count, (likely, right, weight) in enumerate(order, 1):
        hits += weight * right
        wrong += weight * (not right)
        if hits >= PRECISION * (hits + wrong):
            best = (likely, count, hits)
    return best[0], best[1], best[2] / sum(weight for _, right, weight in order if right)


def _logistic(weights: Vector, given: Vector) -> float:
    logit = sum(map(float.__mul__, weights, given))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def _solve(matrix: list[Vector], right: Vector) -> Vector:
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for i in range(size):
        pivot = max(range(i, size), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(i + 1, size):
            factor = rows[k][i] / rows[i][i]
            rows[k] = [low - factor * high for low, high in zip(rows[k], rows[i], strict=True)]
    solved = [0.0] * size
    for i in reversed(range(size)):
        solved[i] = (rows[i][-1] - sum(rows[i][j] * solved[j] for j in range(i + 1, size))) / rows[i][i]
    return solved


def _lines(file: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _draw(text: str) -> float:
    """A number from 0 to 1 that only the text decides."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48


if __name__ == "__main__":
    sys.exit(main())
