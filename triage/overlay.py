"""A bar of one's own as changes to another: read, and laid over it. The outcome is an ordinary bar file's content.

Tables are merged key by key; in lists of tables that have an `id` an entry changes the one of that id, or comes at the end;
`remove = true` takes it out. Everything else is replaced, and so is a rule's `when`.
"""

from collections.abc import Mapping
from typing import Any

from triage.problem import BarError, Problem

BASE, BASE_VERSION, REMOVE = "base", "base_version", "remove"
_REPLACED = frozenset({"when", "assumed"})  # half of a condition would mean something else
_OWN = ("id", "version", "name")

Content = Mapping[str, Any]


def is_overlay(content: Content) -> bool:
    """Whether a file's content is laid over another bar."""
    return BASE in content


def laid_over(base: Content, overlay: Content) -> dict[str, Any]:
    """The content of the whole bar. Raises `BarError` with everything that does not fit the base."""
    problems = _misfits(base, overlay)
    wanted = {name: value for name, value in overlay.items() if name not in {BASE, BASE_VERSION}}
    merged = _merged(base, wanted, "", problems)
    if problems:
        raise BarError(tuple(problems))
    return merged


def _misfits(base: Content, overlay: Content) -> list[Problem]:
    found = []
    if overlay[BASE] != base["id"]:
        found.append(Problem("schema", BASE, f"There is no bar {overlay[BASE]!r} to build on. Write {base['id']!r}."))
    held = overlay.get(BASE_VERSION, base["version"])
    if held != base["version"]:
        sentence = (
            f"This is held to version {held} of {base['id']}, and this release has {base['version']}. Look at what changed "
            "(mlbug rescore), then write the new version here."
        )
        found.append(Problem("schema", BASE_VERSION, sentence))
    found += [
        Problem("schema", name, "Give the bar one of its own, so that verdicts say which bar gave them.")
        for name in _OWN
        if name not in overlay or (name == "id" and overlay[name] == base["id"])
    ]
    return found


def _merged(base: Content, over: Content, where: str, problems: list[Problem]) -> dict[str, Any]:
    merged = dict(base)
    for name, value in over.items():
        at = f"{where}.{name}" if where else name
        before = base.get(name)
        if name in _REPLACED:
            merged[name] = value
        elif isinstance(value, Mapping) and isinstance(before, Mapping):
            merged[name] = _merged(before, value, at, problems)
        elif _has_ids(value) and (before is None or _has_ids(before)):
            merged[name] = _listed(before or (), value, at, problems)
        else:
            merged[name] = value
    return merged


def _listed(base: Any, over: Any, where: str, problems: list[Problem]) -> list[Any]:
    merged = {entry["id"]: entry for entry in base}
    for entry in over:
        own, at = entry["id"], f"{where}.{entry['id']}"
        if entry.get(REMOVE):
            if merged.pop(own, None) is None:
                problems.append(Problem("schema", at, "There is nothing of this id to remove."))
        elif own in merged:
            merged[own] = _merged(merged[own], entry, at, problems)
        else:
            merged[own] = dict(entry)
    return list(merged.values())


def _has_ids(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(e, Mapping) and "id" in e for e in value)
