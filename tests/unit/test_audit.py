"""What is made of pip-audit's report: vulnerabilities, none, or that nobody could be asked."""

import json

import pytest

from tests.audit import outcome

FINE = {"name": "a", "version": "1.0", "vulns": []}
WEAK = {
    "name": "b",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}, {"id": "X-2", "fix_versions": []}],
}
UNKNOWN = {"name": "c", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("dependencies", "status", "words"),
    [
        ([FINE], 0, "1 packages: no known vulnerability."),
        ([FINE, UNKNOWN], 0, "1 are not known there"),
        ([FINE, WEAK, UNKNOWN], 1, "b 2.0: PYSEC-1, mended in 2.1\nb 2.0: X-2, mended in none yet"),
        ([UNKNOWN], 3, "nothing was audited"),
    ],
)
def test_a_report_is_told_by_its_outcome(dependencies: list[object], status: int, words: str) -> None:
    found = outcome(json.dumps({"dependencies": dependencies}))

    assert (found.status, words in found.said) == (status, True)


@pytest.mark.parametrize("report", ["", "Traceback", "[]", "{}"])
def test_a_broken_off_report_is_no_success(report: str) -> None:
    assert outcome(report).status == 3
