"""Looks for known vulnerabilities in what a lock pins: `python -m tests.audit PIP_AUDIT LOCK`.

Exit: 0 none is known; 1 some are, and are named; 3 nobody could be asked. pip-audit asks PyPI's JSON interface, which mirrors of
the registry seldom have; where it is not there, that is said, instead of calling it a success or a failure.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

UNREACHABLE = 3


@dataclass(frozen=True)
class Outcome:
    """What to say, and the exit status."""

    status: int
    said: str


def ask(pip_audit: str, lock: str) -> subprocess.CompletedProcess[str]:
    """Run pip-audit on a lock."""
    command = [pip_audit, "--requirement", lock, "--require-hashes", "--disable-pip", "--format", "json"]
    return subprocess.run(  # noqa: S603  # a tool of the supply environment
        [*command, "--progress-spinner", "off"], capture_output=True, text=True, check=False
    )


def outcome(report: str) -> Outcome:
    """What pip-audit's JSON report (empty: it broke off) comes to."""
    try:
        dependencies: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Outcome(UNREACHABLE, "No service that knows vulnerabilities could be reached: nothing was audited.")
    known = [each for each in dependencies if "vulns" in each]
    weak = [each for each in known if each["vulns"]]
    if weak:
        lines = [
            f"{each['name']} {each['version']}: {vuln['id']}, mended in {' or '.join(vuln['fix_versions']) or 'none yet'}"
            for each in weak
            for vuln in each["vulns"]
        ]
        return Outcome(1, "Known vulnerabilities:\n" + "\n".join(lines))
    if not known:
        said = "The package registry that is set up here tells no vulnerabilities: nothing was audited. Run it with PyPI itself."
        return Outcome(UNREACHABLE, said)
    left = len(dependencies) - len(known)
    return Outcome(
        0, f"{len(known)} packages: no known vulnerability." + (f" {left} are not known there." if left else "")
    )


def main() -> int:
    """Ask, and say what came of it."""
    pip_audit, lock = sys.argv[1:3]
    found = outcome(ask(pip_audit, lock).stdout)
    print(found.said)  # noqa: T201  # a command
    return found.status


if __name__ == "__main__":
    sys.exit(main())
