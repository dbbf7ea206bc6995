"""Messages, threads, buttons, Home and shortcuts, in both modes."""

from __future__ import annotations


def test_an_unknown_command_is_told_by_slack_itself(ana):
    ana.types("#triage", "/mlbugg x")
    assert ana.sees_ephemeral("#triage").words == "Slackbot: /mlbugg is not a valid command."


def test_a_command_that_is_not_acknowledged_says_so(ana):
    ana.types("#triage", "/mlbug silent")
    said = ana.sees_ephemeral("#triage").words
    assert "/mlbug failed with the error" in said


def test_a_command_answers_to_one_person_only_and_is_gone_on_reload(ana, ben):
    ana.types("#triage", "/mlbug help")
    assert ana.sees_ephemeral("#triage").words == "Try /mlbug and a title."
    assert ben.ephemerals("#triage") == []
    ana.reloads()
    assert ana.ephemerals("#triage") == []


def test_commands_do_not_work_in_threads(ana):
    ana.types("#general", "Look at this")
    message = ana.sees("#general", "Look at this")
    ana.types("#general", "/mlbug x", thread=message)
    assert ana.sees_ephemeral("#general").words == "Slackbot: /mlbug is not supported in threads. Sorry!"


def test_what_people_type_reaches_the_app_escaped_and_reads_as_typed(ana):
    ana.types("mlbug", "Is a < b & @ben <!channel>?")
    said = ana.reads_dm("mlbug")[0]
    assert said.message.text == f"Is a &lt; b &amp; <@{ana.sandbox.person('ben').id}> &lt;!channel&gt;?"
    assert said.words == "Is a < b & @ben <!channel>?"
    assert ana.reads_dm("mlbug", "You said: Is a < b & @ben <!channel>?")


def test_a_mention_is_answered_in_its_thread(ana):
    ana.types("#triage", "@mlbug hello")
    assert ana.sees("#triage", "hello").sees_reply("You named me.").message.by_app


def test_a_mention_where_the_app_is_not_is_told_by_slack(ben):
    ben.types("#ml-platform", "@mlbug hello")
    assert "is not in this channel" in ben.sees_ephemeral("#ml-platform").words
    ben.types("#ml-platform", "/invite @mlbug")
    ben.types("#ml-platform", "@mlbug again")
    assert ben.sees("#ml-platform", "again").sees_reply("You named me.")


def card(person):
    person.types("#triage", "/mlbug Leaks its prompt")
    person.modal().choose("Which threat?", "Model theft").submit()
    return person.sees("#triage", "Leaks its prompt")


def test_a_button_changes_the_message_answers_in_the_thread_and_to_the_one_who_pressed(ana, ben):
    posted = card(ana)
    assert posted.text == "Filed: Leaks its prompt"
    assert posted.metadata == {"event_type": "card", "event_payload": {"key": "ML-42:card"}}
    assert posted.buttons == ["Accept", "Close…", "Assign", "Duplicate of"]
    ben.sees("#triage", "Leaks").press("Accept")
    posted.until("Accepted by @ben")
    assert posted.is_edited
    assert posted.sees_reply("Accepted.")
    assert ben.sees_ephemeral("#triage", "Only you see this.")
    assert ana.ephemerals("#triage") == []


def test_a_question_may_be_answered_with_no(ana):
    posted = card(ana)
    assert posted.confirm_of("Close…") == "Close ML-42?\nIt stays in the history.\nClose\nKeep Open"
    posted.press("Close…", confirm=False)
    assert ana.sees("#triage", "ML-42")
    posted.press("Close…")
    ana.wait_for(lambda: None if ana.hands.team.channel_by_name("triage").messages else True, lambda: "still there")


def test_a_menu_sends_the_entry_that_was_chosen(ana):
    card(ana).press("Duplicate of")
    assert ana.sees_ephemeral("#triage", "Chose Duplicate of")


def test_home_is_published_when_opened_and_changed_by_its_buttons(ana):
    home = ana.home("Waiting for you")
    home.press("Refresh").until("Nothing waits.")


def test_shortcuts_start_from_a_message_and_from_anywhere(ana):
    ana.types("#general", "The classifier is wrong")
    ana.shortcut("Triage this message", ana.sees("#general", "classifier"))
    modal = ana.modal()
    assert modal.value("Title") == "The classifier is wrong"
    modal.close()
    ana.shortcut("Triage a bug")
    assert ana.modal().value("Title") == ""
