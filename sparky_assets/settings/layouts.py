"""Where things lie in a destination: a preset for each site builder, every path a template. Pure.

The default is the preset of raibid-labs' blog, which Quartz renders.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePosixPath
from string import Formatter
from typing import Literal

from resources.files import find_path_problem
from sparky_assets.periods import Period, PeriodKind
from sparky_assets.text.words import MONTH_NAMES

PATH_TEMPLATE_FIELDS = (
    "year",
    "month",
    "day",
    "week",
    "week_year",
    "month_name",
    "label",
    "key",
    "date",
    "kind",
    "noun",
)
"""What a path template may name; a template of pictures also `file`. `year`, `month` and `day` are those of the day,
of the Thursday of a week (as its ISO year is the year of its Thursday), or of the first of a month; `date` is the last
day of the period."""


@dataclass(frozen=True)
class SiteLayout:
    """The paths of a preset below the destination's folder, and where a page finds its pictures."""

    daily: str
    weekly: str
    monthly: str
    picture: str
    picture_prefix: str = ""
    """What stands before a picture's file where a page names it; empty: the way there from the page."""
    index: str = "index.md"
    """How index pages are called; empty where a site builder makes them itself."""
    feeds: str = "{file}"
    """Where a feed lies; `file` is the name that stage 4 gave it."""
    front_matter: Literal["quartz", "hugo", "jekyll", "mkdocs", "none"] = "quartz"

    def get_page_template(self, kind: PeriodKind) -> str:
        """The template of the pages of a kind of period."""
        return {PeriodKind.DAILY: self.daily, PeriodKind.WEEKLY: self.weekly, PeriodKind.MONTHLY: self.monthly}[kind]


_MONTH_FOLDER = "{year}/{month}/"


_WEEK_FILE_STEM, _MONTH_FILE_STEM = "week-{week_year}-{week}", "{month_name}-{year}"


_QUARTZ_LAYOUT = SiteLayout(
    daily=_MONTH_FOLDER + "{key}.md",
    weekly=_MONTH_FOLDER + _WEEK_FILE_STEM + ".md",
    monthly=_MONTH_FOLDER + _MONTH_FILE_STEM + ".md",
    picture=_MONTH_FOLDER + "{file}",
)

LAYOUT_PRESETS: Mapping[str, SiteLayout] = {
    "quartz": _QUARTZ_LAYOUT,
    # Leaf bundles: Hugo copies a picture only when it lies in the folder of its page's index.md.
    "hugo": SiteLayout(
        daily=_MONTH_FOLDER + "{key}/index.md",
        weekly=_MONTH_FOLDER + _WEEK_FILE_STEM + "/index.md",
        monthly=_MONTH_FOLDER + _MONTH_FILE_STEM + "/index.md",
        picture=_MONTH_FOLDER + "{page}/{file}",
        index="_index.md",  # an index.md would make one bundle of the whole folder
        front_matter="hugo",
    ),
    # Jekyll dates a post by its file name and does not serve what else lies in _posts.
    "jekyll": SiteLayout(
        daily="_posts/{date}-daily.md",
        weekly="_posts/{date}-" + _WEEK_FILE_STEM + ".md",
        monthly="_posts/{date}-" + _MONTH_FILE_STEM + ".md",
        picture="assets/sparky/{file}",
        picture_prefix="/assets/sparky/",
        index="",
        feeds="sparky-{file}",
        front_matter="jekyll",
    ),
    "mkdocs": replace(_QUARTZ_LAYOUT, front_matter="mkdocs"),
    "plain": SiteLayout(
        daily="daily/{key}.md",
        weekly="weekly/{label}.md",
        monthly="monthly/{label}.md",
        picture="{kind}/{file}",
        index="README.md",
        front_matter="none",
    ),
}


