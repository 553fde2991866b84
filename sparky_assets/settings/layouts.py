"""Paths of pages, pictures and feeds in a destination: a preset for each site builder, built from templates. Pure.

The default is the preset of raibid-labs' blog, which Quartz renders. Writing the files belongs to `publications`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import PurePosixPath
from string import Formatter
from typing import Literal

from resources.files import find_path_problem
from sparky_assets.periods import MONTH_NAMES, Period, PeriodKind

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
"""Fields of a path template; a template of pictures may also use `file` and `page`.

`year`, `month` and `day` are those of the day, of the Thursday of a week (its ISO year is the year of its Thursday), or
of the first of a month. `date` is the last day of the period.
"""


@dataclass(frozen=True)
class SiteLayout:
    """A preset: path templates below the destination's folder, and how pages refer to pictures."""

    daily: str
    weekly: str
    monthly: str
    picture: str
    picture_prefix: str = ""
    """Prefix of a picture's file name in a page; empty: the relative path from the page."""
    index: str = "index.md"
    """File name of index pages; empty if the site builder makes them itself."""
    feeds: str = "{file}"
    """Path template of a feed; `file` is the file name of the feed."""
    front_matter: Literal["quartz", "hugo", "jekyll", "mkdocs", "none"] = "quartz"

    def get_page_template(self, kind: PeriodKind) -> str:
        """Return the path template of the pages of a kind of period."""
        return {PeriodKind.DAILY: self.daily, PeriodKind.WEEKLY: self.weekly, PeriodKind.MONTHLY: self.monthly}[kind]


_MONTH_FOLDER = "{year}/{month}/"
_WEEK_FILE_STEM = "week-{week_year}-{week}"
_MONTH_FILE_STEM = "{month_name}-{year}"

_QUARTZ_LAYOUT = SiteLayout(
    daily=_MONTH_FOLDER + "{key}.md",
    weekly=_MONTH_FOLDER + _WEEK_FILE_STEM + ".md",
    monthly=_MONTH_FOLDER + _MONTH_FILE_STEM + ".md",
    picture=_MONTH_FOLDER + "{file}",
)

LAYOUT_PRESETS: Mapping[str, SiteLayout] = {
    "quartz": _QUARTZ_LAYOUT,
    # Leaf bundles: Hugo copies a picture only if it is in the folder of its page's index.md.
    "hugo": SiteLayout(
        daily=_MONTH_FOLDER + "{key}/index.md",
        weekly=_MONTH_FOLDER + _WEEK_FILE_STEM + "/index.md",
        monthly=_MONTH_FOLDER + _MONTH_FILE_STEM + "/index.md",
        picture=_MONTH_FOLDER + "{page}/{file}",
        index="_index.md",  # index.md would turn the whole folder into one bundle
        front_matter="hugo",
    ),
    # Jekyll dates a post by its file name and serves no other files from _posts.
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
    """Return the path of a product's page.

    The digest has the path of its template. Other products are beside it, as `week-2025-46-blog-post.md`. If the digest
    is the `index.md` of a folder, their names begin with the name of that folder.

    Args:
        layout: the preset with the settings' own templates.
        period: the period of the product.
        folder: the folder of pages in the destination.
        product_name: name of the product; empty for the digest.
        suffix: file type of a product other than the digest.
    """
    path = PurePosixPath(layout.get_page_template(period.kind).format_map(_build_path_fields(period)))
    if product_name:
        name = product_name.replace("_", "-")
        if path.stem == "index" and path.parent.name:
            product_folder = path.parent.parent / f"{path.parent.name}-{name}"
            # Pages that a site renders are bundles too; a text to paste is a plain file.
            is_page = suffix == "md"
            path = (
                product_folder / "index.md" if is_page else product_folder.with_name(f"{product_folder.name}.{suffix}")
            )
        else:
            path = path.with_name(f"{path.stem}-{name}.{suffix}")
    return join_inside_folder(folder, str(path))


def build_picture_path(layout: SiteLayout, period: Period, folder: str, page_path: str, file: str) -> str:
    """Return the path of a picture that belongs to the page at `page_path`."""
    fields = _build_path_fields(period) | {"file": file, "page": _get_page_name(page_path)}
    return join_inside_folder(folder, layout.picture.format_map(fields))


def join_inside_folder(folder: str, path: str) -> str:
    """Return a path below a folder of the destination.

    Raises:
        ValueError: if the path leaves the destination. A checked template never does.
    """
    parts = [part for part in PurePosixPath(folder.strip("/") or ".", path).parts if part != "."]
    joined = "/".join(parts)
    if problem := find_path_problem(joined):
        raise ValueError(f"{joined}: {problem}")
    return joined


def find_template_problem(template: str, *, is_picture: bool = False) -> str | None:
    """Return why a text is not a valid path template, or None if it is valid."""
    allowed = {*PATH_TEMPLATE_FIELDS, *({"file", "page"} if is_picture else ())}
    try:
        fields = list(Formatter().parse(template))
    except ValueError as error:
        return str(error)
    names = {name for _, name, _, _ in fields if name is not None}
    formatted_names = [name or "" for _, name, spec, conversion in fields if spec or conversion]
    if invalid_names := sorted(names - allowed) or formatted_names:
        return f"unknown field {{{', '.join(invalid_names)}}}; known are {', '.join(sorted(allowed))}"
    if is_picture and "file" not in names:
        return "needs {file}, or all pictures would be one"
    sample = dict.fromkeys(allowed, "x")
    if problem := find_path_problem(template.format_map(sample)):
        return problem
    return None if is_picture or template.endswith(".md") else "must end in .md"


def is_unique_per_period(template: str, kind: PeriodKind) -> bool:
    """Return whether a template gives each period of a kind a path of its own."""
    names = {name for _, name, _, _ in Formatter().parse(template) if name}
    unique_fields: dict[PeriodKind, tuple[set[str], ...]] = {
        PeriodKind.DAILY: ({"key"}, {"label"}, {"date"}, {"year", "month", "day"}),
        PeriodKind.WEEKLY: ({"key"}, {"label"}, {"date"}, {"week_year", "week"}, {"year", "month", "day"}),
        PeriodKind.MONTHLY: ({"key"}, {"label"}, {"date"}, {"year", "month"}, {"year", "month_name"}),
    }
    return any(fields <= names for fields in unique_fields[kind])


def _build_path_fields(period: Period) -> dict[str, str]:
    day = period.start + timedelta(days=3) if period.kind is PeriodKind.WEEKLY else period.start
    week_year, week, _ = day.isocalendar()
    return {
        "year": f"{day:%Y}",
        "month": f"{day:%m}",
        "day": f"{day:%d}",
        "week": f"{week:02}",
        "week_year": f"{week_year:04}",
        "month_name": MONTH_NAMES[day.month - 1].lower(),
        "label": period.label,
        "key": period.key,
        "date": f"{period.days[-1].start}",
        "kind": period.kind.value,
        "noun": period.kind.noun,
    }


def _get_page_name(page_path: str) -> str:
    path = PurePosixPath(page_path)
    return path.parent.name if path.stem == "index" else path.stem
