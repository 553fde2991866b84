"""Render the site files of a destination: index, archives by year and month, feeds, and a list with hashes. Pure.

They depend only on the published pages and not on their order or the clock, so the same pages give the same bytes. The
periods decide which page is newest. The format of feeds belongs to `feeds.py`.
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
"""Limits of the newest entries; the archives and `digests.json` list all."""


@dataclass(frozen=True)
class SiteInfo:
    """Metadata of the site of a destination."""

    title: str
    url: str = ""
    """Public address; if it is empty, feeds have relative links."""
    language: Language = "en"
    flavor: FrontMatterFlavor = "quartz"
    feed_path_format: str = "{file}"
    """Format of a feed's path on the site."""


def render_site(entries: Sequence[FeedEntry], site: SiteInfo) -> dict[str, str]:
    """Return the text of every site file by path: index.md, archives, feed.xml, feed.json, digests.json."""
    newest = sort_newest_first(entries)
    by_month = sorted(newest, key=_get_archive_month, reverse=True)
    files = {
        "index.md": _render_index(newest, site),
        "feed.xml": render_atom(_build_feed("feed.xml", site), newest[:MAX_FEED_ENTRIES]),
        "feed.json": render_json_feed(_build_feed("feed.json", site), newest[:MAX_FEED_ENTRIES]),
        "digests.json": format_json({"digests": list(_list_entries(newest, site))}),
    }
    for (year, month), month_entries in groupby(by_month, _get_archive_month):
        files[f"{year}/{month:02d}/index.md"] = _render_month(year, month, list(month_entries), site)
    for year, year_entries in groupby(by_month, _get_archive_year):
        files[f"{year}/index.md"] = _render_year(year, list(year_entries), site)
    return files


def _build_feed(file: str, site: SiteInfo) -> FeedInfo:
    path = site.feed_path_format.format(file=file)
    feed_url = f"{site.url.rstrip('/')}/{path}" if site.url else ""
    return FeedInfo(site.title, site.title, site.url or format_tag_uri(site.title), site.url, feed_url, site.language)


def _get_archive_month(entry: FeedEntry) -> tuple[int, int]:
    """Return the year and month that an entry is archived under."""
    day = get_archive_day(entry.manifest.period)
    return day.year, day.month


def _get_archive_year(entry: FeedEntry) -> int:
    return _get_archive_month(entry)[0]


def _render_page(title: str, description: str, newest: FeedEntry | None, lines: Sequence[str], site: SiteInfo) -> str:
    day = newest.manifest.date if newest else None
    head = format_front_matter(FrontMatter(title=title, description=description, date=day), site.flavor) if day else ""
    return "\n".join([f"{head}# {escape_markdown(title)}", "", *lines]).rstrip() + "\n"


def _render_index(newest: Sequence[FeedEntry], site: SiteInfo) -> str:
    years = sorted({_get_archive_year(entry) for entry in newest}, reverse=True)
    lines = [_format_line(entry, entry.path) for entry in newest[:MAX_INDEX_LINKS]]
    lines = lines or ["Nothing has been published yet."]
    archive = ["", "## Archive", "", *(f"- [{year}]({year}/index.md)" for year in years)] if years else []
    feeds = ["", "[Atom](feed.xml) · [JSON Feed](feed.json) · [All as JSON](digests.json)"]
    return _render_page(
        site.title, "The newest digests.", newest[0] if newest else None, [*lines, *archive, *feeds], site
    )


def _render_year(year: int, entries: Sequence[FeedEntry], site: SiteInfo) -> str:
    lines: list[str] = []
    for (_, month), month_entries in groupby(entries, _get_archive_month):
        lines += [f"## [{_get_month_name(month, site)} {year}]({month:02d}/index.md)", ""]
        lines += [*(_format_line(entry, _get_relative_path(entry.path, 1)) for entry in month_entries), ""]
    return _render_page(f"{site.title}: {year}", f"All digests of {year}.", entries[0], lines, site)


def _render_month(year: int, month: int, entries: Sequence[FeedEntry], site: SiteInfo) -> str:
    month_and_year = f"{_get_month_name(month, site)} {year}"
    lines = [_format_line(entry, _get_relative_path(entry.path, 2)) for entry in entries]
    return _render_page(f"{site.title}: {month_and_year}", f"All digests of {month_and_year}.", entries[0], lines, site)


def _format_line(entry: FeedEntry, target: str) -> str:
    manifest = entry.manifest
    link = f"- [{escape_markdown(manifest.title)}]({target})"
    # The description of a paper is mostly its headline, which the link says.
    is_said = manifest.description.rstrip(".") == manifest.title.rstrip(".")
    return link if is_said else f"{link}: {escape_markdown(manifest.description)}"


def _get_relative_path(path: str, depth: int) -> str:
    return "../" * depth + path


def _get_month_name(month: int, site: SiteInfo) -> str:
    return CALENDAR_WORDS[site.language].months[month - 1]


def _list_entries(newest: Sequence[FeedEntry], site: SiteInfo) -> Iterator[dict[str, object]]:
    for entry in newest:
        manifest = entry.manifest
        yield {
            "id": entry.format_id(site.title),
            "kind": manifest.period.kind.value,
            "period": manifest.period.label,
            "product": str(manifest.product),
            "title": manifest.title,
            "description": manifest.description,
            "path": entry.path,
            "url": entry.url,
            "words": manifest.words,
            "is_quiet": manifest.is_quiet,
            "edition": manifest.edition,
            "corrections": list(manifest.corrections),
            "pictures": [picture.file for picture in manifest.pictures],
            "sha256": sha256(entry.markdown.encode()).hexdigest(),
        }
