"""Lanes: work is bounded, who can't begin in time is told so, and what has begun is finished."""

import asyncio
import threading

import pytest

from bot.lanes import Full, Lane


def test_what_finds_no_room_is_told_at_once() -> None:
    async def main() -> None:
        lane = Lane("test", threads=1, waiting=1)
        gate = threading.Event()
        first = asyncio.create_task(lane.run(gate.wait))
        second = asyncio.create_task(lane.run(lambda: "done"))
        await asyncio.sleep(0)

        with pytest.raises(Full):
            await lane.run(lambda: "never")
        gate.set()
        assert await first
        assert await second == "done"
        assert lane.inside == 0
        lane.close()

    asyncio.run(main())


def test_what_does_not_begin_in_time_is_told_and_never_begins() -> None:
    async def main() -> None:
        lane = Lane("test", threads=1, waiting=5, start_within_s=0.05)
        gate = threading.Event()
        begun: list[str] = []
        first = asyncio.create_task(lane.run(gate.wait))
        await asyncio.sleep(0)

        with pytest.raises(Full):
            await lane.run(lambda: begun.append("late"))
        gate.set()
        assert await first
        assert await lane.run(lambda: "next") == "next"
        assert begun == []
        lane.close()

    asyncio.run(main())


def test_what_has_begun_is_finished_however_long_it_takes() -> None:
    async def main() -> None:
        lane = Lane("test", threads=1, waiting=0, start_within_s=0.02)
        gate = threading.Event()
        slow = asyncio.create_task(lane.run(gate.wait))
        await asyncio.sleep(0.06)
        gate.set()

        assert await slow
        lane.close()

    asyncio.run(main())


def test_an_error_is_the_callers_and_leaves_room() -> None:
    async def main() -> None:
        lane = Lane("test", threads=1, waiting=0)

        def fail() -> None:
            raise ValueError("x")

        with pytest.raises(ValueError, match="x"):
            await lane.run(fail)
        assert await lane.run(lambda: 1) == 1
        lane.close()

    asyncio.run(main())


def test_a_closed_lane_is_full() -> None:
    async def main() -> None:
        lane = Lane("test", threads=1, waiting=1)
        lane.close()
        with pytest.raises(Full):
            await lane.run(lambda: 1)

    asyncio.run(main())
