"""The life of a report in Chromium, as its reporter, a triager and its owner live it, each in a window of their own."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from triage import bars

BAR = bars.builtin()
TITLE = "Ranking model learns from anonymous votes"
WIDE = {"width": 1280, "height": 900}
TICK_MS = 40_000  # what time brings is looked at every twenty seconds


@pytest.fixture
def people(browser: Browser, demo: str) -> Iterator[dict[str, Page]]:
    contexts, opened = [], {}
    for handle in ("ana", "ben", "mei"):
        contexts.append(browser.new_context(viewport=WIDE))
        page = opened[handle] = contexts[-1].new_page()
        page.set_default_timeout(10_000)
        page.goto(f"{demo}?as={handle}")
        expect(page.get_by_role("combobox", name="Message #triage")).to_be_visible()
    yield opened
    for context in contexts:
        context.close()


def card(page: Page, name: str) -> Locator:
    """The first message with that report's heading: in the channel its card, in the app's messages what came first."""
    return page.get_by_role("article").filter(has=page.get_by_role("heading", name=f"{name} ·")).first


def only_for_me(page: Page) -> Locator:
    return page.get_by_role("article").filter(has_text="Only visible to you").last


def press(place: Locator, button: str) -> None:
    place.get_by_role("button", name=button).first.click()


def more(page: Page, place: Locator, entry: str) -> None:
    press(place, "More actions")
    page.get_by_role("button", name=entry, exact=True).last.click()


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def pick(page: Page, question: str, answer: str) -> None:
    page.get_by_role("radiogroup", name=question).get_by_role("radio", name=answer).first.check()


def choose(page: Page, label: str, option: str) -> None:
    dialog(page).get_by_role("combobox", name=label).first.click()
    dialog(page).get_by_role("option", name=option).first.click()


def submit(page: Page, button: str) -> None:
    dialog(page).get_by_role("button", name=button, exact=True).click()
    expect(dialog(page)).to_have_count(0)


def done(page: Page, button: str) -> None:
    """Submit a dialog that says that it is done, because what it changed stands elsewhere."""
    dialog(page).get_by_role("button", name=button, exact=True).click()
    expect(dialog(page)).to_contain_text("Done.")
    dialog(page).get_by_role("button", name="Close").last.click()
    expect(dialog(page)).to_have_count(0)


def to_app(page: Page, tab: str) -> None:
    page.get_by_role("button", name="mlbug, app").click()
    page.get_by_role("tab", name=tab).click()


def to_channel(page: Page) -> None:
    page.get_by_role("button", name="triage, channel").first.click()
    expect(page.get_by_role("combobox", name="Message #triage")).to_be_visible()


def file_it(page: Page, title: str) -> str:
    """From the command to the verdict, with one answer left open; the report's name."""
    box = page.get_by_role("combobox", name="Message #triage")
    box.fill(f"/mlbug {title}")
    box.press("Enter")
    page.get_by_label("Description").fill("300 votes move an item to the top.")
    choose(page, "Which threat is it?", "Data poisoning")
    dialog(page).get_by_role("button", name="Next").click()
    expect(dialog(page)).to_contain_text("Does the bar apply?")
    for question in (*BAR.gates, *BAR.urgency.questions):
        pick(page, question.ask, question.options[-1].label)
    dialog(page).get_by_role("button", name="Next").click()
    threat = BAR.threat("data_poisoning")
    expect(dialog(page)).to_contain_text(threat.summary)
    for question in threat.questions:
        pick(page, question.ask, "I don't know" if question.id == "reach" else question.options[-1].label)
    dialog(page).get_by_role("button", name="File Report").click()
    expect(dialog(page)).to_contain_text("Filed as ML-")
    name = dialog(page).inner_text().split("Filed as ")[1].split(":")[0]
    submit(page, "Done")
    return name


