"""Lists, the Home tab, settings and shortcuts, as people use them."""

from datetime import timedelta
from pathlib import Path

from databases import opened
from reporting import Office, answer_gates, answer_questions, file_report, open_office, worst

from bot.app import utc_now
from db.outbox import SqlQueue
from db.work import SqlWorkPlace
from triage.access import Role, Viewer
from triage.care import Care
from triage.changing import Changes, KeptBars
from triage.reports import EventKind
from triage.workspace import WorkspaceSettings


def triager(office: Office) -> Viewer:
    return Viewer(office.sandbox.team.id, office.person("ana").id, Role.TRIAGER)


def three_reports(office: Office) -> None:
    ben, mei = office.person("ben"), office.person("mei")
    file_report(office, ben, "data_poisoning", worst(office.bar, "data_poisoning"), title="Bad feed").close()
    file_report(office, mei, "model_stealing", worst(office.bar, "model_stealing"), title="Copied model").close()
    file_report(office, ben, "model_inversion", worst(office.bar, "model_inversion"), title="Faces come back").close()


def test_lists_by_name_severity_and_threat(office: Office) -> None:
    three_reports(office)
    mei = office.person("mei")

    mei.types("#general", "/mlbug list")
    words = mei.sees_ephemeral("#general", "Open reports").words
    assert words.index("ML-3") < words.index("ML-2") < words.index("ML-1")
    mei.types("#general", "/mlbug list mine")
    assert "ML-1" not in mei.sees_ephemeral("#general", "Your reports").words
    mei.types("#general", "/mlbug list critical")
    assert "Bad feed" in mei.sees_ephemeral("#general", "Open reports: Critical").words
    mei.types("#general", "/mlbug list stealing")
    assert "ML-1" not in mei.sees_ephemeral("#general", "Reports: Model stealing").words
    mei.types("#general", "/mlbug list overdue")
    assert "Nothing is overdue" in mei.sees_ephemeral("#general", "Overdue").words
    mei.types("#general", "/mlbug list <!channel>")
    assert "There is no list" in mei.sees_ephemeral("#general", "There is no list").words


def test_the_next_page_takes_the_place_of_the_first(office: Office) -> None:
    ben = office.person("ben")
    for number in range(12):
        file_report(office, ben, "data_poisoning", worst(office.bar, "data_poisoning"), title=f"Feed {number}").close()
    ben.types("#general", "/mlbug list")
    page = ben.sees_ephemeral("#general", "Open reports")
    assert "ML-12 " in page.words
    assert "ML-2 " not in page.words

    page.press("Next Page").until("ML-1 ")

    assert "ML-12 " not in page.words
    assert "last page" in page.words


def test_home_shows_what_waits_and_follows_changes(office: Office) -> None:
    ana, ben = office.person("ana"), office.person("ben")
    three_reports(office)

    office.person("mei").sees("#triage", "Faces")
    home = ana.home("To accept: 3")
    assert "None that you can see" not in home.text
    home.press("Show ML-1")
    ana.modal("ML-1").press("Accept")
    ana.modal("ML-1").until("State: accepted")
    home.until("To accept: 2")

    bens = ben.home("Nothing waits for you.")
    assert "Bad feed" in bens.text
    assert "To accept" not in bens.text


def test_home_follows_a_change_that_another_process_made(office: Office) -> None:
    ana = office.person("ana")
    three_reports(office)
    home = ana.home("To accept: 3")

    with opened(office.settings.database_url.get_secret_value()) as engine:  # all that two processes share
        changes = Changes(SqlWorkPlace(engine), utc_now, WorkspaceSettings())
        care = Care(changes, KeptBars(office.bar))
        care.accept(triager(office), 1)
        care.accept(triager(office), 2)

    home.until("To accept: 1")


