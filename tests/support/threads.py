"""Many threads at one gate, so that what they do happens at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def at_once(threads: int, work: Callable[[int], Result]) -> list[Result]:
    """Run `work(0)`, `work(1)`, ... in threads that begin together, and return what they return, in that order."""
    gate = threading.Barrier(threads)

    def run(n: int) -> Result:
        gate.wait(timeout=30)
        return work(n)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))
