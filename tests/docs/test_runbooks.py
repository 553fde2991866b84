"""Runbooks quote messages of the code literally, and every alert has its paragraph."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.docs.pages import ROOT

FOLDER = ROOT / "docs/runbooks"
RUNBOOKS = sorted(FOLDER.glob("*.md"))
QUOTING = [page for page in RUNBOOKS if "| the message |" in page.read_text()]
RULES = ROOT / "k8s/monitoring/config/alerts.rules.yml"
with_page = pytest.mark.parametrize("page", QUOTING, ids=lambda page: page.name)


@cache
def said() -> tuple[str, ...]:
    """Return every text in the source, with `…` for each value."""
    files = [file for room in ("sparky_assets", "resources", "schedules") for file in (ROOT / room).rglob("*.py")]
    return tuple(text for file in files for text in texts(ast.parse(file.read_text())))


def texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
            yield "".join(map(str, parts))


def quoted(page: Path) -> list[str]:
    """Return the messages in the first column of tables with this header."""
    tables = re.findall(r"^\| the message \|.*\n\|[-|]+\n((?:\|.*\n)+)", page.read_text(), re.MULTILINE)
    rows = [row for table in tables for row in table.splitlines()]
    # A message that contains code is enclosed in two backticks.
    return [row.removeprefix("| ").partition("` | ")[0].strip("` ") for row in rows]


@with_page
def test_quoted_message_of_a_runbook_exists_in_the_code(page: Path) -> None:
    assert quoted(page)
    for message in quoted(page):
        assert any(message in text for text in said()), f"{page.name}: nothing says: {message}"


def test_every_alert_has_a_paragraph_and_every_paragraph_an_alert() -> None:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}
    sensors = {"failure_alerts", "quality_alerts", "heartbeat"}
    assert alerts
    assert set(re.findall(r"^### (\w+)$", (FOLDER / "alerts.md").read_text(), re.MULTILINE)) == alerts | sensors
    assert all(any(name in text for text in said()) for name in sensors)


def test_every_runbook_is_linked_from_the_first_page() -> None:
    first = (FOLDER / "index.md").read_text()
    assert [page.name for page in RUNBOOKS if page.name != "index.md" and f"({page.name}" not in first] == []
