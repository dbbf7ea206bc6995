"""Search engines in memory, as the evaluation of the public sets wants them: ours as it is, and the peers it is measured beside.

    python evaluate.py --engine tests.bench.search_engines:ours --data mlsec --split dev

Each has `index(docs)` and `search(text, k, team)`; ours has `repeat(text, team)`, too.
"""

import math
import re
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.meaning import load
from db import schema
from db.engine import make_engine
from db.work import SqlWorkPlace
from triage.access import Role, Viewer
from triage.bars import builtin
from triage.intake import Intake
from triage.likeness import READ_MAX, Comparer, Fingerprint, Question, Statistics, as_read, fingerprint
from triage.ports import Meaning
from triage.repeats import Candidate, Judged, Meant, judge
from triage.words import Term, terms

Doc = Mapping[str, str]
Hits = list[tuple[str, float]]


@dataclass
class _Shelf:
    """One team's documents."""

    ids: list[str]
    texts: list[str]
    prints: list[Fingerprint]
    holders: dict[Term, list[int]]
    mean_length: float


class Ours:
    """The scorer and the decision over every document that shares a term: what an index in a database must come near to."""

    def __init__(self, meaning: Meaning | None = None) -> None:
        self._meaning = meaning

    def index(self, docs: Iterable[Doc]) -> None:
        teams: dict[str, list[Doc]] = defaultdict(list)
        for doc in docs:
            teams[doc["team"]].append(doc)
        self._shelves = {team: self._shelf(mine) for team, mine in teams.items()}

    def search(self, text: str, k: int, team: str) -> Hits:
        return [(self._shelves[team].ids[one.number], one.score) for one in self.judged(text, team, k)]

    def repeat(self, text: str, team: str) -> tuple[str | None, float]:
        best = self.judged(text, team, 1)
        return (self._shelves[team].ids[best[0].number], best[0].score) if best else (None, 0.0)

    def judged(self, text: str, team: str, k: int) -> list[Judged]:
        compared = self.compared(text, team)
        return judge(*compared, k, self.meant(text, team)) if compared else []

    def meant(self, text: str, team: str) -> Meant | None:
        """How near documents are by meaning; None where there is no model of it."""
        meaning, texts = self._meaning, self._shelves[team].texts
        if meaning is None:
            return None
        return lambda numbers: meaning.compare(text.strip()[:READ_MAX], [texts[at] for at in numbers])

    def name(self, team: str, number: int) -> str:
        return self._shelves[team].ids[number]

    def compared(self, text: str, team: str) -> tuple[Comparer, list[Candidate]] | None:
        shelf = self._shelves.get(team)
        if shelf is None:
            return None
        question = Question.of(text)
        holding = {term: len(shelf.holders.get(term, ())) for term in question.counts}
        comparer = Comparer(question, Statistics(len(shelf.ids), shelf.mean_length, holding))
        found = {at for term in question.counts for at in shelf.holders.get(term, ())}
        return comparer, [Candidate(at, at, shelf.prints[at]) for at in sorted(found)]

    @staticmethod
    def _shelf(docs: Sequence[Doc]) -> _Shelf:
        prints = [fingerprint(doc["title"], doc["text"]) for doc in docs]
        holders: dict[Term, list[int]] = defaultdict(list)
        for at, one in enumerate(prints):
            for term in one.terms:
                holders[term].append(at)
        mean_length = sum(one.length for one in prints) / len(prints)
        texts = [as_read(doc["title"], doc["text"]) for doc in docs]
        return _Shelf([doc["id"] for doc in docs], texts, prints, holders, mean_length)