def test_a_tab_of_somebody_who_is_kept_out_by_now_is_let_go(office: Office) -> None:
    mei, team = office.person("mei"), office.sandbox.team
    mei.home("You have not reported anything yet")
    office.sandbox.look(lambda: setattr(team.users[mei.id], "is_guest", True))
    office.assistant.roster.meet(team.id, mei.id)

    ben = office.person("ben")
    file_report(office, ben, "data_poisoning", worst(office.bar, "data_poisoning"), title="Bad feed").close()
    ben.sees("#triage", "Bad feed")
    office.assistant.worker.stop()
    office.assistant.desk.changes.clock = lambda: utc_now() + timedelta(seconds=5)
    office.assistant.worker._clock = office.assistant.desk.changes.clock
    while office.assistant.worker.step():
        pass

    with opened(office.settings.database_url.get_secret_value()) as engine:
        state = SqlQueue(engine).state(utc_now())
    assert (state.due, state.dead) == (0, 0)


def test_home_shows_a_draft_that_was_just_left(office: Office) -> None:
    ben = office.person("ben")
    home = ben.home("You have not reported anything yet")

    home.press("Report a Bug")
    ben.modal("Report an ML bug").fill("Title", "Half a thought").choose(
        "Which threat is it?", "Data poisoning"
    ).close()

    home.until("Half a thought")


def test_home_keeps_restricted_reports_to_those_who_may_see_them(office: Office) -> None:
    ana, ben, mei = office.person("ana"), office.person("ben"), office.person("mei")
    three_reports(office)
    ana.sees("#triage", "Bad feed").press("Restrict")
    ana.sees("#triage", "ML-1 · Restricted")

    assert "Bad feed" not in mei.home("Open criticals").text
    assert "Bad feed" in ben.home("Bad feed").text
    mei.types("#general", "/mlbug list")
    assert "ML-1" not in mei.sees_ephemeral("#general", "Open reports").words


def test_settings_are_for_admins_and_hold_at_once(office: Office) -> None:
    ana, ben, mei = office.person("ana"), office.person("ben"), office.person("mei")
    ben.types("#general", "/mlbug settings")
    assert "for mlbug’s admins" in ben.sees_ephemeral("#general", "admins").words

    ana.types("#general", "/mlbug settings")
    ana.modal("mlbug settings").choose("Triagers", "ana", "mei").submit()
    ana.modal(containing="Saved").close()
    ana.types("#general", "/mlbug settings")
    ana.modal("mlbug settings").press("Deadlines and Webhook")
    modal = ana.modal(containing="Where they differ").fill("Days to a fix, by urgency", "P0 3, P1 2")
    modal.submit()
    assert "let the days grow" in str(modal.errors)
    modal.fill("Days to a fix, by urgency", "P0 3").submit()
    assert "Saved" in ana.modal().text

    three_reports(office)
    mei.sees("#triage", "Bad feed").press("Accept")
    report = office.assistant.desk.show(triager(office), 1)
    assert report.urgency == "P0"
    assert (report.due_at - report.accepted_at).days == 3


def test_a_channel_that_cannot_be_reached_is_told_and_nothing_is_saved(office: Office) -> None:
    ana = office.person("ana")
    ana.types("#general", "/mlbug settings")

    ana.modal("mlbug settings").choose("Triage channel", "ml-platform").submit()

    told = ana.modal(containing="Not saved.")
    assert "mlbug is not in that channel" in told.text
    assert office.assistant.settings.of(office.sandbox.team.id).triage_channel == office.settings.mlbug_triage_channel
    told.choose("Triage channel", "general").submit()
    assert "Saved" in ana.modal(containing="Saved").text
    three_reports(office)
    ana.sees("#general", "Bad feed")


def test_a_time_zone_has_to_be_real(office: Office) -> None:
    ana = office.person("ana")
    ana.types("#general", "/mlbug settings")
    ana.modal("mlbug settings").press("Digest and Time Zone")

    modal = ana.modal(containing="An IANA name").fill("Time zone", "Mars/Olympus")
    modal.submit()
    assert "This is no time zone" in str(modal.errors)
    modal.fill("Time zone", "Asia/Tokyo").choose("Day", "Friday").submit()

    assert "Saved" in ana.modal(containing="Saved").text
    at = office.assistant.settings.of(office.sandbox.team.id).digest_at
    assert (at.zone, at.weekday) == ("Asia/Tokyo", 4)


