"""Write the excerpt of a digest into README.md: the beginning of a week of a made-up company.

The company is that of `tests/factories/made_up_company.py`. `python -m tools.excerpt` runs the whole graph over that
history and writes the marked block. The company's repositories do not exist, so the links are left out; every other
character is as in the digest.
"""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.factories.made_up_company import weekly_digest

PAGE = Path("README.md")
BLOCK = re.compile(r"(?<=<!-- made: excerpt -->\n).*?(?=<!-- end -->)", re.DOTALL)
SHOWN = {"Highlights": 3}
"""Sections of the digest, and how many of their paragraphs are shown."""


def main() -> None:
    """Write the block."""
    PAGE.write_text(page(PAGE.read_text()))


def page(text: str) -> str:
    """Return the page with the block as the code generates it now."""
    with tempfile.TemporaryDirectory() as folder:
        markdown = weekly_digest(Path(folder))
    shown = re.sub(r"\n{2,}(?=- )", "\n", "\n\n".join(excerpt(markdown)))  # items of a list are one group
    quoted = "\n".join(f"> {line}".rstrip() for line in shown.splitlines())
    return BLOCK.sub(lambda _: f"\n{quoted}\n\n", text)


def excerpt(markdown: str) -> Iterator[str]:
    """Return some paragraphs of a digest, in order, without front matter, pictures and the addresses of links."""
    _, _, body = markdown.split("---\n", 2)
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", re.sub(r"^!\[.*\n", "", body, flags=re.MULTILINE))
    opening, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    yield opening.strip().replace("# ", "### ", 1)
    for section in sections:
        name, _, rest = section.partition("\n")
        if name in SHOWN:
            # A list is one paragraph of Markdown; its items are counted as paragraphs here.
            paragraphs = re.sub(r"\n(?=- )", "\n\n", rest).strip().split("\n\n")
            yield f"#### {name}"
            shown = (re.sub(r"^### (.*)", r"**\1**", one) for one in paragraphs if one)
            yield "\n\n".join(one for _, one in zip(range(SHOWN[name]), shown, strict=False))
    yield "…"


if __name__ == "__main__":
    main()
