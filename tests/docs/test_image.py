"""The image's file and compose's, read instruction by instruction: what `mlbug` needs gets in, and little may be done inside.

No container engine is needed; hadolint reads the Dockerfile in `make check`.
"""

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bot.cli import parser

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Instruction:
    name: str
    words: tuple[str, ...]


def stages() -> list[list[Instruction]]:
    """The instructions of the Dockerfile, by stage."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = re.sub(r"\\\n\s*", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    found: list[list[Instruction]] = []
    for line in filter(str.strip, lines):
        name, _, rest = line.partition(" ")
        if name == "FROM":
            found.append([])
        start = rest.find("[")
        listed = tuple(json.loads(rest[start:])) if rest.endswith("]") and start >= 0 else tuple(shlex.split(rest))
        found[-1].append(Instruction(name, listed))
    return found


def of(stage: list[Instruction], name: str) -> list[tuple[str, ...]]:
    return [each.words for each in stage if each.name == name]


def test_what_is_copied_is_there_and_gets_through_the_ignore_file() -> None:
    built, _ = stages()
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"}
    copied = {source for words in of(built, "COPY") for source in words[:-1]}

    assert copied == kept
    assert all((ROOT / source).exists() for source in copied)
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= copied


def test_the_last_stage_gets_the_environment_alone_and_is_nobodys_root() -> None:
    _, last = stages()

    assert of(last, "COPY") == [("--from=built", "/opt/mlbug", "/opt/mlbug")]
    ((user,),) = of(last, "USER")
    assert int(user) >= 1000
    assert any(f"--uid {user}" in " ".join(words) for words in of(last, "RUN"))
    assert of(last, "WORKDIR") == of(last, "VOLUME") == [("/data",)]
    names = [each.name for each in last]
    assert names.index("USER") > max(n for n, name in enumerate(names) if name in {"RUN", "COPY"})


def test_every_dependency_is_installed_by_its_hash() -> None:
    built, _ = stages()
    installs = [words for words in of(built, "RUN") if "install" in words]

    assert [{"--require-hashes", "--no-deps"} & set(words) for words in installs] == [
        {"--require-hashes"},
        {"--no-deps"},
    ]


def test_no_secret_is_baked_in() -> None:
    for stage in stages():
        for words in of(stage, "ENV") + of(stage, "ARG"):
            assert not re.search(r"TOKEN|SECRET|PASSWORD|KEY", " ".join(words))


def test_what_it_starts_can_be_parsed() -> None:
    _, last = stages()
    (entry,), (command,), (health,) = of(last, "ENTRYPOINT"), of(last, "CMD"), of(last, "HEALTHCHECK")

    assert entry == ("mlbug",)
    assert health == ("mlbug", "healthy")
    parser().parse_args(command)
    parser().parse_args(health[1:])


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    return loaded


def test_composes_services_may_do_little_and_start_in_order() -> None:
    services = compose()["services"]

    for name in ("migrate", "mlbug"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in services[name]["security_opt"]
        assert services[name]["mem_limit"]
        parser().parse_args(shlex.split(services[name]["command"]))
    assert services["mlbug"]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "ports" not in services["postgres"]
