"""Rows of areas: what CODEOWNERS, manifests and READMEs call folders."""

from dataclasses import replace
from pathlib import Path

import pytest

from resources.git.log import read_commits
from resources.git.notes.area_files import AreaFile
from resources.git.repository import open_repository
from sparky_assets.raw.notes.areas import (
    build_area_rows,
    clean_area_name,
    list_folders,
    name_areas,
    parse_code_owners,
    read_area_names,
    read_first_heading,
    read_package_name,
)
from tests.factories.git_repositories import History, at


def test_manifests_name_packages() -> None:
    assert read_package_name("Cargo.toml", '[package]\nname = "tide-resolver"\n') == "tide-resolver"
    assert read_package_name("pyproject.toml", '[project]\nname = "tide"\n') == "tide"
    assert read_package_name("pyproject.toml", '[tool.poetry]\nname = "tide-old"\n') == "tide-old"
    assert read_package_name("package.json", '{"name": "@acme/pier-ui"}') == "pier-ui"
    whole = '[package] # ours\nname = "pier"\nkeywords = [\n[\n"x"]\n]\n[dependencies]\nname = "1.0"\n'
    assert read_package_name("Cargo.toml", whole) == "pier"
    assert read_package_name("Cargo.toml", '[package]\nversion = "1.0"\n[package.metadata]\nname = "no"\n') == ""
    assert read_package_name("pyproject.toml", '[project.scripts]\nname = "no"\n[project]\nname = "quay"\n') == "quay"
    described = '[package]\ndescription = """\nname = "no"\n"""\nname = "mole"\n'
    assert read_package_name("Cargo.toml", described) == "mole"
    assert read_package_name("go.mod", "module example.org/acme/gauge/v2\n") == "gauge"


@pytest.mark.parametrize(("name", "text"), [
    ("Cargo.toml", "[workspace]\n"), ("Cargo.toml", "= broken"), ("package.json", "[]"), ("package.json", "{"),
    ("package.json", '{"name": 7}'), ("go.mod", "go 1.22\n"), ("pyproject.toml", "project = 1\n"),
    ("package.json", "[" * 20_000),
])  # fmt: skip
def test_manifest_without_a_name_names_nothing(name: str, text: str) -> None:
    assert read_package_name(name, text) == ""


@pytest.mark.parametrize(("text", "name"), [
    ("<p align='center'></p>\n\n# Windows launcher\n\nText\n", "Windows launcher"),
    ("Tide gauge\n==========\n", "Tide gauge"),
    ("# [`tide`](https://example.org) ![badge](https://example.org/a.svg)\n", "tide"),
    ("# Pier map: a map of piers\n", "Pier map"),
    ("# @acme/pier-ui\n", "pier-ui"),
    ("# Getting the most out of your new tide gauge\n", ""),
    ("# Overview\n", ""),
    ("Only text\n", ""),
    ("```\n# no heading\n```\n", ""),
])  # fmt: skip
def test_first_heading_of_a_readme_names_its_folder(text: str, name: str) -> None:
    assert read_first_heading(text) == name


def test_names_that_every_repository_has_are_none() -> None:
    assert [clean_area_name(name) for name in ("src", "lib", "Core", "tests & docs", "12", "x" * 60)] == [""] * 6
    assert clean_area_name("Ship <script>") == ""


def test_sections_and_headings_of_code_owners_name_folders() -> None:
    text = (
        "# Who owns what, in a sentence.\n* @acme/all\n\n# Map drawing\n/map/ @ada\n/sea/** @ada\n\n/src/ @ada\n"
        "/bay @ada\n*.md @ada\n/file.txt @ada\n"
    )
    assert parse_code_owners(text) == (
        {"map": "Map drawing", "sea": "Map drawing"}, {"map": "map", "sea": "sea", "bay": "bay"},
    )  # fmt: skip
    assert parse_code_owners("[Tide gauge][2] @ada\n/gauge/\n\n# Other\n/needle/\n^[Docs]\n/map/\n")[0] == {
        "gauge": "Tide gauge", "needle": "Tide gauge",
    }  # fmt: skip


def test_name_of_a_folder_is_that_of_owners_then_words_then_manifest() -> None:
    files = [
        AreaFile("CODEOWNERS", "# Gauges\n/gauge/ @ada\n\n/pier/ @ada\n"),
        AreaFile("gauge/Cargo.toml", '[package]\nname = "tide-gauge"\n'),
        AreaFile("map/Cargo.toml", '[package]\nname = "tide-map"\n'),
        AreaFile("map/README.md", "# Map drawing\n"),
        AreaFile("sea/Cargo.toml", '[package]\nname = "tide-sea"\n'),
        AreaFile("sea/README.md", "# Sea\n"),
    ]
    assert name_areas(files) == {"gauge": "Gauges", "map": "Map drawing", "sea": "tide-sea", "pier": "pier"}


def test_folders_of_tests_and_vendored_files_are_left_out() -> None:
    assert list_folders("a/b/c.py") == ("a/b", "a")
    assert [*list_folders("c.py"), *list_folders("a/tests/c.py"), *list_folders("a/node_modules/c.js")] == []


def test_partial_clone_has_no_names(tmp_path: Path) -> None:
    history = History()
    history.commit("Begin", at("2025-11-01"), {"map/Cargo.toml": '[package]\nname = "tide-map"\n'})
    repository = open_repository(history.at_path(tmp_path / "repository", bare=True))
    commits = list(read_commits(repository, at("2025-10-01"), at("2025-12-01")))
    assert build_area_rows(replace(repository, is_partial=True), commits, "public").is_empty()


def test_rows_hold_names_as_they_are_at_the_end_of_each_day(tmp_path: Path) -> None:
    history = History()
    history.commit("Begin", at("2025-11-01"), {"map/Cargo.toml": '[package]\nname = "chart"\n', "map/src/a.rs": "1\n"})
    history.commit("Rename", at("2025-11-02"), {"map/Cargo.toml": '[package]\nname = "tide-map"\n'})
    history.commit("Change", at("2025-11-02"), {"map/src/a.rs": "2\n"})
    history.commit("Other", at("2025-11-03"), {"readme.txt": "2\n"})
    repository = open_repository(history.at_path(tmp_path / "repository", bare=True))
    commits = list(read_commits(repository, at("2025-10-01"), at("2025-12-01")))
    rows = build_area_rows(repository, commits, "public")
    assert [(row["at"].day, row["path"], row["text"]) for row in rows.sort("at").to_dicts()] == [
        (1, "map", "chart"), (2, "map", "tide-map"), (2, "map", "tide-map"),
    ]  # fmt: skip
    assert read_area_names(rows) == {(repository.name, "map"): "tide-map"}
