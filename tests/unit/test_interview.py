"""Which screen comes next."""

import itertools

import pytest

from triage import bars
from triage.interview import Screen, last_question, next_screen, previous_screen, screens
from triage.reports import UNSURE, Entries, Step

BAR = bars.builtin()
YES = {"ml_target": "yes", "intent": "malicious", "others_affected": "yes"}
GATES = Screen(Step.GATES)
FILED = Screen(Step.FILED)


def on(threat: str) -> Screen:
    return Screen(Step.QUESTIONS, threat)


def test_one_threat_has_three_screens() -> None:
    way = screens(BAR, Entries(threat="data_poisoning", gates=YES))

    assert way == (Screen(Step.WHAT), GATES, on("data_poisoning"), FILED)


def test_the_same_threat_twice_is_asked_once() -> None:
    way = screens(BAR, Entries(threat=UNSURE, chosen="model_stealing", second="model_stealing", gates=YES))

    assert way.count(on("model_stealing")) == 1


@pytest.mark.parametrize(
    ("gates", "way"),
    [
        (YES | {"ml_target": "no"}, (FILED,)),
        (YES | {"ml_target": "no", "intent": "accidental"}, (FILED,)),
        (YES | {"intent": "accidental"}, (Screen(Step.FAILURE), FILED)),
        (YES | {"intent": "accidental", "others_affected": "no"}, (Screen(Step.FAILURE), FILED)),
        (YES | {"others_affected": "no"}, (FILED,)),
        (dict.fromkeys(YES, "unknown"), (on("data_poisoning"), FILED)),
    ],
)
def test_the_gates_decide_in_their_order(gates: dict[str, str], way: tuple[Screen, ...]) -> None:
    assert screens(BAR, Entries(threat="data_poisoning", gates=gates))[2:] == way


def test_a_failed_qualifier_hands_over_once_it_was_asked() -> None:
    entries = Entries(
        threat="physical_adversarial_example",
        gates=YES,
        answers={"physical_adversarial_example": {"channel": "digital_only"}},
    )

    assert on("adversarial_perturbation") not in screens(BAR, entries)
    asked = entries.model_copy(update={"asked": ("physical_adversarial_example",)})
    assert next_screen(BAR, asked, on("physical_adversarial_example")) == on("adversarial_perturbation")


def test_a_qualifier_that_leads_out_of_the_bar_ends_the_questions() -> None:
    entries = Entries(
        threat="ml_supply_chain",
        gates=YES,
        answers={"ml_supply_chain": {"artefact": "plain_software"}},
        asked=("ml_supply_chain",),
    )

    assert next_screen(BAR, entries, on("ml_supply_chain")) == FILED


def test_each_screen_leads_to_the_next_and_back() -> None:
    for threat, second in itertools.product([t.id for t in BAR.threats], ["", "model_stealing"]):
        entries = Entries(threat=threat, second=second, gates=YES)
        way = screens(BAR, entries)
        for here, there in itertools.pairwise(way):
            assert next_screen(BAR, entries, here) == there
            assert previous_screen(BAR, entries, there) == here
        assert last_question(BAR, entries) == way[-2]


def test_a_screen_that_no_longer_belongs_to_the_way_leads_to_the_first_open_one() -> None:
    entries = Entries(threat="data_poisoning", gates=YES)

    assert next_screen(BAR, entries, on("model_stealing")) == on("data_poisoning")
    assert next_screen(BAR, Entries(threat="data_poisoning"), on("model_stealing")) == GATES
