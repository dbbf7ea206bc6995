"""People who report bugs, and press again when they get no answer, as people do."""

from __future__ import annotations

import re
import threading
import time
import uuid
from typing import TYPE_CHECKING

from tests.bench import payloads
from tests.crash.doors import Shown
from triage import bars

if TYPE_CHECKING:
    import random

    from tests.crash.doors import Door

_FILED = re.compile(rb"Filed as ML-(\d+)")


class Person:
    """Files one report after the other until told to stop; finishes the one that is begun."""

    def __init__(self, number: int, chance: random.Random, door: Door, stop: threading.Event) -> None:
        self.number = number
        self._chance = chance
        self._door = door
        self._stop = stop
        self.confirmed: dict[str, int] = {}  # draft -> the number that the person read
        self.told: list[str] = []  # what no person should ever see
        self._thread = threading.Thread(target=self._live, name=f"person-{number}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def join(self, within_s: float) -> bool:
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _live(self) -> None:
        bar = bars.builtin()
        while not self._stop.is_set():
            draft = uuid.UUID(int=self._chance.getrandbits(128), version=4).hex
            for step, expect in (
                ("what", b"Does the bar apply?"),
                ("gates", b"How bad is it?"),
                ("questions", b"Filed as"),
            ):
                body = payloads.submit(bar, step, draft, self.number)
                if step == "questions" and self._chance.random() < 0.2:  # a double click
                    threading.Thread(target=self._press, args=(body, b""), daemon=True).start()
                answer = self._until_answered(body, expect)
            filed = _FILED.search(answer)
            if filed:
                self.confirmed[draft] = int(filed[1])
            time.sleep(self._chance.uniform(0.02, 0.2))

    def _until_answered(self, body: bytes, expect: bytes) -> bytes:
        until = time.monotonic() + 90
        while time.monotonic() < until:
            answer = self._press(body, expect)
            if answer:
                return answer
            time.sleep(0.05)
        self.told.append("no answer within 90 s")
        return b""

    def _press(self, body: bytes, expect: bytes) -> bytes:
        """Nothing where it has to be pressed again."""
        try:
            answer = self._door.press(body)
        except Shown as shown:
            self.told.append(str(shown))
            return b""
        return answer if expect in answer else b""
