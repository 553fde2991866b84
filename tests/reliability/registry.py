"""The table of faults: a scenario breaks something, asserts what must hold, and says what happened."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Scenario = Callable[[Path], str]
"""Given an empty folder, tries it and gives the outcome as the table shows it. Raises AssertionError when it fails."""

ONCE = "one commit"
REFUSED = "refused in one sentence; one commit by the next run"
SENT = "one message"
REFUSED_POST = "refused in one sentence; one message by the next run"
ASKED = "unknown: reported, not sent again until a person decides"


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    destination: str
    fault: str
    try_it: Scenario

    @property
    def module(self) -> str:
        return str(getattr(self.try_it, "func", self.try_it).__module__)

    @property
    def name(self) -> str:
        return f"{self.destination}: {self.fault}"


ROWS: list[Row] = []


def scenario(destination: str, fault: str) -> Callable[[Scenario], Scenario]:
    """Enter a scenario in the table."""

    def enter(try_it: Scenario) -> Scenario:
        ROWS.append(Row(destination, fault, try_it))
        return try_it

    return enter


def one_sentence(error: Exception, *words: str) -> None:
    """A refusal is one line, names what it must, and holds no secret."""
    said = str(error)
    assert "\n" not in said, said
    for word in words:
        assert word in said, said
    for secret in ("correct-horse-7", "key-0123456789abcdef"):
        assert secret not in said
