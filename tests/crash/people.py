"""People who report bugs, and press again when they get no answer, as people do."""

from __future__ import annotations

import itertools
import re
import threading
import time
import uuid
from collections import Counter
from typing import TYPE_CHECKING

from tests.bench import payloads
from tests.crash.doors import Shown
from triage import bars

if TYPE_CHECKING:
    import random

    from tests.crash.doors import Door

SLACK_WAITS_S = 3.0
_AGAIN = re.compile(rb"again in a m(inute|oment)|Try again")
_FILED = re.compile(rb"Filed as ML-(\d+)")


class Person:
    """Files one report after the other until told to stop; finishes the one that is begun."""

    def __init__(
        self, number: int, chance: random.Random, door: Door, stop: threading.Event, patience_s: float = 90
    ) -> None:
        self.number = number
        self._chance = chance
        self._door = door
        self._stop = stop
        self._patience_s = patience_s
        self.answers: Counter[str] = Counter()  # by kind
        self._clicks = itertools.count()
        self.longest_s = 0.0
        self.too_late = 0
        self.confirmed: dict[str, int] = {}  # draft -> the number that the person read
        self.told: list[str] = []  # what no person should ever see
        self._thread = threading.Thread(target=self._live, name=f"person-{number}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, within_s: float) -> bool:
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _live(self) -> None:
        while not self._stop.is_set():
            draft = uuid.UUID(int=self._chance.getrandbits(128), version=4).hex
            for step, expect in (
                ("what", b"Does the bar apply?"),
                ("gates", b"How bad is it?"),
                ("questions", b"Filed as"),
            ):
                if step == "questions" and self._chance.random() < 0.2:  # a double click
                    threading.Thread(target=self._press, args=(self._click(step, draft), b""), daemon=True).start()
                answer = self._until_answered(step, draft, expect)
            filed = _FILED.search(answer)
            if filed:
                self.confirmed[draft] = int(filed[1])
            time.sleep(self._chance.uniform(0.02, 0.2))

    def _click(self, step: str, draft: str) -> bytes:
        """Each click is another, as in Slack: one that comes a second time is refused."""
        return payloads.submit(bars.builtin(), step, draft, self.number + payloads.PEOPLE * next(self._clicks))

    def _until_answered(self, step: str, draft: str, expect: bytes) -> bytes:
        until = time.monotonic() + self._patience_s
        while time.monotonic() < until:
            answer = self._press(self._click(step, draft), expect)
            if answer:
                return answer
            time.sleep(0.05)
        self.told.append(f"no answer within {self._patience_s:.0f} s")
        return b""

    def _press(self, body: bytes, expect: bytes) -> bytes:
        """Nothing where it has to be pressed again."""
        began = time.monotonic()
        try:
            answer = self._door.press(body)
        except Shown as shown:
            self.told.append(str(shown))
            return b""
        took = time.monotonic() - began
        self.longest_s = max(self.longest_s, took)
        self.too_late += took > SLACK_WAITS_S
        self.answers[_kind(answer, expect)] += 1
        return answer if expect in answer else b""


def _kind(answer: bytes, expect: bytes) -> str:
    if not answer:
        return "nothing"
    if expect in answer:
        return "as expected"
    return "try again" if _AGAIN.search(answer) else "something else"
