"""Evidence by hand and models by hand, for the tests of stage 3."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sparky_assets.insights.models import Evidence
from sparky_assets.metrics.classify import ChangeTheme, classify_change

AT = datetime(2025, 11, 12, 10, tzinfo=UTC)


def evidence(number: int, title: str, excerpt: str = "", **values: Any) -> Evidence:
    """A merged pull request of the 12th."""
    repository = values.pop("repository", "acme/tool")
    given: dict[str, Any] = {
        "key": f"pr:{repository}#{number}", "kind": "pull_request", "repository": repository,
        "reference": f"#{number}", "url": f"https://github.com/{repository}/pull/{number}", "title": title,
        "author": "Ada Lovelace", "is_bot": False, "state": "merged", "at": AT, "theme": classify_change(title),
        "changed_lines": 10, "visibility": "public", "excerpt": excerpt,
    }  # fmt: skip
    return Evidence(**(given | values))


def ids_of(body: Mapping[str, Any]) -> list[str]:
    """The ids that the schema of a request allows."""
    schema = body.get("format") or body["response_format"]["json_schema"]["schema"]
    (many,) = schema["properties"].values()
    ids: list[str] = many["items"]["properties"]["cites"]["items"]["enum"]
    return ids


def records_of(body: Mapping[str, Any]) -> list[dict[str, str]]:
    """The records that the model was shown."""
    return [json.loads(line) for line in body["messages"][1]["content"].splitlines() if line.startswith("{")]


def chooses(order: Callable[[list[str]], Sequence[str]] = list) -> Callable[[Mapping[str, Any]], str]:
    """A model that picks ids, one a story."""
    return lambda body: json.dumps({"picks": [{"cites": [name]} for name in list(order(ids_of(body)))[:12]]})


def words(word: Callable[[dict[str, str]], str]) -> Callable[[Mapping[str, Any]], str]:
    """A model that chooses when asked to choose, and words each record by `word` when asked to word."""

    def brain(body: Mapping[str, Any]) -> str:
        if "picks" in json.dumps(body["format"]):
            return chooses()(body)
        claims = [{"cites": [one["id"]], "text": word(one)} for one in records_of(body)[:6]]
        return json.dumps({"claims": claims})

    return brain


__all__ = ["AT", "ChangeTheme", "chooses", "evidence", "ids_of", "records_of", "words"]
