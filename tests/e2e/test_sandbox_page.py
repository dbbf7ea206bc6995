"""The sandbox's page in a real browser: dialogs, cards, Home, digest, two people, keyboard, screen readers."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from tiny_app import tiny_app

from bot.sandbox.server import Sandbox

SHOTS = Path(os.environ.get("MLBUG_SHOTS", "var/screenshots"))
SIZES = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 390, "height": 844}}


@pytest.fixture
def sandbox():
    with Sandbox(ack_seconds=1.0) as opened:
        app = tiny_app(WebClient(token=opened.bot_token, base_url=opened.api_url))
        handler = SocketModeHandler(app, opened.app_token)
        handler.connect()
        opened.wait_for_app()
        yield opened
        handler.close()


@pytest.fixture(params=SIZES)
def open_as(browser, sandbox, request):
    """Open the page as somebody, each in a window of their own; faults of the page fail the test."""
    contexts, faults = [], []

    def open_page(handle: str, scheme: str = "light") -> Page:
        context = browser.new_context(viewport=SIZES[request.param], color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.goto(f"{sandbox.url}?as={handle}")
        expect(page.get_by_role("combobox", name="Message #triage")).to_be_visible()
        return page

    open_page.size = request.param
    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def shot(open_as):
    def take(page: Page, name: str) -> None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"sandbox-{name}-{open_as.size}.png")

    return take


def write(page: Page, text: str) -> None:
    box = page.get_by_role("combobox", name="Message #triage")
    box.fill(text)
    box.press("Enter")


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option).click()


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in ("serious", "critical")]


def file_one(page: Page, title: str = "Leaks its <!channel> prompt") -> None:
    write(page, f"/mlbug {title}")
    choose(page, "Which threat?", "Data poisoning")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_dialog_from_the_command_to_the_card(open_as, shot):
    page = open_as("ben")
    write(page, "/mlbug Leaks its prompt")
    expect(page.get_by_role("dialog", name="Report a bug")).to_be_visible()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox", name="Title")).to_be_focused()
    dialog.get_by_role("button", name="Next").click()
    threat = dialog.get_by_role("combobox", name="Which threat?")
    expect(threat).to_be_focused()
    expect(threat).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_text("Please complete this required field.")).to_be_visible()
    shot(page, "field-error")
    choose(page, "Which threat?", "Data poisoning")
    expect(dialog.get_by_text("Please complete this required field.")).to_be_hidden()
    story = dialog.get_by_role("textbox", name="What happened?")
    story.fill("It told me its prompt.")
    system = dialog.get_by_role("combobox", name="Affected system")
    system.press_sequentially("chat")
    page.get_by_role("option", name="Chat assistant").click()
    dialog.get_by_role("radio", name="Yes").check()
    dialog.get_by_role("button", name="More").click()
    expect(page.get_by_role("heading", name="More to say")).to_be_visible()
    expect(story).to_have_value("It told me its prompt.")
    expect(threat).to_have_value("Data poisoning")
    expect(system).to_have_value("Chat assistant")
    expect(page.get_by_role("radio", name="Yes")).to_be_checked()
    shot(page, "dialog")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_text("Critical · ML-42")).to_be_visible()
    shot(page, "card")


def test_two_people_and_what_only_one_of_them_sees(open_as, shot):
    ben, ana = open_as("ben"), open_as("ana")
    file_one(ben)
    card = ana.get_by_role("article").filter(has_text="Critical · ML-42")
    expect(card).to_contain_text("Leaks its <!channel> prompt")
    card.get_by_role("button", name="Accept").click()
    expect(ana.get_by_text("Only you see this.")).to_be_visible()
    expect(ana.get_by_text("Only visible to you")).to_be_visible()
    expect(ben.get_by_text("Accepted by @ana")).to_be_visible()
    expect(ben.get_by_text("Only you see this.")).to_have_count(0)
    ben.get_by_role("button", name="1 reply").click()
    expect(ben.get_by_role("complementary", name="Thread")).to_contain_text("Accepted.")
    shot(ben, "thread")
    ana.reload()
    expect(ana.get_by_text("Accepted by @ana")).to_be_visible()
    expect(ana.get_by_text("Only you see this.")).to_have_count(0)


def test_a_question_before_the_deed(open_as, shot):
    page = open_as("ana")
    file_one(page)
    close = page.get_by_role("button", name="Close…")
    close.click()
    question = page.get_by_role("alertdialog", name="Close ML-42?")
    expect(question.get_by_role("button", name="Close")).to_be_focused()
    shot(page, "question")
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(close).to_be_focused()
    close.click()
    question.get_by_role("button", name="Close").click()
    expect(page.get_by_text("Critical · ML-42")).to_have_count(0)


def test_home_and_the_messages_of_the_app(open_as, shot, sandbox):
    page = open_as("ana")
    if open_as.size == "narrow":
        page.get_by_role("button", name="Channels").click()
    page.get_by_role("button", name="mlbug, app").click()
    expect(page.get_by_role("heading", name="Waiting for you")).to_be_visible()
    shot(page, "home")
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_text("Nothing waits.")).to_be_visible()
    page.get_by_role("tab", name="Messages").click()
    box = page.get_by_role("combobox", name="Message mlbug")
    box.fill("Hello")
    box.press("Enter")
    expect(page.get_by_text("You said: Hello")).to_be_visible()
    assert sandbox.problems == []


def test_a_digest_with_its_charts_and_tables(open_as, shot):
    page = open_as("ana")
    write(page, "/mlbug digest")
    expect(page.get_by_role("img", name="Reports a week")).to_be_visible()
    expect(page.get_by_role("img", name="By severity")).to_be_visible()
    table = page.get_by_role("table", name="Waiting longest")
    expect(table.get_by_role("row")).to_have_count(6)
    page.get_by_role("button", name="Next").click()
    expect(table.get_by_role("rowheader", name="ML-47")).to_be_visible()
    page.locator("summary", has_text="Figures").first.click()
    expect(page.get_by_role("table").filter(has_text="W47").first).to_contain_text("10")
    page.get_by_role("button", name="Useful", exact=True).click()
    expect(page.get_by_text("Thank you: yes")).to_be_visible()
    page.get_by_text("Week 47", exact=True).scroll_into_view_if_needed()
    shot(page, "digest")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_everything_can_be_done_from_the_keyboard(open_as):
    page = open_as("ben")
    page.get_by_role("combobox", name="Message #triage").focus()
    page.keyboard.type("/ml")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("textbox", name="Title")).to_be_focused()
    for _ in range(40):
        page.keyboard.press("Tab")
        assert page.evaluate("document.querySelector('[role=dialog]').contains(document.activeElement)")
    dialog.get_by_role("combobox", name="Which threat?").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("combobox", name="Which threat?")).to_have_value("Model theft")
    dialog.get_by_role("textbox", name="Title").focus()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("By keyboard")).to_be_visible()


def test_escape_closes_the_window_on_top_and_gives_the_focus_back(open_as):
    page = open_as("ben")
    write(page, "/mlbug")
    page.get_by_role("button", name="Push").click()
    top = page.get_by_role("dialog", name="On top")
    expect(top).to_contain_text("2 windows open")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Report a bug")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("combobox", name="Message #triage")).to_be_focused()


def test_a_silent_app_shows_slacks_trouble_and_keeps_what_was_typed(open_as, shot):
    page = open_as("ben")
    write(page, "/mlbug silent thing")
    title = page.get_by_role("textbox", name="Title")
    title.fill("silent")
    choose(page, "Which threat?", "Not sure")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("dialog")).to_have_attribute("aria-busy", "true")
    expect(page.get_by_text("We had some trouble connecting. Try again?")).to_be_visible()
    expect(title).to_have_value("silent")
    shot(page, "trouble")


def test_the_traffic_can_be_read_and_the_clock_moved_on(open_as, shot, sandbox):
    page = open_as("ana")
    write(page, "/mlbug help")
    expect(page.get_by_text("and a title.")).to_be_visible()
    page.get_by_role("button", name="Traffic", exact=True).click()
    pane = page.get_by_role("complementary", name="Traffic")
    pane.get_by_text("command /mlbug").click()
    expect(pane.get_by_text('"command": "/mlbug"')).to_be_visible()
    assert not re.search(r"xoxb-|xapp-", page.content())
    before = sandbox.clock.now()
    pane.get_by_role("button", name="+ 1 week").click()
    shot(page, "traffic")
    page.wait_for_timeout(50)
    assert sandbox.clock.now() - before > 6 * 24 * 3600


def test_a_global_shortcut_starts_from_the_composer(open_as):
    page = open_as("ana")
    page.get_by_role("button", name="Shortcuts").click()
    page.get_by_role("button", name="Triage a bug").click()
    expect(page.get_by_role("dialog", name="Report a bug")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_accessibility_checker_finds_nothing_serious(open_as, shot, scheme):
    page = open_as("ana", scheme)
    assert serious(page) == []
    file_one(page)
    write(page, "/mlbug digest")
    expect(page.get_by_role("img", name="By severity")).to_be_visible()
    assert serious(page) == []
    write(page, "/mlbug again")
    page.get_by_role("dialog").get_by_role("button", name="Next").click()
    expect(page.get_by_text("Please complete this required field.")).to_be_visible()
    assert serious(page) == []
    shot(page, f"axe-{scheme}")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Traffic", exact=True).click()
    assert serious(page) == []
