"""Write and read docs/reliability.md: its rows in the order of the table."""

import re
from collections.abc import Mapping
from pathlib import Path

from tests.reliability import git_faults, git_outages, mail_faults, other_faults, post_faults
from tests.reliability.registry import ROWS, Row

MODULES = (git_faults, git_outages, other_faults, post_faults, mail_faults)
"""Modules whose import registers their scenarios."""
FILE = Path(__file__).parents[2] / "docs" / "reliability.md"

SEPARATOR = " / "

SERVICES = "Dev.to / Slack, webhook / Slack, bot / Discord / webhook / X / LinkedIn / GitHub pull request"

EVERY_SERVICE = "every service"
"""The text of the table for `SERVICES`."""

HEAD = """# What happens when something breaks

Each fault was tried by `python -m tests.reliability`, which wrote this file; `pytest tests/reliability` tries each
again and compares. The git servers are real (`git http-backend` with a login, `git daemon`, sshd), and so is the SMTP
server; the other services are fakes over a real socket that fail as they document. A refusal is one sentence that names
the thing, the reason and what to do, without any secret.

Some deliveries are uncertain: Slack, Discord and a mail server cannot be asked whether a message arrived. When the
connection or the process ends between sending and the answer, Sparky reports it and does not send again until a person
decides: `sparky publish … --mark-delivered NAME` or `--republish NAME`. Every other message is recognised and sent
once. "Every service" is Dev.to, Slack by webhook or bot, Discord, a webhook, X, LinkedIn and a GitHub pull request.

| destination | what happened | faults |
|---|---|---|
"""


def rows() -> list[Row]:
    """Return every scenario, grouped by destination."""
    entered = sorted(ROWS, key=lambda row: row.module)  # independent of the order of imports
    places = list(dict.fromkeys(row.destination for row in entered))
    return sorted(entered, key=lambda row: places.index(row.destination))


def written(outcomes: Mapping[str, str]) -> str:
    """Return the page: a line for each outcome, with its faults and destinations."""
    faults: dict[tuple[str, str], list[str]] = {}
    for row in rows():
        faults.setdefault((row.destination, outcomes[row.name]), []).append(row.fault)
    destinations: dict[tuple[str, str], list[str]] = {}
    for (destination, outcome), names in faults.items():
        destinations.setdefault((outcome, SEPARATOR.join(names)), []).append(destination)
    lines = [
        f"| {SEPARATOR.join(where).replace(SERVICES, EVERY_SERVICE)} | {outcome} | {names} |"
        for (outcome, names), where in destinations.items()
    ]
    total = sum(map(len, faults.values()))
    return HEAD + "\n".join(lines) + f"\n\n{total} faults, all survived or refused, nothing lost, nothing twice.\n"


def read() -> dict[str, str]:
    """Return the outcomes in the file, by the name of the row."""
    lines = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", FILE.read_text(encoding="utf-8"), re.MULTILINE)
    return {
        f"{destination}: {fault}": outcome
        for destinations, outcome, faults in lines[1:]
        for destination in destinations.replace(EVERY_SERVICE, SERVICES).split(SEPARATOR)
        for fault in faults.split(SEPARATOR)
    }
