"""Questions that nobody means, by every way they can be asked: an answer each, never an error."""

import json
from pathlib import Path
from typing import Any

import pytest
from reporting import Office, file_report

from bot import cli

ODD = {
    "nothing": "",
    "spaces": " \t ",
    "3,000 characters": "model poisoned label " * 142 + "leaks it all",
    "3,000 characters in one word": "x" * 3000,
    "only stop words": "the of it and is that to a",
    "operators": 'title:"a* OR b" AND NOT (near/3) ^c -d {e} [f] | g & h \\ ; -- \'; DROP TABLE reports; % _ ?',
    "quotes": "\"\"\" ''' ``` “”„",
    "Chinese": "训练数据被投毒 模型输出错误",
    "Arabic and Hebrew": "تسميم بيانات التدريب הרעלת נתונים",
    "Thai": "ข้อมูลการฝึกถูกวางยาพิษ",
    "emoji": "🔥🤖💥👩‍💻🏳️‍🌈",
    "a zero byte": "zero\x00byte in the label",
    "controls and marks": "\x1b[31mred\u202e\u200b\ufeff\u0301\u0301",
    "mark-up": "<!channel> <@U1> <https://evil.example|click> &lt; *b* _i_ `c`",
}
WENT_WRONG = ("went wrong", "reference", "Traceback", "error")


@pytest.fixture
def asked(office: Office) -> Office:
    file_report(office, office.person("ben"), "data_poisoning", {}, title="Labels can be bought").close()
    return office


def test_a_command_that_asks_is_answered(asked: Office) -> None:
    mei = asked.person("mei")
    for name, text in ODD.items():
        mei.reloads()
        mei.types("#general", f"/mlbug ask {text}")
        said = mei.sees_ephemeral("#general").until("Report It" if text.strip() else "ask")
        assert not [word for word in WENT_WRONG if word in said.words], name


def test_the_dialog_takes_it_or_says_under_the_field_what_to_do(asked: Office) -> None:
    mei = asked.person("mei")
    for name, text in ODD.items():
        mei.reloads()
        mei.types("#general", "/mlbug")
        modal = mei.modal("Report an ML bug")
        modal.fill("Title", text[:150]).fill("Description", text).choose(
            "Which threat is it?", "Not sure, help me choose"
        )
        modal.submit()
        if any(letter.isalnum() for letter in text):
            second = mei.modal("Does the bar apply?", containing="Does the attack depend")
            assert not [word for word in WENT_WRONG if word in second.text], name
        elif not text.strip():
            assert modal.errors, name


def test_the_shell_answers(
    asked: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", asked.settings.database_url.get_secret_value())
    batch = tmp_path / "questions.jsonl"
    batch.write_text("".join(json.dumps({"id": name, "text": text}) + "\n" for name, text in ODD.items()))
    capsys.readouterr()

    assert cli.main(["search", "--batch", str(batch)]) == 0

    lines: list[dict[str, Any]] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["id"] for line in lines] == list(ODD)
    assert all("results" in line for line in lines)
    for text in ODD.values():
        assert cli.main(["search", "--", text]) in ({0, 1} if text.strip() else {2})
