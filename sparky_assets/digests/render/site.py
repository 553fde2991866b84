"""What a destination needs beside its pages: an index, archives by year and month, feeds, a list with hashes. Pure.

Made from everything that is published there, so that the same pages give the same bytes, in whatever order they come.
There is no clock: what is newest is told by the periods. How feeds look is in `feeds.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

from sparky_assets.digests.render.feeds import (
    FeedEntry,
    FeedInfo,
    format_json,
    format_tag_uri,
    render_atom,
    render_json_feed,
    sort_newest_first,
)
from sparky_assets.digests.render.front_matter import FrontMatter, FrontMatterFlavor, format_front_matter
from sparky_assets.digests.titles import CALENDAR_WORDS, Language, get_archive_day
from sparky_assets.text.escape import escape_markdown

MAX_FEED_ENTRIES, MAX_INDEX_LINKS = 50, 20
"""Entries of a feed and links of the index; the archives and `digests.json` hold all."""


@dataclass(frozen=True)
class SiteInfo:
    """What is true of a whole destination."""

    title: str
    url: str = ""
    """Its public address; empty where none is known, and then feeds link relatively."""
    language: Language = "en"
    flavor: FrontMatterFlavor = "quartz"
    feed_path_format: str = "{file}"
    """How the files of the feeds are called there."""


def render_site(entries: Sequence[FeedEntry], site: SiteInfo) -> dict[str, str]:
    """Every file beside the pages by its path: index.md, archives, feed.xml, feed.json, digests.json."""
    newest = sort_newest_first(entries)
    shelved = sorted(newest, key=_get_archive_month, reverse=True)
    files = {
        "index.md": _render_index(newest, site),
        "feed.xml": render_atom(_build_feed("feed.xml", site), newest[:MAX_FEED_ENTRIES]),
        "feed.json": render_json_feed(_build_feed("feed.json", site), newest[:MAX_FEED_ENTRIES]),
        "digests.json": format_json({"digests": list(_list_entries(newest, site))}),
    }
    for (year, month), ones in groupby(shelved, _get_archive_month):
        files[f"{year}/{month:02d}/index.md"] = _render_month(year, month, list(ones), site)
    for year, ones in groupby(shelved, lambda one: _get_archive_month(one)[0]):
        files[f"{year}/index.md"] = _render_year(year, list(ones), site)
    return files


def _build_feed(file: str, site: SiteInfo) -> FeedInfo:
    own = f"{site.url.rstrip('/')}/{site.feed_path_format.format(file=file)}" if site.url else ""
    return FeedInfo(site.title, site.title, site.url or format_tag_uri(site.title), site.url, own, site.language)


def _get_archive_month(entry: FeedEntry) -> tuple[int, int]:
    """The year and month of its archives."""
    day = get_archive_day(entry.manifest.period)
    return day.year, day.month


def _render_page(title: str, description: str, newest: FeedEntry | None, lines: Sequence[str], site: SiteInfo) -> str:
    day = newest.manifest.date if newest else None
    head = format_front_matter(FrontMatter(title=title, description=description, date=day), site.flavor) if day else ""
    return "\n".join([f"{head}# {escape_markdown(title)}", "", *lines]).rstrip() + "\n"


def _render_index(newest: Sequence[FeedEntry], site: SiteInfo) -> str:
    years = sorted({_get_archive_month(one)[0] for one in newest}, reverse=True)
    lines = [_format_line(one, one.path) for one in newest[:MAX_INDEX_LINKS]] or ["Nothing is published yet."]
    archive = ["", "## Archive", "", *(f"- [{year}]({year}/index.md)" for year in years)] if years else []
    feeds = ["", "[Atom](feed.xml) · [JSON Feed](feed.json) · [All as JSON](digests.json)"]
    return _render_page(
        site.title, "The newest digests.", newest[0] if newest else None, [*lines, *archive, *feeds], site
    )


def _render_year(year: int, entries: Sequence[FeedEntry], site: SiteInfo) -> str:
    lines: list[str] = []
    for (_, month), shelf in groupby(entries, _get_archive_month):
        lines += [f"## [{_get_month_name(month, site)} {year}]({month:02d}/index.md)", ""]
        lines += [*(_format_line(one, _get_relative_path(one.path, 1)) for one in shelf), ""]
    return _render_page(f"{site.title}: {year}", f"All digests of {year}.", entries[0], lines, site)


def _render_month(year: int, month: int, entries: Sequence[FeedEntry], site: SiteInfo) -> str:
    when = f"{_get_month_name(month, site)} {year}"
    lines = [_format_line(one, _get_relative_path(one.path, 2)) for one in entries]
    return _render_page(f"{site.title}: {when}", f"All digests of {when}.", entries[0], lines, site)


def _format_line(entry: FeedEntry, target: str) -> str:
    one = entry.manifest
    return f"- [{escape_markdown(one.title)}]({target}): {escape_markdown(one.description)}"


def _get_relative_path(path: str, depth: int) -> str:
    return "../" * depth + path


def _get_month_name(month: int, site: SiteInfo) -> str:
    return CALENDAR_WORDS[site.language].months[month - 1]


def _list_entries(newest: Sequence[FeedEntry], site: SiteInfo) -> Iterator[dict[str, object]]:
    for one in newest:
        known = one.manifest
        yield {
            "id": one.format_id(site.title),
            "kind": known.period.kind.value,
            "period": known.period.label,
            "product": str(known.product),
            "title": known.title,
            "description": known.description,
            "path": one.path,
            "url": one.url,
            "words": known.words,
            "is_quiet": known.is_quiet,
            "edition": known.edition,
            "corrections": list(known.corrections),
            "pictures": [picture.file for picture in known.pictures],
            "sha256": sha256(one.markdown.encode()).hexdigest(),
        }
