"""docs/reliability.md: the rows in the order of the table, as text, and read back."""

import re
from collections.abc import Mapping
from pathlib import Path

from tests.reliability import git_faults, git_outages, mail_faults, other_faults, post_faults
from tests.reliability.registry import ROWS, Row

MODULES = (git_faults, git_outages, other_faults, post_faults, mail_faults)
"""Importing them enters their scenarios."""
FILE = Path(__file__).parents[2] / "docs" / "reliability.md"

HEAD = """# What happens when something breaks

Each line was tried by `python -m tests.reliability`, which wrote this file; `pytest tests/reliability` tries each
again and compares. The git servers are real ones (`git http-backend` behind an HTTP server with a login, `git daemon`,
sshd), so is the SMTP server; the other services are fakes over a real socket that fail as they document. `kill -9` is
one, of a process of its own. A refusal is one sentence that names the thing, the reason and what to do, without any
secret.

Some deliveries are uncertain: a Slack or Discord channel and a mail server cannot be asked whether a message arrived.
When the connection is lost, or the process dies, between sending and the answer, Sparky reports it and does not send
again until a person decides: `sparky publish … --mark-delivered NAME` or `--republish NAME`. Every other message is
recognised and sent once.

| destination | fault | what happened |
|---|---|---|
"""


def rows() -> list[Row]:
    """Every scenario, those of one destination together."""
    entered = sorted(ROWS, key=lambda row: row.module)  # not by which was imported first
    places = list(dict.fromkeys(row.destination for row in entered))
    return sorted(entered, key=lambda row: places.index(row.destination))


def written(outcomes: Mapping[str, str]) -> str:
    """The file."""
    lines = [f"| {row.destination} | {row.fault} | {outcomes[row.name]} |" for row in rows()]
    return HEAD + "\n".join(lines) + f"\n\n{len(lines)} faults, all survived or refused, nothing lost, nothing twice.\n"


def read() -> dict[str, str]:
    """The outcomes that the file tells, by the name of the row."""
    found = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", FILE.read_text(encoding="utf-8"), re.MULTILINE)
    return {f"{destination}: {fault}": outcome for destination, fault, outcome in found[1:]}
