"""Limits: what a busy person does passes, a flood does not, others are not crowded out, memory stays bounded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.limits import BURST_S, REMEMBERED, Admission, Limits, sender

ADMITTED, PERSON_OVER, WORKSPACE_OVER = Admission


class Hand:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_a_flood_is_held_to_the_rate() -> None:
    clock = Hand()
    limits = Limits(600, 0, clock)
    passed = 0
    for _ in range(60 * 100):  # a hundred a second for a minute
        passed += limits.admit("T1", "U1")[0] is ADMITTED
        clock.now += 0.01

    assert passed == pytest.approx(10 * BURST_S + 10 * 60, abs=2)


def test_one_person_over_the_limit_does_not_hold_up_another() -> None:
    limits = Limits(60, 0, Hand())
    while limits.admit("T1", "U1")[0] is ADMITTED:
        pass

    assert limits.admit("T1", "U2")[0] is ADMITTED
    assert limits.admit("T2", "U1")[0] is ADMITTED


def test_a_workspace_has_a_limit_of_its_own() -> None:
    limits = Limits(0, 60, Hand())
    seen = [limits.admit("T1", f"U{n}")[0] for n in range(40)]

    assert seen.count(ADMITTED) == 30
    assert seen[-1] is WORKSPACE_OVER
    assert limits.admit("T2", "U1")[0] is ADMITTED


def test_a_flood_is_told_once_and_told_again_after_it_stopped() -> None:
    clock = Hand()
    limits = Limits(60, 0, clock)
    while limits.admit("T1", "U1") == (ADMITTED, False):
        pass
    assert limits.admit("T1", "U1") == (PERSON_OVER, False)

    clock.now += 1.5
    assert limits.admit("T1", "U1") == (ADMITTED, False)
    assert limits.admit("T1", "U1") == (PERSON_OVER, True)


def test_no_limit_is_no_limit() -> None:
    limits = Limits(0, 0, Hand())

    assert all(limits.admit("T1", "U1")[0] is ADMITTED for _ in range(10_000))


def test_what_is_over_a_limit_is_counted() -> None:
    limits = Limits(60, 120, Hand())
    seen = [limits.admit("T1", f"U{n % 4}")[0] for n in range(200)]

    assert seen.count(PERSON_OVER) > 0
    assert seen.count(WORKSPACE_OVER) > 0
    assert limits.refused == len(seen) - seen.count(ADMITTED)


def test_memory_is_bounded() -> None:
    limits = Limits(60, 60, Hand())
    for number in range(REMEMBERED + 500):
        limits.admit("T1", f"U{number}")

    assert len(limits._buckets) <= REMEMBERED


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["event", "team", "user", "id", "team_id", "user_id", "x"]), inner, max_size=4
            )
        ),
        max_leaves=8,
    ).filter(lambda value: isinstance(value, dict))
)
def test_any_payload_has_a_sender(body: dict[str, object]) -> None:
    workspace, user = sender(body)

    assert isinstance(workspace, str)
    assert isinstance(user, str)
