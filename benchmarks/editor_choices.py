"""Compare the choices of the editors of Nushell's release notes with the changes that they chose from.

`nushell.jsonl` holds the choices; the history is read from a clone of nushell/nushell, the headings from a clone of
nushell/nushell.github.io.
"""

import json
import math
import re
import subprocess
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import polars as pl

from resources.git.log import LOG_FORMAT, parse_log
from resources.git.repository import open_repository
from sparky_assets.raw.git_rows import build_git_tables
from sparky_assets.raw.notes.diffs import build_repair_rows
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.tables import ISSUES, NOTES, OPEN_ITEMS, REPOSITORIES, REVIEWS
from sparky_assets.raw.window import RawWindow
from sparky_assets.stories.changes import ChangeRecord
from sparky_assets.stories.records import build_change_records

REPOSITORY = "nushell/nushell"

CATEGORY_WORDS = frozenset(
    """
    a additional additions addition all and api as breaking bug bugfix bugfixes bugs calls change changelog changes
    command commands completions configuration crate dataframe dataframes debugging deprecated deprecation deprecations
    documentation docs effort efforts engine enhancement enhancements enhancing error errors fame feature features few
    fix fixes for full functionality general hall have help highlights improved improvement improvements in interesting
    internal internals lib library libraries messages minor misc miscellaneous more new notable notes now nushell of
    options organization other our panic panics parser performance platforms plugin plugins polars quite refinement
    release removal removed removals rust set shoutouts some stabilization standard std stdlib streaming support tests
    the themes this to tweaks updates update various warnings windows with work
    """.split()  # noqa: SIM905
)
"""Words of headings that name a kind of change or an area: the items below them are no story."""

MAX_STORY_CHANGES = 12


@dataclass(frozen=True)
class EditorChoice:
    """One release: its changes, and those that its notes name.

    Attributes:
        version: the release.
        records: all changes that were merged for it.
        gains: key of a change -> 3 for an own section, 1 for being named.
        pairs: pairs of keys that the notes put under one heading that is no category.
        headed: keys of changes below such a heading, alone or with others.
    """

    version: str
    records: tuple[ChangeRecord, ...]
    gains: Mapping[str, int]
    pairs: frozenset[tuple[str, str]]
    headed: frozenset[str]


def load_choices(choices_file: Path, history: Path, notes: Path, *, with_blame: bool = False) -> list[EditorChoice]:
    """Return the releases of the file, the earliest first; with the lines that fixes change if `with_blame`."""
    rows = [json.loads(line) for line in choices_file.read_text().splitlines()]
    shas = [change["sha"] for row in rows for change in row["merged"]]
    log = subprocess.run(
        ["git", "-C", str(history), "log", "-z", "--no-walk=unsorted", "--stdin", "--numstat", "-M", LOG_FORMAT],
        input="\n".join(shas).encode(), capture_output=True, check=True,
    )  # fmt: skip
    commits = {commit.sha: commit for commit in parse_log([log.stdout])}
    people = PersonFactory(b"benchmark", ["*[bot]"])
    repository = open_repository(history, name=REPOSITORY)
    posts = _read_posts(notes)
    choices = []
    for row in rows:
        merged = [commits[change["sha"]] for change in row["merged"]]
        tables = build_git_tables(REPOSITORY, merged, (), people, "public")
        window = RawWindow(
            repositories=pl.DataFrame(
                [{"repository": REPOSITORY, "url": f"https://github.com/{REPOSITORY}"}], schema_overrides={}
            ).pipe(lambda frame: pl.concat([REPOSITORIES.make_empty(), frame], how="diagonal_relaxed")),
            commits=tables["commits"], pull_requests=tables["pull_requests"], reviews=REVIEWS.make_empty(),
            issues=ISSUES.make_empty(), releases=tables["releases"], open_items=OPEN_ITEMS.make_empty(),
            notes=build_repair_rows(repository, merged, "public") if with_blame else NOTES.make_empty(),
        )  # fmt: skip
        records = build_change_records(window)
        keys = {record.change.number: record.change.key for record in records if record.change.number}
        gains = {keys[number]: 1 for number in row["told"] if number in keys}
        gains |= {keys[number]: 3 for number in row["own_section"] if number in keys}
        headings = _group_by_heading(posts.get(row["release"], ""), keys)
        pairs = frozenset(pair for group in headings for pair in combinations(sorted(group), 2))
        headed = frozenset(key for group in headings for key in group)
        choices.append(EditorChoice(row["release"], records, gains, pairs, headed))
    return choices


def _read_posts(notes: Path) -> dict[str, str]:
    def run(*arguments: str) -> str:
        return subprocess.run(["git", "-C", str(notes), *arguments], capture_output=True, check=True, text=True).stdout

    posts = {}
    for path in run("ls-tree", "-r", "--name-only", "HEAD", "blog").splitlines():
        if match := re.search(r"nushell[_-]v?(\d+)[_.](\d+)(?:[_.](\d+))?\.md$", path):
            posts[f"{match[1]}.{match[2]}.{match[3] or 0}"] = run("show", f"HEAD:{path}")
    return posts


def _group_by_heading(post: str, keys: Mapping[int, str]) -> list[set[str]]:
    """Return the changes below each heading that names a story, at most `MAX_STORY_CHANGES` of them."""
    groups: dict[int, set[str]] = defaultdict(set)
    is_story, number, in_fence = False, 0, False
    for line in post.splitlines():
        in_fence ^= line.startswith("```")
        if not in_fence and (match := re.match(r"#{1,6} +(.*?)(?: *\[.*)?$", line)):
            number += 1
            words = re.findall(r"[a-z]+", re.sub(r"\(.*", "", match[1]).lower())
            is_story = line.startswith("##") and any(word not in CATEGORY_WORDS for word in words)
        if is_story:
            found = re.findall(r"nushell/pull/(\d+)|\[#(\d+)\]", line)
            groups[number] |= {keys[int(a or b)] for a, b in found if int(a or b) in keys}
    return [group for group in groups.values() if 1 <= len(group) <= MAX_STORY_CHANGES]


def measure_order(order: Sequence[str], gains: Mapping[str, int], depth: int = 20) -> tuple[float, float]:
    """Return nDCG at `depth` and recall at k, k the number of changes that the notes name."""
    found = [gains.get(key, 0) for key in order]
    ideal = sorted(gains.values(), reverse=True)
    share = _discount(found[:depth]) / _discount(ideal[:depth])
    count = len(gains)
    return share, sum(1 for gain in found[:count] if gain) / count


def _discount(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(position + 2) for position, gain in enumerate(gains))
