"""Count how many of the breaking changes that release notes name are in the paper of their week.

    uv run python -m benchmarks.breaking --clones CLONES [--releases 20] [--seed 1] [owner/name ...]

A clone is `CLONES/owner+name/repo`. Of each repository random `.0` releases are taken whose changelog, read with plain
git at their tag, has list items below a heading about breaking changes or with such a label. `sparky run week` writes
the paper of their week into a temporary home. An item is in it if half of its first ten words are in one of its lines,
or the first name of code that it mentions is in a line about what breaks. Shares no code with the product.
"""

import argparse
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

BREAKING = re.compile(r"(?i)breaking|incompatib|backwards? compat|\bBC\b|^remov(?:ed|als?)$")
LABEL = re.compile(r"(?i)[\W_]*(?:\[?breaking|BC\b|incompatib)")
CHANGELOG = re.compile(
    r"(?i)(?:^|/)(?:change_?log|changes|news|history|release[-_]?notes|whats_?new)[^/]*\.(?:md|rst|txt|adoc|markdown)$"
    r"|(?:^|/)(?:change_?log|changes|news|history)$"
)
VERSION = re.compile(r"(\d+\.\d+(?:\.\d+)?)$")
FINAL_TAG = re.compile(r"(?i)(?:v|rel(?:ease)?[-_/]?)?\d")
PRE_RELEASE = re.compile(r"(?i)alpha|beta|rc|pre|dev")
MARKDOWN_HEADING = re.compile(r"(#{1,6})\s+(.*)")
UNDERLINE = re.compile(r"([=\-~^\"'+*])\1{2,}\s*$")
BOLD_HEADING = re.compile(r"\*\*([^*]{3,60})\*\*:?\s*$")
ITEM = re.compile(r"\s?[*+-]\s+(.*)")
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]{2,}")
LINK_TARGET = re.compile(r"\]\([^)]*\)|https?://\S+")
ABOUT_BREAKS = re.compile(r"(?i)break|remov|renam|requir|minimum|deprecat")
MAX_FILES = 25
TAG_FORMAT = "%(refname:short)%09%(creatordate:unix)"
MAX_TRIED = 8
"""Random releases of a repository that are looked at for one with named breaking changes."""
COMPARED_WORDS = 10
MIN_ITEM_WORDS = 3
MIN_SHARED = 0.5


@dataclass(frozen=True)
class NamedRelease:
    """A release with the breaking changes that its notes name."""

    repository: str
    clone: Path
    tag: str
    tagged_at: datetime
    items: tuple[str, ...]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the papers and print how many of the named breaking changes are in them; 1 if under 95 in 100 are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clones", type=Path, required=True)
    parser.add_argument("--releases", type=int, default=20, help="how many papers are written")
    parser.add_argument("--of-each", type=int, default=1, help="how many of one repository")
    parser.add_argument("--seed", default="1")
    parser.add_argument("repositories", nargs="*", help="owner/name; all clones without them")
    own = parser.parse_args(arguments)
    names = own.repositories or sorted(path.name.replace("+", "/", 1) for path in own.clones.glob("*+*"))
    chooser = random.Random(own.seed)
    chooser.shuffle(names)
    named = found = written = 0
    for release in _iterate_releases(names, own.clones, chooser, own.of_each):
        lines = write_paper(release)
        if lines is None:
            continue
        missing = [item for item in release.items if not is_printed(item, lines)]
        printed = len(release.items) - len(missing)
        written, named, found = written + 1, named + len(release.items), found + printed
        print(f"{release.repository} {release.tag}: {printed} of {len(release.items)}", flush=True)
        for item in missing:
            print(f"    missing: {item[:150]}")
        if written == own.releases:
            break
    share = found / named if named else 0.0
    print(f"{found} of {named} named breaking changes in {written} papers ({share:.0%})")
    return 0 if share >= 0.95 else 1


def _iterate_releases(
    names: Sequence[str], clones: Path, chooser: random.Random, of_each: int
) -> Iterator[NamedRelease]:
    for name in names:
        yield from _choose_releases(name, clones / name.replace("/", "+", 1) / "repo", chooser, of_each)


def _choose_releases(name: str, clone: Path, chooser: random.Random, limit: int) -> list[NamedRelease]:
    tags = [
        line.split("\t") for line in _git(clone, "for-each-ref", "refs/tags", f"--format={TAG_FORMAT}").splitlines()
    ]
    finals = [
        (tag, int(seconds))
        for tag, seconds in tags
        if seconds and VERSION.search(tag) and FINAL_TAG.match(tag) and not PRE_RELEASE.search(tag)
    ]
    majors = [own for own in finals if re.search(r"(?:^|\D)\d+\.0(?:\.0)?$", own[0])]
    candidates = majors or [own for own in finals if own[0].endswith(".0")]
    chooser.shuffle(candidates)
    chosen: list[NamedRelease] = []
    for tag, seconds in candidates[:MAX_TRIED]:
        if len(chosen) == limit:
            break
        if items := list_named_changes(clone, tag):
            chosen.append(NamedRelease(name, clone, tag, datetime.fromtimestamp(seconds, UTC), items))
    return chosen