def test_a_report_lives_from_its_filing_to_its_reopening(people: dict[str, Page]) -> None:
    ana, ben, mei = people["ana"], people["ben"], people["mei"]
    name = file_it(ben, TITLE)
    expect(card(ana, name)).to_contain_text("Critical, could be Important")

    press(card(mei, name), "Accept")
    expect(only_for_me(mei)).to_contain_text("Only triagers can accept it.")

    press(card(ana, name), "Override")
    pick(ana, "Severity that counts", "Moderate")
    ana.get_by_label("Why is the bar wrong here?").fill("Votes are *weighted* by <!channel> age")
    submit(ana, "Override")
    expect(card(ana, name)).to_contain_text("Moderate by override of @ana: Votes are *weighted* by <!channel> age")
    expect(card(ana, name)).to_contain_text("The bar says Critical, could be Important.")

    press(card(ana, name), "Ask the Reporter")
    expect(only_for_me(ana)).to_contain_text(f"Asked about {name}")
    to_app(ben, "Messages")
    question = ben.get_by_role("article").filter(has_text=f"A question about {name}").last
    press(question, "It reaches the live model")
    expect(question).to_contain_text("You answered: It reaches the live model")
    expect(question).to_contain_text("The bar says Critical; Moderate by override still counts.")
    expect(card(ana, name)).to_contain_text("The bar says Critical.")

    press(card(ana, name), "Accept")
    expect(card(ana, name)).to_contain_text("State: accepted")
    press(card(ana, name), "Assign")
    choose(ana, "Who fixes it", "Mei Tanaka")
    submit(ana, "Assign")
    expect(card(ana, name)).to_contain_text("Owner: @mei")
    to_app(mei, "Home")
    expect(mei.get_by_text("Yours to fix: 1")).to_be_visible()

    ana.get_by_role("button", name="Traffic", exact=True).click()
    for _ in range(5):
        ana.get_by_role("complementary", name="Traffic").get_by_role("button", name="+ 1 week").click()
    ana.get_by_role("button", name="Traffic", exact=True).click()

    more(ana, card(ana, name), "Restrict")
    expect(card(ana, name)).to_contain_text("Restricted report")
    expect(ana.get_by_text(TITLE, exact=True)).to_have_count(0)
    press(card(ana, name), "Show")
    expect(only_for_me(ana)).to_contain_text(TITLE)
    more(ana, only_for_me(ana), "Lift the restriction…")
    ana.get_by_label("Why may everybody read it now?").fill("It is known by now")
    done(ana, "Lift")
    expect(card(ana, name)).to_contain_text(TITLE)

    to_channel(mei)
    again = file_it(mei, "The same votes again")
    press(card(ana, again), "Duplicate of")
    choose(ana, "The earlier report", name)
    submit(ana, "Link")
    expect(card(ana, again)).to_contain_text(f"State: duplicate of {name}")
    expect(card(ana, name)).to_contain_text(f"Repeats: {again}")

    press(card(ana, name), "Close")
    expect(dialog(ana)).to_contain_text("How does it end?")
    to_app(mei, "Messages")
    reminder = mei.get_by_role("article").filter(has=mei.get_by_role("heading", name="Yours to fix", exact=True)).last
    expect(reminder).to_contain_text(TITLE, timeout=TICK_MS)
    press(reminder, f"Close {name}")
    done(mei, "Close Report")  # fixed, by its owner

    pick(ana, "How does it end?", "Declined")
    dialog(ana).get_by_role("button", name="Close Report").click()
    expect(dialog(ana)).to_contain_text("Say why, for whoever finds it again.")
    ana.get_by_label("Reason").fill("Nobody will act on it")
    dialog(ana).get_by_role("button", name="Close Report").click()
    expect(dialog(ana)).to_contain_text(f"{name} is fixed by now, so nobody can decline it.")
    dialog(ana).get_by_role("button", name="Back").click()
    dialog(ana).get_by_role("button", name="Cancel").click()
    expect(dialog(ana)).to_have_count(0)

    press(card(ana, name), "Reopen")
    ana.get_by_label("What is new?").fill("It came back")
    submit(ana, "Reopen")
    expect(card(ana, name)).to_contain_text("State: accepted")
    expect(ben.get_by_role("article").filter(has_text="It came back").last).to_contain_text(f"{name} is accepted.")