def build_page_path(layout: SiteLayout, period: Period, folder: str, product_name: str = "", suffix: str = "md") -> str:
    """Where a product lies: the digest (`part` empty) by its template, others beside it: `week-2025-46-blog-post.md`.

    A page that is an `index.md` in a folder of its own gives that folder's name to the others.
    """
    path = PurePosixPath(layout.get_page_template(period.kind).format_map(_build_path_fields(period)))
    if product_name:
        word = product_name.replace("_", "-")
        if path.stem == "index" and path.parent.name:
            other = path.parent.parent / f"{path.parent.name}-{word}"
            # A bundle again where a site renders it, a plain file for a text to paste.
            path = other / "index.md" if suffix == "md" else other.with_name(f"{other.name}.{suffix}")
        else:
            path = path.with_name(f"{path.stem}-{word}.{suffix}")
    return join_inside_folder(folder, str(path))


def build_picture_path(layout: SiteLayout, period: Period, folder: str, page_path: str, file: str) -> str:
    """Where a picture of a page lies; `page` is that page's path."""
    fields = _build_path_fields(period) | {"file": file, "page": _get_page_name(page_path)}
    return join_inside_folder(folder, layout.picture.format_map(fields))


def join_inside_folder(folder: str, path: str) -> str:
    """A path in a folder of the destination.

    Raises:
        ValueError: when it would leave it; no template that was checked can.
    """
    parts = [part for part in PurePosixPath(folder.strip("/") or ".", path).parts if part != "."]
    whole = "/".join(parts)
    if problem := find_path_problem(whole):
        raise ValueError(f"{whole}: {problem}")
    return whole


def find_template_problem(template: str, *, is_picture: bool = False) -> str | None:
    """Why a text is no path template; None when it is one."""
    known = {*PATH_TEMPLATE_FIELDS, *({"file", "page"} if is_picture else ())}
    try:
        named = {name for _, name, spec, conversion in Formatter().parse(template) if name is not None}
        odd = [name or "" for _, name, spec, conversion in Formatter().parse(template) if spec or conversion]
    except ValueError as error:
        return str(error)
    if named - known or odd:
        return f"unknown field {{{', '.join(sorted(named - known) or odd)}}}; known are {', '.join(sorted(known))}"
    if is_picture and "file" not in named:
        return "needs {file}, or all pictures would be one"
    sample = dict.fromkeys(known, "x")
    if problem := find_path_problem(template.format_map(sample)):
        return problem
    return None if is_picture or template.endswith(".md") else "must end in .md"


def is_unique_per_period(template: str, kind: PeriodKind) -> bool:
    """Whether two periods of a kind can never have one path: the template names enough of the calendar."""
    named = {name for _, name, _, _ in Formatter().parse(template) if name}
    enough: dict[PeriodKind, tuple[set[str], ...]] = {
        PeriodKind.DAILY: ({"key"}, {"label"}, {"date"}, {"year", "month", "day"}),
        PeriodKind.WEEKLY: ({"key"}, {"label"}, {"date"}, {"week_year", "week"}, {"year", "month", "day"}),
        PeriodKind.MONTHLY: ({"key"}, {"label"}, {"date"}, {"year", "month"}, {"year", "month_name"}),
    }
    return any(some <= named for some in enough[kind])


def _build_path_fields(period: Period) -> dict[str, str]:
    shelf = period.start + timedelta(days=3) if period.kind is PeriodKind.WEEKLY else period.start
    week_year, week, _ = shelf.isocalendar()
    return {
        "year": f"{shelf:%Y}",
        "month": f"{shelf:%m}",
        "day": f"{shelf:%d}",
        "week": f"{week:02}",
        "week_year": f"{week_year:04}",
        "month_name": MONTH_NAMES[shelf.month - 1].lower(),
        "label": period.label,
        "key": period.key,
        "date": f"{period.days[-1].start}",
        "kind": period.kind.value,
        "noun": period.kind.noun,
    }


def _get_page_name(page_path: str) -> str:
    path = PurePosixPath(page_path)
    return path.parent.name if path.stem == "index" else path.stem
