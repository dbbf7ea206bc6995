"""The little history that the demo starts with: made-up reports, filed through the same desk as everybody's."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.access import Role, Viewer
from triage.care import Care
from triage.desk import Desk
from triage.entering import Entered
from triage.interview import Screen
from triage.lifecycle import Deed
from triage.ports import WorkPlace
from triage.reports import Step


@dataclass(frozen=True, slots=True)
class Sample:
    """One made-up report: who filed it how many days ago, and what was entered."""

    handle: str
    days_ago: float
    title: str
    description: str
    system: str
    threat: str
    gates: tuple[str, str, str]
    answers: dict[str, str]
    maturity: str = "shown"
    detect: str = "traceable"
    failure_mode: str = ""
    then: tuple[Deed, ...] = ()  # what the triager did with it, a day after each other


IN_BAR = ("yes", "demonstrated", "yes")

SAMPLES = (
    Sample(
        "ben",
        19.2,
        "Support bot mails a customer’s invoices after reading a crafted ticket",
        "A ticket with hidden instructions makes the support assistant look up another customer and mail their last "
        "invoices to the address in the ticket. Nobody has to open the ticket; the nightly summary run is enough.",
        "support-assistant",
        "neural_net_reprogramming",
        IN_BAR,
        {
            "harm": "others_data_or_privileges",
            "interaction": "none",
            "blast": "many",
            "containment": "comes_back_easily",
        },
        detect="blind",
        then=(Deed.ACCEPT, Deed.ASSIGN),
    ),
    Sample(
        "ana",
        12.4,
        "Spam filter can be taught by anybody with a free mailbox",
        "Messages marked “not spam” by free accounts go into the weekly retraining without a limit per account. With 400 "
        "accounts we moved one sender’s mails from 97 % to 4 % spam in two weeks.",
        "mail-filter",
        "data_poisoning",
        IN_BAR,
        {
            "control": "chosen",
            "decision": "automated",
            "reach": "reaches_production",
            "blast": "many",
            "access": "open",
        },
        then=(Deed.ACCEPT, Deed.FIX),
    ),
    Sample(
        "mei",
        5.1,
        "Price model answers enough queries to be copied",
        "The quote endpoint gives prices to four decimals and has no limit per key. 40,000 queries gave a copy that agrees "
        "with the original in 99 % of cases.",
        "pricing-api",
        "model_stealing",
        IN_BAR,
        {"asset": "confidential", "fidelity": "functional", "decision": "automated", "follow_on": "none_shown"},
    ),
    Sample(
        "ben",
        1.3,
        "Chat assistant invents refund rules",
        "Asked about refunds for gift cards the assistant makes up a rule that we do not have. It happens without anybody "
        "trying, about once in fifty questions.",
        "support-assistant",
        "neural_net_reprogramming",
        ("yes", "accidental", "yes"),
        {},
        failure_mode="incomplete_testing",
    ),
)


def tell_history(
    place: WorkPlace,
    desk_at: Callable[[WorkPlace, datetime], Desk],
    now: datetime,
    workspace: str,
    user_id: Callable[[str], str],
    new_id: Callable[[], str],
) -> int:
    """File the samples as their reporters would have, at their times. How many there are now."""
    for sample in SAMPLES:
        desk = desk_at(place, now - timedelta(days=sample.days_ago))
        viewer = Viewer(workspace, user_id(sample.handle))
        draft = new_id()
        what = {"title": sample.title, "description": sample.description, "system": sample.system}
        desk.submit(viewer, draft, Screen(Step.WHAT), Entered(texts=what, choices={"threat": sample.threat}))
        gates = dict(zip(("ml_target", "intent", "others_affected"), sample.gates, strict=True))
        urgency = {"maturity": sample.maturity, "detect": sample.detect}
        outcome = desk.submit(viewer, draft, Screen(Step.GATES), Entered(choices=gates | urgency))
        if outcome.screen.step is Step.FAILURE:
            desk.submit(viewer, draft, outcome.screen, Entered(choices={"failure_mode": sample.failure_mode}))
        elif outcome.screen.step is Step.QUESTIONS:
            desk.submit(viewer, draft, outcome.screen, Entered(answers=sample.answers))
    triager = Viewer(workspace, user_id("ana"), Role.TRIAGER)
    for number, sample in enumerate(SAMPLES, 1):
        for days, deed in enumerate(sample.then, 1):
            desk = desk_at(place, now - timedelta(days=sample.days_ago - days))
            care = Care(desk.changes, desk.bars)
            match deed:
                case Deed.ACCEPT:
                    care.accept(triager, number)
                case Deed.ASSIGN:
                    care.assign(triager, number, triager.user)
                case _:
                    care.close(triager, number, deed, "Votes of accounts younger than a month no longer count.")
    return len(SAMPLES)
