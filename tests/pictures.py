"""Takes the pictures of docs/images from the demo in a real browser: `python -m tests.pictures`, after `make e2e`."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from triage import bars

IMAGES = Path(__file__).parents[1] / "docs" / "images"
BAR = bars.builtin()
TOP = "shown => shown.querySelectorAll('*').forEach(each => { each.scrollTop = 0; })"
THREAT = BAR.threat("data_poisoning")


def main() -> None:
    """Start the demo, file a report as Ben, and keep a picture of each step."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bot.cli", "demo", "--no-browser", "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo, sync_playwright() as playwright:  # noqa: S603  # our own program
        if demo.stdout is not None:
            demo.stdout.readline()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_context(viewport={"width": 900, "height": 1000}).new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        try:
            _report(page)
        finally:
            browser.close()
            demo.terminate()


def _report(page: Page) -> None:
    page.get_by_label("You are").select_option(label="Ben Okafor")
    box = page.get_by_role("combobox", name="Message #triage")
    box.fill("/mlbug Ranking model learns from anonymous votes")
    box.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Report an ML bug")
    page.get_by_label("Description").fill("Anybody can vote without an account; 300 votes move an item to the top.")
    page.get_by_role("combobox", name="Which threat is it?").first.click()
    page.get_by_role("option", name=THREAT.name).first.click()
    _keep(page, "what")
    dialog.get_by_role("button", name="Next").click()

    expect(dialog).to_contain_text("Does the bar apply?")
    for gate in BAR.gates:
        _pick(page, gate.ask, gate.options[-1].label)
    for question in BAR.urgency.questions:
        _pick(page, question.ask, question.options[1].label)
    _keep(page, "gates")
    dialog.get_by_role("button", name="Next").click()

    expect(dialog).to_contain_text(THREAT.summary)
    for question in THREAT.questions:
        _pick(page, question.ask, question.options[-1].label)
    _pick(page, THREAT.questions[2].ask, "I don't know")
    _keep(page, "questions")
    dialog.get_by_role("button", name="File Report").click()

    expect(dialog).to_contain_text("Filed as ML-")
    _keep(page, "verdict")
    dialog.get_by_role("button", name="Done").click()
    page.get_by_label("You are").select_option(label="Ana Lima")
    card = page.locator("article, li, .message").filter(has_text="Ranking model learns from anonymous votes").last
    expect(card).to_contain_text("Critical")
    page.mouse.move(5, 5)
    card.scroll_into_view_if_needed()
    card.screenshot(path=IMAGES / "card.png")


def _pick(page: Page, question: str, answer: str) -> None:
    group = page.get_by_role("radiogroup", name=question)
    group.get_by_role("radio", name=answer, exact=False).first.check()


def _keep(page: Page, name: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.evaluate(TOP)
    dialog.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
