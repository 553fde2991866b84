"""The settings of what the texts look like; all others are in settings.py."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from sparky_assets.settings_section import SettingsSection

PAGE_URL_PLACEHOLDERS = {"kind": "weekly", "label": "2025-W46", "year": "2025", "month": "11", "page": "week-2025-46"}
"""What stands for what in `page_url`."""


def _check_page_url(text: str) -> str:
    if not text:
        return text
    try:
        parts = urlsplit(text.format(**PAGE_URL_PLACEHOLDERS))
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(
            f"has a place that is none of {', '.join(f'{{{name}}}' for name in PAGE_URL_PLACEHOLDERS)}"
        ) from error
    if parts.scheme not in {"https", "http"} or not parts.hostname or any(char in text for char in " <>()\"'\\"):
        raise ValueError("not an address; write it like https://blog.example.org/{year}/{month}/{page}")
    if "{page}" not in text and "{label}" not in text:
        raise ValueError("gives every page the same address; put {page} or {label} into it")
    return text


class DigestsSettings(SettingsSection):
    """What the texts look like."""

    templates: Path | None = Field(
        None, description="Folder whose files override those of the same name in templates/."
    )
    language: Literal["en", "de"] = Field("en", description="Language of the dates in titles: en or de.")
    front_matter: Literal["quartz", "hugo", "jekyll", "mkdocs", "none"] = Field(
        "quartz", description="Front matter of pages in the store: quartz, hugo, jekyll, mkdocs or none."
    )
    page_url: Annotated[str, AfterValidator(_check_page_url)] = Field(
        "",
        description="Address that pages will have, with {year}, {month}, {page}, {label} and {kind}: canonical in blog "
        "posts, linked in posts and mails. Empty: no such link.",
    )
    corrections: Literal["always", "weeks_and_months", "never"] = Field(
        "weeks_and_months",
        description="Published texts that are written anew when late facts arrive: always, weeks_and_months, never.",
    )
    emoji: bool = Field(False, description="Put an emoji before the headings.")
