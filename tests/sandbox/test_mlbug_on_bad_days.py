"""The assistant itself, on Slack's bad days: nothing is lost, nothing is doubled, and the person is told."""

from __future__ import annotations

import pytest
from reporting import file_report as file_one
from reporting import fill_what, open_office, worst

THREAT = "data_poisoning"
TITLE = "Votes shape the ranking"


@pytest.fixture
def office(tmp_path):
    with open_office(tmp_path) as opened:
        yield opened


@pytest.fixture
def ben(office):
    person = office.person("ben")
    person.patience = 25.0
    return person


def file_it(office, person):
    return file_one(office, person, THREAT, worst(office.bar, THREAT), title=TITLE)


def cards(person):
    return [each for each in person.reads("#triage") if TITLE in each.words]


def the_only_card(office, person):
    """Wait for the card, then long enough that a second one would have been posted too."""
    person.sees("#triage", TITLE)
    person.reads_dm("mlbug", TITLE)
    office.sandbox.faults.clear()
    person.types("#general", "/mlbug list")
    person.sees_ephemeral("#general", TITLE)
    assert len(cards(person)) == 1
    return cards(person)[0]


POSTING = "chat.postMessage"
FAULTS = {
    "a rate limit": lambda faults: faults.limit(POSTING, seconds=1, times=2),
    "a server error": lambda faults: faults.fail(POSTING, status=503),
    "a connection cut before the post": lambda faults: faults.drop(POSTING, after_acting=False),
    "a connection cut after the post": lambda faults: faults.drop(POSTING, after_acting=True),
    "a slow answer": lambda faults: faults.slow(POSTING, seconds=1.5),
    "every submit twice at once": lambda faults: faults.deliver_twice_at_once("interactive", times=20),
    "every submit again": lambda faults: faults.deliver_again("interactive", times=20),
    "every event twice": lambda faults: faults.deliver_twice_at_once("events_api", times=20),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_report_is_filed_and_told_once(office, ben, fault):
    FAULTS[fault](office.sandbox.faults)
    file_it(office, ben)
    card = the_only_card(office, ben)
    assert "ML-1" in card.words


def test_a_lost_acknowledgement_is_told_and_sending_again_doubles_nothing(office, ben):
    ben.types("#triage", "/mlbug")
    modal = ben.modal("Report an ML bug")
    modal.fill("Title", TITLE).fill("Description", "Seen").choose("Which threat is it?", office.bar.threat(THREAT).name)
    office.sandbox.faults.lose_ack("interactive")
    modal.submit()
    assert modal.trouble
    assert modal.value("Title") == TITLE
    modal.submit()
    assert modal.trouble == ""
    assert modal.title == "Does the bar apply?"


def test_a_dialog_that_can_t_be_opened_is_told_to_the_person(office, ben):
    office.sandbox.faults.fail("views.open", times=5)
    ben.types("#triage", "/mlbug")
    assert ben.sees_ephemeral("#triage").words
    office.sandbox.faults.clear()
    ben.types("#triage", "/mlbug")
    assert ben.modal("Report an ML bug").is_open


def test_after_the_connection_was_refreshed_the_draft_is_still_there(office, ben):
    ben.types("#triage", "/mlbug")
    fill_what(ben.modal("Report an ML bug"), office.bar.threat(THREAT).name, title=TITLE)
    office.sandbox.disconnect()
    ben.wait_for(lambda: None if office.sandbox.hub.link.is_connected else True, lambda: "still connected")
    ben.wait_for(lambda: True if office.sandbox.hub.link.is_connected else None, lambda: "not back")
    ben.reloads()
    ben.types("#triage", "/mlbug")
    assert TITLE in ben.modal().text + str(ben.modal().view.values)


def test_where_the_app_was_taken_out_of_the_channel_the_report_is_kept_and_told(office, ben):
    office.sandbox.set_app_membership("#triage", is_in=False)
    file_it(office, ben)
    assert ben.reads_dm("mlbug", TITLE)
    ben.types("#general", "/mlbug show ML-1")
    assert TITLE in ben.sees_ephemeral("#general", "ML-1").words
