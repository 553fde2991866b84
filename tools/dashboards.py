"""Write Grafana's dashboards from their panels, and the rules in the form of the operator: `just dashboards`.

A test compares both.
"""

import json
from pathlib import Path
from typing import Any

import yaml

MONITORING = Path(__file__).parents[1] / "k8s/monitoring"
FOLDER = MONITORING / "dashboards"
OPERATOR = MONITORING / "operator/rules.yaml"
WIDTH, HEIGHT = 12, 8
SOURCE = {"type": "prometheus", "uid": "prometheus"}

type_panel = tuple[str, str, str, list[tuple[str, str]]]

OPERATIONS: list[type_panel] = [
    ("Readers that answer", "stat", "short", [("sparky:readers:up", "up")]),
    ("Daemon", "stat", "bool_on_off", [("sparky:daemon:healthy", "{{daemon}}")]),
    ("Last closed period is done", "stat", "bool_yes_no", [("sparky:period:last_closed_done", "{{period}}")]),
    ("Firing alerts", "stat", "short", [('count(ALERTS{alertstate="firing"}) or vector(0)', "alerts")]),
    ("Runs in the history", "timeseries", "short", [("max by (status) (sparky_runs)", "{{status}}")]),
    ("Runs that wait", "timeseries", "short", [("max(sparky_queue_length)", "queue")]),
    ("Share of runs that failed in a day", "timeseries", "percentunit", [("sparky:runs:failed_share_1d", "failed")]),
    ("Checks whose last evaluation failed", "timeseries", "short", [("max(sparky_checks_failed)", "checks")]),
    ("GitHub points left", "timeseries", "short", [("min by (asset) (sparky_github_points_left)", "{{asset}}")]),
    ("GitHub requests of a collection", "timeseries", "short", [("max by (asset) (sparky_github_requests)", "{{asset}}")]),
    ("Postgres connections", "timeseries", "short", [("sum(pg_stat_database_numbackends)", "taken"), ("max(pg_settings_max_connections)", "most")]),
    ("Free disk", "timeseries", "percentunit", [("node:disk:free_share", "{{mountpoint}}")]),
]  # fmt: skip
CONTENT: list[type_panel] = [
    ("Periods that a stage holds", "timeseries", "short", [("max by (period, stage) (sparky_periods)", "{{period}} {{stage}}")]),
    ("Age of the newest period of a stage", "timeseries", "s", [("min by (period, stage) (sparky_stage_age_seconds)", "{{period}} {{stage}}")]),
    ("Recent periods by state", "timeseries", "short", [("max by (period, stage, state) (sparky_stage_recent_periods)", "{{period}} {{stage}} {{state}}")]),
    ("Recent closed periods that are not done", "timeseries", "short", [("max by (period) (sparky_periods_missing)", "{{period}}")]),
    ("Sentences of the newest insight", "timeseries", "short", [("max by (period, origin) (sparky_insight_sentences)", "{{period}} {{origin}}")]),
    ("Repositories that could not be read", "timeseries", "short", [("max by (period) (sparky_unreadable_repositories)", "{{period}}")]),
    ("Destinations with a commit", "timeseries", "short", [("max by (period) (sparky_published_commits)", "{{period}}")]),
]  # fmt: skip
LANGUAGE_MODEL: list[type_panel] = [
    ("Calls", "timeseries", "short", [("max by (asset) (sparky_model_calls)", "{{asset}}")]),
    ("Tokens", "timeseries", "short", [("max by (asset) (sparky_model_prompt_tokens)", "{{asset}} read"), ("max by (asset) (sparky_model_answer_tokens)", "{{asset}} written")]),
    ("Answers that were refused", "timeseries", "short", [("max by (asset) (sparky_model_answers_refused)", "{{asset}}")]),
    ("Share that rules answered", "timeseries", "percentunit", [("max by (period) (sparky_model_fallback_ratio)", "{{period}}")]),
    ("Share of the model on the GPU", "timeseries", "percentunit", [("sparky:model:on_gpu", "{{asset}}")]),
]  # fmt: skip
DASHBOARDS = {"operations": OPERATIONS, "content": CONTENT, "language-model": LANGUAGE_MODEL}


def main() -> None:
    """Write all."""
    for name in DASHBOARDS:
        (FOLDER / f"{name}.json").write_text(content(name))
    OPERATOR.write_text(rules_of_the_operator())


def rules_of_the_operator() -> str:
    """Return the rule files as one PrometheusRule."""
    files = [MONITORING / "config" / name for name in ("recording.rules.yml", "alerts.rules.yml")]
    groups = [group for file in files for group in yaml.safe_load(file.read_text())["groups"]]
    rule = {"kind": "PrometheusRule", "metadata": {"name": "sparky"}, "spec": {"groups": groups}}
    return str(yaml.safe_dump({"apiVersion": "monitoring.coreos.com/v1", **rule}, sort_keys=False, width=120))


def content(name: str) -> str:
    """Return one dashboard as Grafana reads it."""
    panels = [_panel(number, panel) for number, panel in enumerate(DASHBOARDS[name])]
    board = {
        "uid": f"sparky-{name}",
        "title": f"Sparky: {name.replace('-', ' ')}",
        "tags": ["sparky"],
        "timezone": "utc",
        "refresh": "1m",
        "time": {"from": "now-7d", "to": "now"},
        "schemaVersion": 39,
        "editable": False,
        "panels": panels,
    }
    return json.dumps(board, indent=1) + "\n"


def _panel(number: int, panel: type_panel) -> dict[str, Any]:
    title, kind, unit, queries = panel
    place = {"x": number % 2 * WIDTH, "y": number // 2 * HEIGHT, "w": WIDTH, "h": HEIGHT}
    targets = [
        {"refId": chr(ord("A") + index), "datasource": SOURCE, "expr": query, "legendFormat": legend}
        for index, (query, legend) in enumerate(queries)
    ]
    return {
        "id": number + 1,
        "title": title,
        "type": kind,
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "targets": targets,
    }


if __name__ == "__main__":
    main()
