"""Have we seen this before? The second person gets the first one's answer."""

from reporting import Office, answer_gates, answer_questions, file_report, fill_what, worst
from slack_bolt import BoltRequest

TITLE = "Mail assistant obeys hidden text in newsletters"
WORDS = "A newsletter with white text on white makes the mail assistant forward the inbox to a stranger's address."
AGAIN = "White hidden text in a newsletter makes our mail assistant forward the whole inbox to strangers."


def seen_once(office: Office, *, restricted: bool = False) -> None:
    """Mei filed it some time ago; other things happened too."""
    mei = office.person("mei")
    bar = office.bar
    mei.types("#triage", "/mlbug")
    modal = mei.modal()
    if restricted:
        modal.choose("Who may read it", "Restricted")
    fill_what(modal, "Neural net reprogramming", title=TITLE, description=WORDS)
    answer_gates(bar, mei.modal("Does the bar apply?"))
    answer_questions(
        bar, mei.modal("How bad is it?"), "neural_net_reprogramming", worst(bar, "neural_net_reprogramming")
    )
    mei.modal("The verdict").close()
    for n, title in enumerate(
        ("Pricing model can be copied by queries", "Stop sign sticker fools the car", "Feed poisoned")
    ):
        file_report(
            office,
            mei,
            "data_poisoning",
            {},
            title=title,
            description=f"Something else entirely, number {n}, about {title}",
        ).close()


def test_the_second_screen_shows_the_earlier_report_and_the_same_thing_ends_the_work(office: Office) -> None:
    seen_once(office)
    ben, ana = office.person("ben"), office.person("ana")
    ana.sees("#triage", "ML-1 · Critical").press("Assign…")
    ana.modal().choose("Who fixes it", "ana").submit()
    ben.types("#triage", "/mlbug")
    fill_what(
        ben.modal(), "Neural net reprogramming", title="Hidden newsletter text steers mail assistant", description=AGAIN
    )

    gates = ben.modal("Does the bar apply?", containing="Seen before?")
    assert "ML-1 · Critical" in gates.text
    assert TITLE in gates.text
    gates.press("Same Thing")

    end = ben.modal("Seen before")
    assert "A repeat of ML-1" in end.text
    card = ben.sees("#triage", "ML-5")
    assert "duplicate of ML-1" in card.until("duplicate of ML-1").words
    assert "ML-5" in ben.sees("#triage", "ML-1 · Critical").until("Repeats: ML-5").words
    assert "ML-5" in ana.reads_dm("mlbug", "ML-5")[-1].words
    ben.types("#triage", "/mlbug")
    assert "unfinished" not in ben.modal("Report an ML bug").text


def test_the_same_thing_pressed_by_mistake_is_undone_and_the_questions_go_on(office: Office) -> None:
    seen_once(office)
    ben, bar = office.person("ben"), office.bar
    ben.types("#triage", "/mlbug")
    fill_what(
        ben.modal(), "Neural net reprogramming", title="Hidden newsletter text steers mail assistant", description=AGAIN
    )
    ben.modal("Does the bar apply?", containing="Same Thing").press("Same Thing")

    ben.modal("Seen before").press("Not the Same")

    answer_gates(bar, ben.modal("Does the bar apply?"))
    answer_questions(
        bar, ben.modal("How bad is it?"), "neural_net_reprogramming", worst(bar, "neural_net_reprogramming")
    )
    assert "Filed as ML-5" in ben.modal("The verdict").text
    assert "new" in ben.sees("#triage", "ML-5 · Critical").until("State: new").words


def test_a_restricted_report_is_never_seen_before_by_others(office: Office) -> None:
    seen_once(office, restricted=True)
    ben, ana = office.person("ben"), office.person("ana")
    ben.types("#triage", "/mlbug")
    fill_what(
        ben.modal(), "Neural net reprogramming", title="Hidden newsletter text steers mail assistant", description=AGAIN
    )

    assert "newsletters" not in ben.modal("Does the bar apply?").text
    ben.types("#general", f"/mlbug ask {AGAIN}")
    assert "ML-1" not in ben.sees_ephemeral("#general", "bar says").words
    ana.types("#general", f"/mlbug ask {AGAIN}")
    assert "ML-1" in ana.sees_ephemeral("#general", "bar says").words
    ana.types("#triage", f"@mlbug {AGAIN}")
    answer = ana.sees("#triage", AGAIN).sees_reply("bar says")
    assert "ML-1" not in answer.words  # the thread is read by everybody
    ana.types("mlbug", AGAIN)
    assert "ML-1" in ana.sees("mlbug", AGAIN).sees_reply("bar says").words


def test_ask_answers_with_verdict_state_and_reason_and_offers_to_report(office: Office) -> None:
    seen_once(office)
    ben = office.person("ben")

    ben.types(
        "#general", "/mlbug ask has the mail assistant ever obeyed hidden newsletter text and forwarded an inbox?"
    )

    answer = ben.sees_ephemeral("#general", "ML-1 · Critical · new")
    assert TITLE in answer.words
    assert "Neural net reprogramming" in answer.words
    answer.press("Report It")
    assert "hidden newsletter text" in ben.modal("Report an ML bug").value("Title")


def test_a_question_that_nothing_fits_says_so(office: Office) -> None:
    ben = office.person("ben")

    for question in ("", "   ", "the of and", 'zzqx "OR" NEAR( *', "где логи", "🧪🧪", "a" * 2900):
        ben.types("#general", f"/mlbug ask {question}")
    ben.types("#general", "/mlbug ask \x00 nothing")

    assert "nothing like it" in ben.sees_ephemeral("#general", "nothing like it").words


def test_a_mention_is_answered_once_in_its_thread_and_thumbs_are_counted(office: Office) -> None:
    seen_once(office)
    ben = office.person("ben")

    ben.types("#triage", f"@mlbug {AGAIN}")

    question = ben.sees("#triage", AGAIN)
    answer = question.sees_reply("ML-1")
    event = next(
        e.request
        for e in reversed(office.sandbox.traffic)
        if "app_mention" in str(e.request) and e.direction == "to_app"
    )
    assert office.assistant.bolt.dispatch(BoltRequest(mode="socket_mode", body=event)).status == 200
    answer.press("Good answer")
    ben.sees_ephemeral("#triage", "it is counted")
    office.person("mei").sees("#triage", AGAIN).sees_reply("ML-1").press("Bad answer")
    office.person("mei").sees_ephemeral("#triage", "it is counted")
    assert office.assistant.recalling.ratings(office.sandbox.team.id) == (1, 1)
    assert len([reply for reply in question.thread if "ML-1" in reply.words]) == 1
