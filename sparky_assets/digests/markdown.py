"""Make text safe to stand in Markdown, and render templates. Templates hold no logic beyond loops and conditions."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import SandboxedEnvironment

from sparky_assets.digests.models import Digest, Link
from sparky_assets.errors import DataError

BREAK = "\u200b"
"""A zero-width space: keeps `@name` from pinging, `#12` from linking and a bare address from becoming a link."""

_CODE = re.compile(r"(`[^`]+`)")
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")
_BACKSLASHED = r"\\\1"
_SIGIL = re.compile(r"(@|#|GH-|\bwww\.|://)(?=[\w/])")
_BLOCK_START = re.compile(r"^(\d+)([.)])|^([-+#=])")


def escape(text: str) -> str:
    """Text as Markdown that shows exactly it: no markup, mention, cross-reference or link comes alive.

    `code` between single backticks stays code, which is inert.
    """
    parts = _CODE.split(" ".join(text.replace(BREAK, "").split()))
    # Every second part is code. An open tick without its end is prose: what follows it must not come alive.
    escaped = "".join(part if number % 2 else _escape_prose(part) for number, part in enumerate(parts))
    return _BLOCK_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", escaped)


def _escape_prose(text: str) -> str:
    # The break first: a backslash put before an underscore would hide `@_name` from it.
    inert = _SIGIL.sub(rf"\1{BREAK}", text.replace("&", "&amp;"))
    return _SPECIAL.sub(_BACKSLASHED, inert)


def link(target: Link) -> str:
    """A reference as Markdown: a link, or code where there is no page."""
    if target.url is None:
        return f"`{target.label.replace('`', '')}`"
    return f"[{_SPECIAL.sub(_BACKSLASHED, target.label)}]({target.url})"


def quoted(text: str) -> str:
    """A string as a YAML (and JSON) scalar for front matter, on one line."""
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def environment(folders: Sequence[Path]) -> SandboxedEnvironment:
    """Jinja2 over template folders, the first winning; a misspelt variable is an error, not an empty string."""
    templates = SandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    templates.filters.update(md=escape, link=link, yaml=quoted)
    return templates


def render(digest: Digest, folders: Sequence[Path]) -> str:
    """The Markdown of a digest.

    Raises:
        DataError: when a template is missing or wrong; the message names file and line.
    """
    name = f"{digest.period.kind.value}.md.j2"
    try:
        text = environment(folders).get_template(name).render(digest=digest)
    except TemplateSyntaxError as error:
        raise DataError(f"template {error.filename or error.name}, line {error.lineno}: {error.message}") from error
    except (TemplateError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise DataError(f"template {name}: {error}. Looked in {', '.join(map(str, folders))}") from error
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