class Kept:
    """The search as it runs: reports imported into a SQLite database, narrowed by posting lists."""

    def __init__(self, meaning: Meaning | None = None) -> None:
        self._meaning = meaning
        self._folder = tempfile.TemporaryDirectory(prefix="mlbug-search-")

    def index(self, docs: Iterable[Doc]) -> None:
        file = Path(self._folder.name) / "search.db"
        file.unlink(missing_ok=True)
        engine = make_engine(f"sqlite:///{file}")
        schema.upgrade(engine)
        self._place = SqlWorkPlace(engine, meaning=self._meaning)
        teams: dict[str, list[Doc]] = defaultdict(list)
        for doc in docs:
            teams[doc["team"]].append(doc)
        for team, mine in teams.items():
            intake = Intake(builtin(), team, datetime(2026, 11, 24, tzinfo=UTC))
            records = ({"key": doc["id"], "title": doc["title"], "description": doc["text"]} for doc in mine)
            with self._place.write() as work:
                work.bars.keep(builtin())
                work.exchange.take(team, map(intake.take, records))
                work.commit()

    def search(self, text: str, k: int, team: str) -> Hits:
        with self._place.read() as work:
            return [(hit.key, hit.score) for hit in work.history.similar(Viewer(team, "", Role.TRIAGER), text, k)]

    def repeat(self, text: str, team: str) -> tuple[str | None, float]:
        best = self.search(text, 1, team)
        return best[0] if best else (None, 0.0)


class Bm25:
    """Plain BM25 in memory over any way of reading words."""

    def __init__(self, read: Callable[[str], Iterable[object]]) -> None:
        self._read = read

    def index(self, docs: Iterable[Doc]) -> None:
        self._holders: dict[tuple[str, object], dict[str, int]] = defaultdict(dict)
        self._lengths: dict[str, dict[str, int]] = defaultdict(dict)
        for doc in docs:
            counts = Counter(self._read(f"{doc['title']}\n{doc['text']}"))
            self._lengths[doc["team"]][doc["id"]] = counts.total()
            for word, count in counts.items():
                self._holders[doc["team"], word][doc["id"]] = count

    def search(self, text: str, k: int, team: str) -> Hits:
        lengths = self._lengths[team]
        mean = sum(lengths.values()) / max(1, len(lengths))
        scores: dict[str, float] = defaultdict(float)
        for word, asked in Counter(self._read(text)).items():
            holders = self._holders.get((team, word), {})
            worth = math.log1p((len(lengths) - len(holders) + 0.5) / (len(holders) + 0.5)) * asked
            for doc, count in holders.items():
                scores[doc] += worth * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * lengths[doc] / mean))
        return sorted(scores.items(), key=lambda hit: (-hit[1], hit[0]))[:k]


class Fts5:
    """SQLite's own bm25() with its porter tokenizer, title and text as columns, one table a team."""

    def __init__(self, title_weight: float) -> None:
        self._title_weight = title_weight

    def index(self, docs: Iterable[Doc]) -> None:
        self._db = sqlite3.connect(":memory:")
        self._tables: dict[str, str] = {}
        for doc in docs:
            if doc["team"] not in self._tables:
                table = self._tables[doc["team"]] = f"t{len(self._tables)}"
                self._db.execute(
                    f"CREATE VIRTUAL TABLE {table} USING fts5(id UNINDEXED, title, text, tokenize='porter')"
                )
            self._db.execute(
                f"INSERT INTO {self._tables[doc['team']]} VALUES (?, ?, ?)",  # noqa: S608 - the name is ours
                (doc["id"], doc["title"], doc["text"]),
            )

    def search(self, text: str, k: int, team: str) -> Hits:
        words = " OR ".join(f'"{word}"' for word in dict.fromkeys(re.findall(r"\w+", text.lower())))
        table = self._tables.get(team)
        if not words or table is None:
            return []
        found = self._db.execute(
            f"SELECT id, -bm25({table}, 0, ?, 1) AS score FROM {table} WHERE {table} MATCH ? ORDER BY score DESC, id LIMIT ?",  # noqa: S608 - the name is ours
            (self._title_weight, words, k),
        )
        return list(found)


def ours() -> Ours:
    return Ours()


def kept() -> Kept:
    return Kept()


def kept_semantic() -> Kept:
    """The search as it runs with the extra `semantic`."""
    return Kept(load())


def our_words() -> Bm25:
    """Our analyser alone, under plain BM25."""
    return Bm25(terms)


def plain_words() -> Bm25:
    """Plain BM25 over lower-case words."""
    return Bm25(lambda text: re.findall(r"\w+", text.lower()))


def trigrams() -> Bm25:
    """Plain BM25 over pieces of three characters."""
    return Bm25(lambda text: [text[at : at + 3] for text in [text.lower()] for at in range(len(text) - 2)])


def fts5() -> Fts5:
    return Fts5(title_weight=1)


def fts5_title() -> Fts5:
    return Fts5(title_weight=3)