def list_named_changes(clone: Path, tag: str) -> tuple[str, ...]:
    """Return the items of the changelog of a tag that a heading or a label calls breaking."""
    version = VERSION.search(tag)
    files = [path for path in _git(clone, "ls-tree", "-r", "--name-only", tag).splitlines() if CHANGELOG.search(path)]
    for path in sorted(files, key=lambda path: (path.count("/"), path))[:MAX_FILES]:
        section = cut_section(_git(clone, "show", f"{tag}:{path}"), version[1]) if version else []
        if section:
            items = (" ".join(item) for item in _iterate_items(section))
            return tuple(item for item in items if len(list_words(item)) >= MIN_ITEM_WORDS)
    return ()


def cut_section(text: str, version: str) -> list[str]:
    """Return the lines of a changelog between the heading of a version and the next one of its level."""
    lines = text.splitlines()
    pattern = re.compile(rf"(?<![\d.])v?{re.escape(version)}(?![\da-z]|\.\d|-[a-z])")
    level = ""
    body: list[str] = []
    for number, line in enumerate(lines):
        below = UNDERLINE.match(lines[number + 1]) if number + 1 < len(lines) else None
        heading = MARKDOWN_HEADING.match(line)
        mark = heading[1] if heading else below[1] if below and line.strip() else ""
        if level and mark and (mark == level or (heading and level.startswith("#") and len(mark) < len(level))):
            break
        if level:
            body.append(line)
        elif mark and len(line) < 90 and pattern.search(line):
            level = mark
    return body


def _iterate_items(section: Sequence[str]) -> Iterator[list[str]]:
    is_breaking, item = False, None
    for number, line in enumerate(section):
        below = UNDERLINE.match(section[number + 1]) if number + 1 < len(section) else None
        heading = MARKDOWN_HEADING.match(line) or BOLD_HEADING.match(line.strip())
        if heading or (below and line.strip() and not ITEM.match(line)):
            is_breaking = bool(BREAKING.search((heading[heading.re.groups] if heading else line).strip(" :#*")))
            if item:
                yield item
            item = None
        elif match := ITEM.match(line):
            if item:
                yield item
            item = [match[1]] if is_breaking or LABEL.match(match[1]) else None
        elif item and line.strip() and line.startswith(" "):
            item.append(line.strip())
    if item:
        yield item


def write_paper(release: NamedRelease) -> list[str] | None:
    """Return the lines of the digest of the week of a release; None where the clone lacks objects."""
    name = release.repository.partition("/")[2]
    week = f"{release.tagged_at:%G-W%V}"
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder, "clones", f"{name}.git")
        subprocess.run(["git", "clone", "-q", "--bare", "--shared", str(release.clone), str(bare)], check=True)
        _git(bare, "remote", "set-url", "origin", f"https://github.com/{release.repository}")
        settings = Path(folder, "sparky.toml")
        settings.write_text(
            f'home = "{folder}/home"\n[organisation]\ntimezone = "UTC"\n[sources.git]\nvisibility = "public"\n'
            f'repositories = ["{bare}"]\n[periods]\nstart = "{release.tagged_at.year - 1}-01-01"\n'
        )
        command = [str(Path(sys.executable).with_name("sparky")), "--config", str(settings), "run", "week", week]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            print(f"{release.repository} {release.tag}: left out: {run.stderr.strip()[-200:]}")
            return None
        digests = Path(folder, "home").rglob("digests/weekly/*.md")
        return [line for digest in digests for line in digest.read_text().splitlines()]


def is_printed(item: str, lines: Sequence[str]) -> bool:
    """Return whether a line of a paper has half of the first words of an item, or its first name of code."""
    first = set(list_words(item)[:COMPARED_WORDS])
    code = re.search(r"`+([^`]+)`+", item)
    named = set(list_words(code[1])) if code else set()
    for line in lines:
        words = set(list_words(line))
        if len(first & words) >= MIN_SHARED * len(first) or (named and named <= words and ABOUT_BREAKS.search(line)):
            return True
    return False


def list_words(text: str) -> list[str]:
    """Return the words of three letters and more of a text, in small letters, without targets of links."""
    return [word.lower() for word in WORD.findall(LINK_TARGET.sub(" ", text))]


def _git(clone: Path, *arguments: str) -> str:
    run = subprocess.run(["git", "-C", str(clone), *arguments], capture_output=True, check=False)
    return run.stdout.decode("utf-8", "replace") if run.returncode == 0 else ""


if __name__ == "__main__":
    raise SystemExit(main())
