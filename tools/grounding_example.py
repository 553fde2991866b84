"""Trace two sentences of a real digest from the commit to the published line, for docs/grounding.md.

`python -m tools.grounding_example` runs the whole graph over the small history of
`tests/factories/sample_repository.py` and writes records of the store and lines of the published repository into the
marked blocks of the page. No block is written by hand.
"""

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from resources.storage import Storage
from sparky_assets.digests.models import ProductManifest
from sparky_assets.digests.render.printing import print_markdown
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.insights.models import Evidence, Insight
from sparky_assets.raw.tables import COMMITS, PULL_REQUESTS
from sparky_assets.stories.models import StorySentence
from tests.factories import sample_repository
from tests.factories.git_repositories import git
from tests.factories.sample_repository import DAY, run_job, settings_for, store_of

PAGE = Path("docs/grounding.md")
BLOCK = re.compile(r"(?P<begin><!-- made: (?P<name>\w+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL)
NUMBER = 8
"""The pull request whose sentence is traced."""
COUNTED_FACTS = frozenset({"pull_requests_merged@all", "releases@all", "people@all"})
"""Facts that match the last line of a digest."""


def main() -> None:
    """Write the blocks of the page."""
    PAGE.write_text(page(PAGE.read_text()))


def page(text: str) -> str:
    """Return the page with its blocks as the code generates them now."""
    with tempfile.TemporaryDirectory() as folder:
        made = dict(blocks(Path(folder)))
    return BLOCK.sub(lambda block: f"{block['begin']}\n{made[block['name']]}\n\n{block['end']}", text)


def blocks(folder: Path) -> Iterator[tuple[str, str]]:
    """Return each block by its name, from a run in an empty folder."""
    clone = sample_repository.build(folder / "clone")
    settings = settings_for(folder / "home", [clone])
    result = run_job(settings, "daily", DAY)
    assert result.success
    storage = store_of(settings)
    insight = storage.read_document("insights/daily", DAY, Insight)
    record = storage.read_document("digests/daily", DAY, ProductManifest)
    markdown = storage.read_text("digests/daily", DAY)
    key = f"pr:acme/newsroom#{NUMBER}"
    sentence = next(item for item in record.sentences if any(part.evidence == key and part.url for part in item.parts))
    printed = print_markdown(sentence)
    line = next(line for line in markdown.splitlines() if printed.rstrip(".") in line)
    counts = next(item for item in record.sentences if item.template == "N-LINE")
    evidence = next(item for item in insight.evidence if item.key == key)
    yield "commit", _fenced(git(clone, "log", "-1", "--format=%H%n%an <%ae>  %cI%n%n%B", "--grep", f"(#{NUMBER})"))
    yield "rows", "\n".join(_rows(storage))
    yield "evidence", _json(_set(evidence))
    yield "sentence", _json(_set(sentence))
    yield "line", _fenced(line, "markdown")
    published = folder / "home/publications"
    file = next(name for name in git(published, "ls-files", f"*{DAY}.md").splitlines())
    shown = git(published, "grep", "-n", "--fixed-strings", printed.rstrip("."), "--", file)
    message = re.sub(r"(?<=sha256:)\w+", "…", git(published, "log", "-1", "--format=%B").strip())
    yield "published", _fenced(f"{message}\n\n{shown}")
    yield "counts", _json(_set(counts))
    facts = (fact for fact in insight.facts if fact.key in COUNTED_FACTS)
    lines = (json.dumps(to_jsonable_python(fact), ensure_ascii=False) for fact in facts)
    yield "facts", _fenced("\n".join(lines), "json")
    yield "forged", "\n".join(_forgeries(markdown, line, record, insight))


def _rows(storage: Storage) -> Iterator[str]:
    pulls = storage.read_table(PULL_REQUESTS.path, DAY, PULL_REQUESTS).filter(pl.col("number") == NUMBER)
    commits = storage.read_table(COMMITS.path, DAY, COMMITS).filter(pl.col("sha") == pulls["commit"][0])
    for table, frame in ((PULL_REQUESTS, pulls), (COMMITS, commits)):
        row = {name: value for name, value in frame.to_dicts()[0].items() if value not in (None, "", [])}
        yield f"`{table.path}/{DAY}.parquet`:\n\n{_json(row)}\n"


def _forgeries(markdown: str, line: str, rendered: ProductManifest, insight: Insight) -> Iterator[str]:
    """Return the problems of the same page with one thing changed."""
    wrong = {
        "another headline": markdown.replace(rendered.title, f"{rendered.title}, at last"),
        "a sentence more": markdown.replace(line, f"{line}\n- The team was happy with it."),
        "another address": markdown.replace(line, line.replace("github.com", "github.example")),
    }
    yield "| changed | what the check says |\n|---|---|"
    for name, text in wrong.items():
        assert text != markdown, f"nothing was forged: {name}"
        problems = list(find_ungrounded(text, rendered, insight))
        assert problems, f"the check let it pass: {name}"
        yield f"| {name} | `{problems[0]}` |"


def _set(record: StorySentence | Evidence) -> Mapping[str, Any]:
    """Return a record without its default fields."""
    values: Mapping[str, Any] = TypeAdapter(type(record)).dump_python(record, mode="json", exclude_defaults=True)
    return values


def _json(value: Any) -> str:
    return _fenced(json.dumps(value, indent=1, ensure_ascii=False, default=str), "json")


def _fenced(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.strip()}\n```"


if __name__ == "__main__":
    main()
