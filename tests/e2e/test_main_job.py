"""The whole job in Chromium, as a newcomer does it after `make demo`: `/mlbug`, three screens, verdict, card, message."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from triage import bars

BAR = bars.builtin()
Shot = Callable[[Page, str], None]


def say(page: Page, text: str) -> None:
    box = page.get_by_role("combobox", name="Message #triage")
    box.fill(text)
    box.press("Enter")


def pick(page: Page, question: str, answer: str) -> None:
    group = page.get_by_role("radiogroup", name=question)
    group.get_by_role("radio", name=answer, exact=False).first.check()


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).first.click()
    page.get_by_role("option", name=option).first.click()


def test_a_newcomer_files_a_report_and_reads_why(page: Page, shot: Shot) -> None:
    page.get_by_label("You are").select_option(label="Ben Okafor")
    shot(page, "1-channel")
    say(page, "/mlbug Ranking model learns from anonymous votes")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Report an ML bug")
    expect(page.get_by_label("Title")).to_have_value("Ranking model learns from anonymous votes")
    page.get_by_label("Description").fill("Anybody can vote without an account; 300 votes move an item to the top.")
    choose(page, "Which threat is it?", "Data poisoning")
    shot(page, "2-what")
    dialog.get_by_role("button", name="Next").click()

    expect(dialog).to_contain_text("Does the bar apply?")
    for gate in BAR.gates:
        pick(page, gate.ask, gate.options[-1].label)
    for question in BAR.urgency.questions:
        pick(page, question.ask, question.options[1].label)
    shot(page, "3-gates")
    dialog.get_by_role("button", name="Next").click()

    expect(dialog).to_contain_text(BAR.threat("data_poisoning").summary)
    for question in BAR.threat("data_poisoning").questions:
        pick(page, question.ask, question.options[-1].label)
    pick(page, BAR.threat("data_poisoning").questions[2].ask, "I don't know")
    shot(page, "4-questions")
    dialog.get_by_role("button", name="File Report").click()

    expect(dialog).to_contain_text("Filed as ML-")
    expect(dialog).to_contain_text("Critical, could be Important")
    expect(dialog).to_contain_text("to settle it")
    shot(page, "5-verdict")
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_role("dialog")).to_have_count(0)

    card = page.locator("article, li, .message").filter(has_text="Ranking model learns from anonymous votes").last
    expect(card).to_contain_text("Critical")
    shot(page, "6-card")
    card.get_by_role("button", name="Why").click()
    expect(page.get_by_role("dialog")).to_contain_text("What would change it")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_wrong_field_says_what_to_do_and_keeps_the_rest(page: Page, shot: Shot) -> None:
    say(page, "/mlbug")
    dialog = page.get_by_role("dialog")
    page.get_by_label("Title").fill("   ")
    page.get_by_label("Description").fill("Stays")
    choose(page, "Which threat is it?", "Model stealing")
    dialog.get_by_role("button", name="Next").click()

    expect(dialog).to_contain_text("Give the report a title")
    expect(page.get_by_label("Description")).to_have_value("Stays")
    shot(page, "7-field-error")


def test_help_and_the_bar_are_read_in_place(page: Page, shot: Shot) -> None:
    say(page, "/mlbug help")
    expect(page.get_by_text("Only visible to you").last).to_be_visible()
    expect(page.get_by_text("/mlbug why ML-42")).to_be_visible()
    shot(page, "8-help")
    say(page, "/mlbug bar model stealing")
    expect(page.get_by_text("The rules: the worst that holds decides")).to_be_visible()
    shot(page, "9-bar")