def test_triaging_a_message_prefills_keeps_the_link_and_answers_in_its_thread(office: Office) -> None:
    ben, mei = office.person("ben"), office.person("mei")
    mei.types("#general", "The spam filter learns from anybody\nSee https://example.com/x & think <b>")
    said = ben.sees("#general", "The spam filter learns")

    ben.shortcut("Triage this message", said)

    modal = ben.modal("Report an ML bug")
    assert modal.value("Title") == "The spam filter learns from anybody"
    assert "https://example.com/x & think <b>" in modal.value("Description")
    modal.choose("Which threat is it?", "Data poisoning").submit()
    answer_gates(office.bar, ben.modal("Does the bar apply?"))
    answer_questions(office.bar, ben.modal("How bad is it?"), "data_poisoning", worst(office.bar, "data_poisoning"))
    assert "Filed as ML-1" in ben.modal("The verdict").text
    assert "Filed as ML-1 · Critical" in said.sees_reply("Filed as ML-1").words
    assert "/archives/" in office.assistant.desk.show(triager(office), 1).source


def test_the_global_shortcut_opens_the_dialog(office: Office) -> None:
    ben = office.person("ben")

    ben.shortcut("Report an ML bug")

    assert "Which threat is it?" in ben.modal("Report an ML bug").labels


def test_the_owner_is_reminded_once_a_day_and_may_put_it_off(office: Office) -> None:
    ana, mei = office.person("ana"), office.person("mei")
    three_reports(office)
    for number, title in ((1, "Bad feed"), (2, "Copied model")):
        ana.sees("#triage", title).press("Accept")
        ana.sees("#triage", title).until("State: accepted").press("Assign…")
        ana.modal(f"Assign ML-{number}").choose("Who fixes it", "mei").submit()
        mei.reads_dm("mlbug", f"ML-{number} is yours to fix")
    office.assistant.desk.changes.clock = lambda: utc_now() + timedelta(days=6, hours=18)

    office.assistant.ticker.once()
    office.assistant.ticker.once()

    reminders = mei.reads_dm("mlbug", "Yours to fix")
    assert len(reminders) == 1
    assert "Bad feed" in reminders[0].words
    assert "Copied model" in reminders[0].words
    reminders[0].press("Snooze ML-1 for a Week")
    mei.wait_for(
        lambda: any(e.kind is EventKind.SNOOZED for e in office.assistant.desk.history(triager(office), 1)) or None,
        lambda: "nothing was snoozed",
    )


def test_a_webhook_needs_a_secret_and_an_https_address(office: Office, tmp_path: Path) -> None:
    ana = office.person("ana")
    ana.types("#general", "/mlbug settings")
    ana.modal("mlbug settings").press("Deadlines and Webhook")
    modal = ana.modal(containing="signed").fill("Webhook", "https://hooks.example.com/mlbug")
    modal.fill("Days to a fix, by urgency", "soon").submit()
    assert "MLBUG_WEBHOOK_SECRET" in modal.errors["Webhook"]
    assert "Write it like" in modal.errors["Days to a fix, by urgency"]

    (tmp_path / "signing").mkdir()
    with open_office(tmp_path / "signing", mlbug_webhook_secret="made up") as signing:
        ana = signing.person("ana")
        ana.types("#general", "/mlbug settings")
        ana.modal("mlbug settings").press("Deadlines and Webhook")
        modal = ana.modal(containing="signed")
        for wrong in (
            "http://hooks.example.com/",
            "https://name:word@example.com/",
            "https://",
            "https://a b.example/",
        ):
            modal.fill("Webhook", wrong).submit()
            assert "Webhook" in modal.errors
        modal.fill("Webhook", "https://hooks.example.com/mlbug").submit()
        assert "Saved" in ana.modal(containing="Saved").text
