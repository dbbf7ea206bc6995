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
from bot.render.words import Here
from triage.access import Role, Viewer
from triage.bar import BugBar
from triage.desk import Explained
from triage.lifecycle import TRANSITIONS, Deed, Who, choices
from triage.reports import Report, State
from triage.verdict import Verdict

EDIT = "edit"
EDITABLE = frozenset({State.NEW, State.OUT_OF_SCOPE})
MITIGATIONS_SHOWN = 4


def verdict_view(explained: Explained, draft_id: str, here: Here) -> Block:
    """The dialog's last screen: filed, and this is how bad it is."""
    report = explained.report
    blocks = [
        rich([bold(f"Filed as {report.name}: "), report.title]),
        *explanation(explained, here),
        actions("verdict", button("Edit Answers", EDIT, str(report.number))),
    ]
    return modal("The verdict", blocks, callback_id="verdict", metadata=draft_id, close="Done")


def why_view(explained: Explained, viewer: Viewer, here: Here) -> Block:
    """The same for a filed report, opened from a message; and what its reader may do about it."""
    report = explained.report
    blocks = [rich([bold(f"{report.name}: "), report.title]), *explanation(explained, here), may(report, viewer)]
    return modal(f"Why {report.name}", blocks, callback_id="why", close="Done")


def explanation(explained: Explained, here: Here) -> list[Block]:
    """Severity, reason, what fired, what would change it, where it goes, where it comes from."""
    verdict = explained.verdict
    parts = _in_bar(explained, here) if verdict.outcome == "in_bar" else _outside(explained)
    return [header(words.headline(explained.report)), *parts, _small_print(explained)]


def may(report: Report, viewer: Viewer) -> Block:
    """What somebody can do with a report as it is now, and what others could: the answer to "why may I not?"."""
    mine = [deed for deed in choices(viewer, report) if _is_shown(deed, report)]
    if viewer.user != report.reporter:  # the answers are changed in the dialog that they were given in
        mine = [deed for deed in mine if deed is not Deed.EDIT]
    anybody = Viewer(report.workspace, report.reporter, Role.TRIAGER)
    others = [deed for deed in choices(anybody, report) if deed not in mine and _is_shown(deed, report)]
    told = [f"You can {_listed(mine)}." if mine else "You can read it."]
    by: dict[str, list[Deed]] = {}
    for deed in others:
        by.setdefault(_whose(deed, report), []).append(deed)
    told += [f"Only {whose} can {_listed(deeds)}." for whose, deeds in by.items()]
    return context(" ".join(told))


def _is_shown(deed: Deed, report: Report) -> bool:
    if deed is Deed.ANSWER:  # that is done where it is asked
        return False
    if deed is Deed.EDIT:
        return report.state in EDITABLE
    return deed not in {Deed.UNRESTRICT, Deed.NAME, Deed.UNNAME} if not report.restricted else deed is not Deed.RESTRICT


def _whose(deed: Deed, report: Report) -> str:
    if deed is Deed.EDIT:
        return str(Who.REPORTER)
    able = {who for row in TRANSITIONS if row.deed is deed and report.state in row.sources for who in row.who}
    return " and ".join(who for who in Who if who in able)


def _listed(deeds: list[Deed]) -> str:
    words_ = [str(deed) for deed in deeds]
    return words_[0] if len(words_) == 1 else f"{', '.join(words_[:-1])} or {words_[-1]}"


def _in_bar(explained: Explained, here: Here) -> list[Block]:
    bar, verdict, report = explained.bar, explained.verdict, explained.report
    threat = next(words.threats_of(bar, verdict)).name
    blocks = [section(f"*{threat}.* {verdict.reason}")]
    if report.override is not None:
        says = words.severity_words(report.severity, report.severity_low)
        counts = f"*{report.override} by override* counts; `/mlbug show {report.name}` tells why."
        blocks = [section(f"{counts} What follows is why the bar says {says}."), *blocks]
    if settles := words.settles(bar, verdict):
        blocks.append(section(f"*{words.severity_words(verdict.severity, verdict.severity_low)}.* {settles}"))
    if fired := words.fired_lines(bar, verdict):
        rows: list[list[Part]] = [[f"{question} ", bold(answer)] for question, answer in fired]
        blocks += [section("*The answers it rests on*"), bullets(rows)]
    if changes := words.change_lines(bar, verdict):
        blocks += [section("*What would change it*"), bullets([[line] for line in changes])]
    if others := _other_threats(bar, verdict):
        blocks += [section("*Also rated*"), bullets([[line] for line in others])]
    if due := words.due_line(report, bar, here):
        blocks.append(section(due))
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
