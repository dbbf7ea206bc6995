"""Verdicts as rows: the texts that replay them, and what figures over many ask of them."""

import json
from typing import Any

from sqlalchemy import Row

from db.models import answers, verdicts
from db.prepared import Prepared, PreparedLists
from triage.reports import Scored

INSERT_VERDICT = Prepared.insert(verdicts)
INSERT_ANSWERS = PreparedLists.insert(answers)


def verdict_row(workspace: str, number: int, seq: int, scored: Scored) -> dict[str, Any]:
    """The row of `verdicts` for a verdict."""
    said = json.loads(scored.verdict)
    bar = said.get("bar") or {}
    return {
        "workspace": workspace,
        "report": number,
        "seq": seq,
        "at": scored.at,
        "by_user": scored.by,
        "bar_hash": scored.bar_hash,
        "case_json": scored.case,
        "verdict_json": scored.verdict,
        "bar_id": bar.get("id", ""),
        "bar_version": bar.get("version", ""),
        "outcome": said.get("outcome", ""),
        "severity": said.get("severity"),
        "severity_low": said.get("severity_low"),
        "urgency": said.get("urgency"),
        "threat": said.get("threat"),
        "rule": said.get("rule"),
    }


def answer_rows(workspace: str, number: int, seq: int, scored: Scored) -> list[dict[str, Any]]:
    """The rows of `answers` for a verdict: one for each gate, variant, question and urgency question that was answered."""
    case = json.loads(scored.case)
    given: dict[tuple[str, str], str] = {("gates", gate): option for gate, option in case.get("gates", {}).items()}
    if case.get("failure_mode"):
        given["gates", "failure_mode"] = case["failure_mode"]
    for threat in case.get("threats", ()):
        given[threat["threat"], "threat"] = "chosen"
        if threat.get("variant"):
            given[threat["threat"], "variant"] = threat["variant"]
        given.update({(threat["threat"], question): option for question, option in threat.get("answers", {}).items()})
    given.update({("urgency", question): option for question, option in case.get("urgency", {}).items()})
    key = {"workspace": workspace, "report": number, "verdict": seq}
    return [
        {**key, "topic": topic, "question": question, "answer": answer} for (topic, question), answer in given.items()
    ]


def scored_of(row: Row[Any]) -> Scored:
    """The verdict in a row that holds the columns of `verdicts`."""
    return Scored(case=row.case_json, verdict=row.verdict_json, bar_hash=row.bar_hash, at=row.at, by=row.by_user)
