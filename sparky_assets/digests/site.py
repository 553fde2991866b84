"""What a destination needs beside its pages: an index, archives by year and month, feeds, a list with hashes. Pure.

Made from everything that is published there, so that the same pages give the same bytes, in whatever order they come.
There is no clock: what is newest is told by the periods. How feeds look is in `feeds.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

from sparky_assets.digests.dates import CALENDARS, Language, shelf_of
from sparky_assets.digests.escaping import escape
from sparky_assets.digests.feeds import Entry, Feed, as_json, atom, json_feed, newest_first, tag
from sparky_assets.digests.front_matter import Flavour, FrontMatter, write_front_matter

IN_FEED, IN_INDEX = 50, 20
"""Entries of a feed and links of the index; the archives and `digests.json` hold all."""


@dataclass(frozen=True)
class Site:
    """What is true of a whole destination."""

    title: str
    url: str = ""
    """Its public address; empty where none is known, and then feeds link relatively."""
    language: Language = "en"
    flavour: Flavour = "quartz"
    feeds: str = "{file}"
    """How the files of the feeds are called there."""


def make_site(entries: Sequence[Entry], site: Site) -> dict[str, str]:
    """Every file beside the pages by its path: index.md, archives, feed.xml, feed.json, digests.json."""
    newest = newest_first(entries)
    shelved = sorted(newest, key=_shelf, reverse=True)
    files = {
        "index.md": _index(newest, site),
        "feed.xml": atom(_feed("feed.xml", site), newest[:IN_FEED]),
        "feed.json": json_feed(_feed("feed.json", site), newest[:IN_FEED]),
        "digests.json": as_json({"digests": list(_listed(newest, site))}),
    }
    for (year, month), ones in groupby(shelved, _shelf):
        files[f"{year}/{month:02d}/index.md"] = _month(year, month, list(ones), site)
    for year, ones in groupby(shelved, lambda one: _shelf(one)[0]):
        files[f"{year}/index.md"] = _year(year, list(ones), site)
    return files


def _feed(file: str, site: Site) -> Feed:
    own = f"{site.url.rstrip('/')}/{site.feeds.format(file=file)}" if site.url else ""
    return Feed(site.title, site.title, site.url or tag(site.title), site.url, own, site.language)


def _shelf(entry: Entry) -> tuple[int, int]:
    """The year and month of its archives."""
    day = shelf_of(entry.rendered.period)
    return day.year, day.month


def _page(title: str, said: str, newest: Entry | None, lines: Sequence[str], site: Site) -> str:
    day = newest.rendered.date if newest else None
    head = write_front_matter(FrontMatter(title=title, description=said, date=day), site.flavour) if day else ""
    return "\n".join([f"{head}# {escape(title)}", "", *lines]).rstrip() + "\n"


def _index(newest: Sequence[Entry], site: Site) -> str:
    years = sorted({_shelf(one)[0] for one in newest}, reverse=True)
    lines = [_line(one, one.path) for one in newest[:IN_INDEX]] or ["Nothing is published yet."]
    archive = ["", "## Archive", "", *(f"- [{year}]({year}/index.md)" for year in years)] if years else []
    feeds = ["", "[Atom](feed.xml) · [JSON Feed](feed.json) · [All as JSON](digests.json)"]
    return _page(site.title, "The newest digests.", newest[0] if newest else None, [*lines, *archive, *feeds], site)


def _year(year: int, ones: Sequence[Entry], site: Site) -> str:
    lines: list[str] = []
    for (_, month), shelf in groupby(ones, _shelf):
        lines += [f"## [{_month_name(month, site)} {year}]({month:02d}/index.md)", ""]
        lines += [*(_line(one, _relative(one.path, 1)) for one in shelf), ""]
    return _page(f"{site.title}: {year}", f"All digests of {year}.", ones[0], lines, site)


def _month(year: int, month: int, ones: Sequence[Entry], site: Site) -> str:
    when = f"{_month_name(month, site)} {year}"
    lines = [_line(one, _relative(one.path, 2)) for one in ones]
    return _page(f"{site.title}: {when}", f"All digests of {when}.", ones[0], lines, site)


def _line(entry: Entry, target: str) -> str:
    one = entry.rendered
    return f"- [{escape(one.title)}]({target}): {escape(one.description)}"


def _relative(path: str, depth: int) -> str:
    return "../" * depth + path


def _month_name(month: int, site: Site) -> str:
    return CALENDARS[site.language].months[month - 1]


def _listed(newest: Sequence[Entry], site: Site) -> Iterator[dict[str, object]]:
    for one in newest:
        known = one.rendered
        yield {
            "id": one.id(site.title),
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
