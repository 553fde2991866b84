"""The documentation as a whole: it builds, every page is in the navigation, links work, generated parts are current."""

import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from sparky_assets import store
from sparky_assets.definitions import build_defs
from sparky_assets.periods import PeriodKind
from sparky_assets.raw.tables import TABLES
from sparky_assets.settings.schema import Settings
from tests.docs.pages import PAGES, ROOT
from tests.needs import require_package
from tools import api_reference, asset_graph, excerpt, grounding_example, package_map, sequence_diagrams

AT_THE_TOP = [page for page in PAGES if page.parent == ROOT]


def links(page: Path) -> list[str]:
    """Return the addresses of a page's links and pictures."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page.read_text())
    inner = [child for token in tokens for child in token.children or ()]
    return [str(child.attrs.get("href") or child.attrs.get("src")) for child in inner if child.tag in {"a", "img"}
            and child.nesting >= 0]  # fmt: skip


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub builds them."""
    headings = re.findall(r"^#+ +(.+?) *$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.slow
def test_site_builds_without_a_warning_and_lists_every_page(tmp_path: Path) -> None:
    """MkDocs names each page that `nav` in mkdocs.yml lacks, and each broken link or anchor."""
    require_package("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    # Not --quiet: a warning that is not printed is not counted either, and two broken links passed.
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    foreign = re.compile(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="https?://', re.IGNORECASE)
    for file in (tmp_path / "site").rglob("*.html"):
        assert not foreign.search(file.read_text()), f"{file.name} loads something from another host"


@pytest.mark.parametrize("page", AT_THE_TOP, ids=lambda page: page.name)
def test_link_of_a_top_level_page_has_a_file_and_a_heading(page: Path) -> None:
    for link in links(page):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        assert target.exists(), f"{page.name}: {link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}: no such heading"


def test_asset_graph_picture_is_current() -> None:
    """Run `just docs` when this fails."""
    drawn = (ROOT / "docs/asset-graph.svg").read_text()
    assert drawn == asset_graph.picture()
    for key in build_defs(Settings()).resolve_asset_graph().get_all_asset_keys():
        assert f">{'/'.join(key.path)}<" in drawn


def test_sequence_diagrams_name_modules_that_exist() -> None:
    """Run `just docs` when this fails."""
    for diagram in sequence_diagrams.DIAGRAMS:
        drawn = (ROOT / f"docs/sequence-{diagram.name}.svg").read_text()
        assert drawn == sequence_diagrams.draw_diagram(diagram)
        modules = [module for _, module in diagram.participants if module.endswith(".py")]
        assert [
            name for name in modules if not ((ROOT / "sparky_assets" / name).exists() or (ROOT / name).exists())
        ] == []


def test_types_that_a_pull_request_passes_exist_and_are_on_the_page() -> None:
    """Change `PULL_REQUEST_TYPES` and the table of architecture.md together."""
    assert sequence_diagrams.format_types() in (ROOT / "docs/architecture.md").read_text()
    types = [(path, name) for path, name, _ in sequence_diagrams.PULL_REQUEST_TYPES]
    assert [name for path, name in types if f"\nclass {name}" not in (ROOT / path).read_text()] == []


def test_package_map_equals_the_module_docstrings() -> None:
    """Run `just docs` when this fails."""
    assert (ROOT / "docs/packages.md").read_text() == package_map.build_page()


def test_store_layout_names_every_path_and_its_modules() -> None:
    text = (ROOT / "docs/store.md").read_text()
    paths = [store.metrics_path(PeriodKind.DAILY), store.insights_path(PeriodKind.DAILY)]
    paths += [store.digest_path(PeriodKind.DAILY), store.publications_path(PeriodKind.DAILY)]
    paths += [store.IDENTITY_REGISTRY_PATH, store.KNOWN_HEADS_PATH, store.MODEL_ANSWERS_PATH, store.MODEL_INFO_PATH]
    paths += [table.path for table in TABLES]
    assert [path for path in paths if f"`{path.replace('daily', '<kind>')}`" not in text] == []
    assert [
        name
        for name in re.findall(r"`([a-z_/]+\.py)`", text.replace("sparky_assets/store.py", "store.py"))
        if not (ROOT / "sparky_assets" / name).exists()
    ] == []


@pytest.mark.parametrize("page", ["architecture", "glossary"])
def test_page_about_the_code_names_modules_that_exist(page: str) -> None:
    text = (ROOT / f"docs/{page}.md").read_text()
    names = re.findall(r"`((?:[a-z_]+/)*[a-z_]+\.py)`", text)
    roots = [ROOT, ROOT / "sparky_assets", *(path for path in (ROOT / "sparky_assets").rglob("*") if path.is_dir())]
    assert [name for name in names if not any((root / name).exists() for root in roots)] == []


def test_grounding_example_is_current() -> None:
    """Run `just docs` when this fails."""
    text = (ROOT / "docs/grounding.md").read_text()
    assert len(grounding_example.BLOCK.findall(text)) == 9
    assert grounding_example.page(text) == text


def test_excerpt_is_current() -> None:
    """Run `uv run python -m tools.excerpt` when this fails."""
    text = (ROOT / "README.md").read_text()
    assert text.count("<!-- made: excerpt -->") == 1
    assert excerpt.page(text) == text


def test_api_reference_is_current() -> None:
    """Run `uv run python -m tools.api_reference` when this fails."""
    text = (ROOT / "docs/api.md").read_text()
    assert "/api/v1/digests/{kind}/{label}" in text
    assert api_reference.page(text) == text
    members = re.findall(r"^::: ([\w.]+)\n    options:\n      members: \[(.+)\]$", text, re.MULTILINE)
    assert len(members) == 5
    assert [name for module, names in members for name in names.split(", ") if not hasattr(import_module(module), name)
            ] == []  # fmt: skip


@pytest.mark.parametrize("picture", sorted((ROOT / "docs/pictures").glob("*.png")), ids=lambda file: file.name)
def test_picture_is_used_and_small(picture: Path) -> None:
    assert any(f"pictures/{picture.name}" in page.read_text() for page in PAGES)
    assert picture.stat().st_size < 200_000
