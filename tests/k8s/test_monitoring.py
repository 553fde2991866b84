"""Rules, routes and dashboards: they load, each alert fires when it should, and every metric exists."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.k8s.rendered import K8S, ROOT, objects
from tools import dashboards

CONFIG = K8S / "monitoring/config"
RULES = sorted(CONFIG.glob("*.rules.yml"))
CASES = sorted((Path(__file__).parent / "rules").glob("*.test.yml"))
READER = ROOT / "sparky_assets/reader/status/prometheus.py"
STRANGERS = re.compile(r"\b(?:node|pg|alertmanager)_[a-z_]+\b")
"""Metrics of the exporters, which define their own names."""

KNOWN_STRANGERS = {
    "node_filesystem_avail_bytes", "node_filesystem_size_bytes", "pg_up", "pg_stat_database_numbackends",
    "pg_settings_max_connections", "alertmanager_notifications_failed_total",
}  # fmt: skip


def call(program: str, *arguments: object, folder: Path = CONFIG) -> str:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed (Debian: prometheus, prometheus-alertmanager)")
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def rules() -> list[dict[str, Any]]:
    groups = [group for file in RULES for group in yaml.safe_load(file.read_text())["groups"]]
    return [rule for group in groups for rule in group["rules"]]


ALERTS = [rule for rule in rules() if "alert" in rule]
RECORDED = {rule["record"] for rule in rules() if "record" in rule}


def expressions() -> list[str]:
    """Yield every expression of rules and dashboards."""
    boards = [json.loads(dashboards.content(name)) for name in dashboards.DASHBOARDS]
    drawn = [target["expr"] for board in boards for panel in board["panels"] for target in panel["targets"]]
    return [rule["expr"] for rule in rules()] + drawn


def test_prometheus_accepts_its_configuration_and_rules() -> None:
    call("promtool", "check", "config", "--syntax-only", CONFIG / "prometheus.yml")
    for file in RULES:
        call("promtool", "check", "rules", file)


@pytest.mark.slow
def test_alerts_fire_only_when_they_should() -> None:
    assert CASES
    call("promtool", "test", "rules", *CASES, folder=CASES[0].parent)


@pytest.mark.parametrize("alert", [rule["alert"] for rule in ALERTS])
def test_each_alert_has_a_firing_and_a_quiet_test(alert: str) -> None:
    cases = [case for file in CASES for case in yaml.safe_load(file.read_text())["tests"]]
    tried = [one for case in cases for one in case["alert_rule_test"]]
    outcomes = {bool(one["exp_alerts"]) for one in tried if one["alertname"] == alert}
    assert outcomes == {True, False}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_each_alert_names_the_problem_and_the_action(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"].keys() == {"summary", "action"}
    assert "for" in rule, "one bad scrape is no reason to wake somebody"


def test_every_query_is_valid_for_prometheus(tmp_path: Path) -> None:
    group = {"name": "all", "rules": [{"record": f"one:{n}", "expr": query} for n, query in enumerate(expressions())]}
    (tmp_path / "all.yml").write_text(yaml.safe_dump({"groups": [group]}))
    call("promtool", "check", "rules", tmp_path / "all.yml")


def test_every_recorded_name_is_recorded() -> None:
    asked = {name for query in expressions() for name in re.findall(r"\b(?:sparky|node):[a-z_:0-9]+", query)}
    assert asked <= RECORDED


def test_every_metric_of_an_exporter_exists() -> None:
    asked = {name for query in expressions() for name in STRANGERS.findall(query)}
    assert asked == KNOWN_STRANGERS


def test_every_metric_of_sparky_is_exposed_by_the_reader() -> None:
    shown = set(re.findall(r'"(sparky_[a-z_]+)"', READER.read_text()))
    asked = {name for query in expressions() for name in re.findall(r"\bsparky_[a-z_]+\b", query)}
    assert asked <= shown


def test_alertmanager_accepts_its_configuration() -> None:
    said = call("amtool", "check-config", CONFIG / "alertmanager.yml")
    assert "1 templates" in said


def test_mail_has_summary_action_and_time(tmp_path: Path) -> None:
    alert = {
        "status": "firing", "startsAt": "2025-11-12T06:30:00Z", "labels": {"alertname": "PeriodLate"},
        "annotations": {"summary": "The last closed daily period is not published.", "action": "sparky status"},
    }  # fmt: skip
    data = {"status": "firing", "alerts": [alert], "commonLabels": {"alertname": "PeriodLate"}}
    (tmp_path / "data.json").write_text(json.dumps(data))
    templates = ["template", "render", "--template.glob", CONFIG / "*.tmpl", "--template.data", tmp_path / "data.json"]
    title = call("amtool", *templates, "--template.text", '{{ template "sparky.title" . }}')
    text = call("amtool", *templates, "--template.text", '{{ template "sparky.text" . }}')
    assert title.strip() == "Sparky: PeriodLate"
    assert text.split("\n")[:3] == [
        "The last closed daily period is not published.",
        "What to do: sparky status",
        "Since 2025-11-12 06:30 UTC.",
    ]


@pytest.mark.parametrize("severity", ["page", "ticket"])
def test_every_severity_has_a_receiver(severity: str) -> None:
    said = call("amtool", "config", "routes", "test", f"severity={severity}", "--config.file", "alertmanager.yml")
    assert said.strip() == {"page": "mail-and-slack", "ticket": "mail"}[severity]


def test_passwords_and_webhooks_come_from_files() -> None:
    text = (CONFIG / "alertmanager.yml").read_text()
    assert "smtp_auth_password_file" in text
    assert "slack_api_url_file" in text
    assert not re.search(r"(?:password|api_url|secret):", text)


@pytest.mark.parametrize("name", dashboards.DASHBOARDS)
def test_dashboard_equals_its_generated_form(name: str) -> None:
    assert (dashboards.FOLDER / f"{name}.json").read_text() == dashboards.content(name), "run `just dashboards`"


def test_operator_gets_the_same_rules() -> None:
    assert dashboards.OPERATOR.read_text() == dashboards.rules_of_the_operator(), "run `just dashboards`"


def test_operator_finds_the_reader_by_one_service() -> None:
    """With two Services each reader would be counted twice."""
    (monitor,) = objects("k8s/monitoring/operator", "ServiceMonitor")
    wanted = monitor["spec"]["selector"]["matchLabels"].items()
    services = [one for one in objects("k8s/base", "Service") if wanted <= one["metadata"]["labels"].items()]
    assert [one["metadata"]["name"] for one in services] == ["reader-pods"]
    assert {port["name"] for port in services[0]["spec"]["ports"]} >= {monitor["spec"]["endpoints"][0]["port"]}


@pytest.mark.parametrize("folder", ["k8s/overlays/k3d", "k8s/overlays/dgx"])
def test_every_prometheus_target_exists(folder: str) -> None:
    services = {one["metadata"]["name"]: one for one in objects(folder, "Service")}
    jobs = yaml.safe_load((CONFIG / "prometheus.yml").read_text())["scrape_configs"]
    found = [source for job in jobs for source in job.get("dns_sd_configs", [])]
    assert found
    for source in found:
        name, _, namespace = source["names"][0].partition(".")
        assert services[name]["metadata"]["namespace"] == (namespace or "sparky")
        assert source["port"] in {port["port"] for port in services[name]["spec"]["ports"]}
        assert services[name]["spec"]["clusterIP"] == "None", "else its name is one address for all pods"
