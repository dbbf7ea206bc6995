"""The verdict, explained: the last screen of the dialog, and what `why` answers."""

from bot.render import words
from bot.render.blocks import (
    Block,
    Part,
    actions,
    bold,
    bullets,
    button,
    context,
    header,
    modal,
    rich,
    section,
)
from triage.bar import BugBar
from triage.desk import Explained
from triage.reports import State
from triage.verdict import Verdict

EDIT = "edit"
EDITABLE = frozenset({State.NEW, State.OUT_OF_SCOPE})
MITIGATIONS_SHOWN = 4


def verdict_view(explained: Explained, draft_id: str) -> Block:
    """The dialog's last screen: filed, and this is how bad it is."""
    report = explained.report
    blocks = [
        rich([bold(f"Filed as {report.name}: "), report.title]),
        *explanation(explained),
        actions("verdict", button("Edit Answers", EDIT, str(report.number))),
    ]
    return modal("The verdict", blocks, callback_id="verdict", metadata=draft_id, close="Done")


def why_view(explained: Explained) -> Block:
    """The same for a filed report, opened from a message."""
    report = explained.report
    blocks = [rich([bold(f"{report.name}: "), report.title]), *explanation(explained)]
    return modal(f"Why {report.name}", blocks, callback_id="why", close="Done")


def explanation(explained: Explained) -> list[Block]:
    """Severity, reason, what fired, what would change it, where it goes, where it comes from."""
    verdict = explained.verdict
    parts = _in_bar(explained) if verdict.outcome == "in_bar" else _outside(explained)
    return [header(words.headline(explained.report)), *parts, _small_print(explained)]


def _in_bar(explained: Explained) -> list[Block]:
    bar, verdict, report = explained.bar, explained.verdict, explained.report
    threat = next(words.threats_of(bar, verdict)).name
    blocks = [section(f"*{threat}.* {verdict.reason}")]
    if settles := words.settles(bar, verdict):
        blocks.append(section(f"*{words.severity_words(verdict.severity, verdict.severity_low)}.* {settles}"))
    if fired := words.fired_lines(bar, verdict):
        rows: list[list[Part]] = [[f"{question} ", bold(answer)] for question, answer in fired]
        blocks += [section("*The answers it rests on*"), bullets(rows)]
    if changes := words.change_lines(bar, verdict):
        blocks += [section("*What would change it*"), bullets([[line] for line in changes])]
    if others := _other_threats(bar, verdict):
        blocks += [section("*Also rated*"), bullets([[line] for line in others])]
    if due := words.deadline(verdict, report.created_at):
        blocks.append(section(f"*First answer due* {words.moment(due[0])}. {due[1]}"))
    if also := words.also_lines(bar, verdict):
        blocks += [section("*Tell as well*"), bullets([[line] for line in also])]
    if mitigations := _mitigations(verdict):
        blocks += [section("*What helps*"), bullets([[line] for line in mitigations])]
    if notes := [*verdict.notes, *(f"{badge.label}: {badge.note}" for badge in verdict.badges)]:
        blocks += [section("*Notes*"), bullets([[note] for note in notes])]
    return blocks


def _outside(explained: Explained) -> list[Block]:
    lines = words.route_lines(explained.bar, explained.verdict)
    blocks = [section(line) for line in lines]
    if explained.verdict.notes:
        blocks += [section("*Notes*"), bullets([[note] for note in explained.verdict.notes])]
    return blocks


def _other_threats(bar: BugBar, verdict: Verdict) -> list[str]:
    names = {threat.id: threat.name for threat in bar.threats}
    return [
        f"{names[a.threat]}: {words.severity_words(a.severity, a.severity_low)}"
        for a in verdict.assessments
        if a.threat != verdict.threat and a.threat in names
    ]


def _mitigations(verdict: Verdict) -> list[str]:
    return [f"{m.name} (ATLAS {m.id})" for m in verdict.mitigations[:MITIGATIONS_SHOWN]]


def _small_print(explained: Explained) -> Block:
    bar, verdict = explained.bar, explained.verdict
    rule = f"Rule {verdict.rule}. " if verdict.rule else ""
    vector = f"Vector `{verdict.vector}`. " if verdict.vector else ""
    source = f"Bar {bar.id} {bar.version}, after {bar.source.doc}, revision {bar.source.revision[:8]}."
    warning = "" if explained.replayed else " This verdict can’t be reproduced with its bar: tell whoever runs mlbug."
    return context(f"{rule}{vector}{source}{warning}")
