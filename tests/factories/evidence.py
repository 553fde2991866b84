"""Hand-written evidence and models for the tests of stage 3."""

import json
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sparky_assets.insights.models import Evidence
from sparky_assets.metrics.classify import classify_change

Brain = Callable[[Mapping[str, Any]], str]

AT = datetime(2025, 11, 12, 10, tzinfo=UTC)


def evidence(number: int, title: str, excerpt: str = "", **values: Any) -> Evidence:
    """Return a merged pull request of the 12th."""
    repository = values.pop("repository", "acme/tool")
    given: dict[str, Any] = {
        "key": f"pr:{repository}#{number}", "kind": "pull_request", "repository": repository,
        "reference": f"#{number}", "url": f"https://github.com/{repository}/pull/{number}", "title": title,
        "author": "Ada Lovelace", "is_bot": False, "state": "merged", "at": AT, "theme": classify_change(title),
        "changed_lines": 10, "visibility": "public", "excerpt": excerpt,
    }  # fmt: skip
    return Evidence(**(given | values))


def get_properties(body: Mapping[str, Any]) -> dict[str, Any]:
    schema = body.get("format") or body["response_format"]["json_schema"]["schema"]
    properties: dict[str, Any] = schema["properties"]
    return properties


def answer(choose: Callable[[str, list[str]], Any]) -> Brain:
    """Return a model that fills each key of an answer by `choose(key, ids)`, also where questions are combined."""
    return answer_by_question(lambda question, key, ids: choose(key, ids))


def answer_by_question(choose: Callable[[str, str, list[str]], Any]) -> Brain:
    """Return a model that fills each key by `choose(question, key, ids)`; `question` is empty where there is one."""

    def fill(properties: Mapping[str, Any], question: str) -> dict[str, Any]:
        values = {}
        for key, schema in properties.items():
            if schema["type"] == "object":
                values[key] = fill(schema["properties"], key)
                continue
            items = schema.get("items", schema)
            ids = items.get("enum") or items["items"]["enum"]
            values[key] = choose(question, key, ids)
        return values

    return lambda body: json.dumps(fill(get_properties(body), ""))


def read_well(body: Mapping[str, Any]) -> str:
    """Answer as a model that reads the question: neither a constant nor its order."""
    seed = body["messages"][1]["content"]

    def choose(question: str, key: str, ids: list[str]) -> Any:
        return choose_well(key, random.Random(question + key + seed).sample(ids, len(ids)), ids)

    return answer_by_question(choose)(body)


def choose_well(key: str, shuffled: list[str], ids: list[str]) -> Any:
    match key:
        case "order":
            return shuffled
        case "lead":
            return ids[1]
        case "next":
            return [ids[3], ids[0]]
        case "groups":
            return [[name] for name in ids]
        case "what":
            return next(name for name in shuffled if name != "none")
    return "none"
