"""Registry of faults: a scenario breaks something, asserts the invariants, and returns the outcome."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Scenario = Callable[[Path], str]
"""Try the fault in an empty folder and return the outcome for the table. Raises AssertionError when it fails."""

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
    """Add a scenario to the table."""

    def enter(try_it: Scenario) -> Scenario:
        ROWS.append(Row(destination, fault, try_it))
        return try_it

    return enter


def one_sentence(error: Exception, *words: str) -> None:
    """Assert that a refusal is one line, names the given words, and has no secret."""
    said = str(error)
    assert "\n" not in said, said
    for word in words:
        assert word in said, said
    for secret in ("correct-horse-7", "key-0123456789abcdef"):
        assert secret not in said
