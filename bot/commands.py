"""What can be typed after `/mlbug`: one table, from which the parser, the help and the manifest's hint are made."""

import re
from dataclasses import dataclass
from enum import StrEnum

from triage.reports import parse_report_name

_PERIOD = re.compile(r"\d|quarter\Z", re.IGNORECASE)  # "report 30d" asks for figures, "report a leak" reports one


class Verb(StrEnum):
    """What a typed command asks for."""

    REPORT = "report it"  # opens the dialog
    SHOW = "show"
    WHY = "why"
    LIST = "list"
    ASK = "ask"
    FIGURES = "report"
    EXPORT = "export"
    DIGEST = "digest"
    BAR = "bar"
    SETTINGS = "settings"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table: `usage` as it is typed after `/mlbug`, `does` as the help says it."""

    verb: Verb
    usage: str
    does: str


COMMANDS = (
    Command(
        Verb.REPORT, "", "Report an ML bug: three short screens, then the verdict. Offers an unfinished draft again."
    ),
    Command(Verb.REPORT, "<what happens>", "The same, with your words as the title."),
    Command(
        Verb.ASK,
        "ask <question>",
        "Answers from the history and the bar: up to three earlier reports like it, each with its verdict.",
    ),
    Command(Verb.SHOW, "show ML-42", "One report: verdict, state, dates."),
    Command(Verb.WHY, "why ML-42", "Its verdict explained: rule, answers, what would change it, sources, bar version."),
    Command(
        Verb.LIST,
        "list [open|mine|overdue|critical|threat]",
        "Reports that you may see, newest first: open ones, yours, overdue ones, of a severity or a threat.",
    ),
    Command(
        Verb.FIGURES,
        "report [30d|90d|quarter]",
        "Figures with charts, of what you may see: severities, times, what is open, repeats, overridden rules.",
    ),
    Command(
        Verb.EXPORT,
        "export [csv|json]",
        "All reports that you may see, with their history, as a file in your messages with mlbug. For admins.",
    ),
    Command(Verb.DIGEST, "digest preview", "The next weekly digest as the channel would read it now."),
    Command(Verb.BAR, "bar [threat]", "The bar itself: the nine threats, or one with its questions and rules."),
    Command(Verb.SETTINGS, "settings", "Channels, triagers, admins, deadlines, the digest’s time. For admins."),
    Command(Verb.HELP, "help", "This list."),
)


@dataclass(frozen=True, slots=True)
class Typed:
    """A parsed command: the verb, its report's number where it has one, and the rest as text."""

    verb: Verb
    number: int | None = None
    text: str = ""


def parse(text: str) -> Typed:  # noqa: PLR0911 - one a command
    """Understand what was typed after `/mlbug`. What is no command is the title of a new report, never an error.

    `show` and `why` are commands when at most one word follows, `bar` and `list` when at most four do, `help` and `settings`
    when none does: "show stopper in the spam model" is a report.
    """
    words = text.split()
    first = words[0].lower() if words else ""
    rest = words[1:]
    match first:
        case "show" | "why" if len(rest) <= 1:
            number = parse_report_name(rest[0]) if rest else None
            return Typed(Verb(first), number, " ".join(rest))
        case "ask":
            return Typed(Verb.ASK, text=text.strip()[len("ask") :].strip())
        case "report" if not rest or (len(rest) == 1 and _PERIOD.match(rest[0])):
            return Typed(Verb.FIGURES, text=" ".join(rest))
        case "export" if [word.lower() for word in rest] in ([], ["csv"], ["json"], ["jsonl"]):
            return Typed(Verb.EXPORT, text=" ".join(rest))
        case "digest" if rest in ([], ["preview"]):
            return Typed(Verb.DIGEST)
        case "bar" if len(rest) <= 4:
            return Typed(Verb.BAR, text=" ".join(rest))
        case "list" if len(rest) <= 4:
            return Typed(Verb.LIST, text=" ".join(rest))
        case "settings" if not rest:
            return Typed(Verb.SETTINGS)
        case "help" | "?" if not rest:
            return Typed(Verb.HELP)
        case _:
            return Typed(Verb.REPORT, text=text.strip())
