"""What a reader sees of a printed line and of its source, for `benchmarks.truth`. Shares no code with the product.

Both sides become plain text: markup goes, characters of code and of identifiers stay. `Series.__getitem__` printed as
`Series.getitem` is therefore another text, while `**bold**` printed as `bold` is the same. Markdown is read by a
parser; of reStructuredText and AsciiDoc the inline marks are read by their rules of where a mark may begin and end.
"""

import html
import re
from collections.abc import Callable, Iterator
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

HTML_TAGS = re.compile(
    r"(?i)</?(?:a|abbr|b|big|blockquote|br|center|code|dd|del|details|div|dl|dt|em|font|h[1-6]|hr|i|img|ins|kbd|li|ol|p|"
    r"picture|pre|q|s|samp|small|source|span|strike|strong|sub|summary|sup|table|tbody|td|th|thead|tr|tt|u|ul|var|video)"
    r"(?:\s[^<>]*)?/?>"
)
"""Tags that a host shows as markup; `Vec<T>` is text."""
HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
COMMENT_LEADER = re.compile(r"(?m)^[ \t]*(?:///?|//!|/\*+|\*/|#+!?|;+|\*|--|%|\"\"\"|''')[ \t]?")
DUNDER = re.compile(r"(?<![\w*`])__([a-z][a-z0-9]*(?:_[a-z0-9]+)*)__(?!\w)")
"""A name of Python or JavaScript in prose, `__proto__`: no author means it in bold."""
KEPT_UNDERSCORE = "\ue000"
QUOTES = str.maketrans(dict.fromkeys("“”„«»″", '"') | dict.fromkeys("‘’‚′", "'"))
INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufe0e\ufe0f\ufeff\u00ad]")

BEFORE = r"(?<![^\s'\"(\[{<\-/:—–,.;])"
AFTER = r"(?![^\s'\")\]}>\-/:.,;!?\\—–’])"
"""Where marks of reStructuredText and AsciiDoc may begin and end."""
ROLE_PREFIXES = {"pep": "PEP ", "rfc": "RFC ", "cve": "CVE-", "cwe": "CWE-"} | dict.fromkeys(
    ("issue", "pr", "pull", "gh", "ticket", "bug", "ghpull", "ghissue"), "#"
)
NUMBERED_ROLE = re.compile(rf"(?i):({'|'.join(ROLE_PREFIXES)}):`#?(\d[\d-]*)(?:#section-([\d.]+))?`")
RST_ROLE = re.compile(r"(?<![\w`]):([a-z][\w.+-]*(?::[a-z][\w.+-]*)*):`([^`]+)`", re.IGNORECASE)
MYST_ROLE = re.compile(r"(?<![`$%\w])\{([a-z][\w:+.-]*)\}`([^`]+)`", re.IGNORECASE)
RST_SIGN = re.compile(r"``|(?<![\w`]):[a-z][\w:+-]*:`|`_\b|\\\s")
"""A text without these reads alike as Markdown, but for stars that only Markdown leaves as they are."""
RST_DIRECTIVE = re.compile(r"(?m)^[ \t]*\.\. (?:[\w:+-]+::|_[^:\n]+:(?=\s)|\[[^\]\n]+\])[ \t]*")


def normalize(text: str) -> str:
    """Return a rendered text with white space folded and one kind of quotation marks, which printing may change."""
    text = INVISIBLE.sub("", text).translate(QUOTES).replace("\u2011", "-")
    return " ".join(text.split())


@cache
def _build_parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def render_markdown(text: str) -> str:
    """Return the plain text of Markdown as a host shows it."""
    return " ".join(_list_texts(_build_parser().parse(text)))


def _list_texts(tokens: list[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield "".join(map(_read_inline, token.children or []))
        elif token.type in {"fence", "code_block"}:
            yield token.content
        elif token.type == "html_block":
            yield _drop_html(token.content)


def _read_inline(token: Token) -> str:
    if token.type in {"softbreak", "hardbreak"}:
        return "\n"
    if token.type == "html_inline":
        return _drop_html(token.content)
    return token.content  # of an image, its alternative text


def _drop_html(text: str) -> str:
    text = HTML_COMMENT.sub("", text)
    text = re.sub(r"(?i)<(?:br|/p|/li|/td|/tr|/h\d|/div)\s*/?>", " ", text)
    return html.unescape(HTML_TAGS.sub("", text))


def render_markdown_source(text: str) -> str:
    """Return the plain text of Markdown as its author means it: `__init__` is a name."""
    text = MYST_ROLE.sub(_show_role, text)
    return render_markdown(_keep_dunders(text)).replace(KEPT_UNDERSCORE, "_")


def _keep_dunders(text: str) -> str:
    mark = KEPT_UNDERSCORE * 2
    return DUNDER.sub(lambda match: mark + match[1].replace("_", KEPT_UNDERSCORE) + mark, text)


class _Verbatim:
    """Code that is set aside while the marks around it are read."""

    def __init__(self) -> None:
        self.spans: list[str] = []

    def keep(self, content: str) -> str:
        """Return a sign for a content, to be put back by `restore`."""
        self.spans.append(content)
        return f"\ue001{len(self.spans) - 1}\ue002"

    def restore(self, text: str) -> str:
        """Return the text with all contents in their places."""
        while "\ue001" in text:
            text = re.sub("\ue001(\\d+)\ue002", lambda match: self.spans[int(match[1])], text)
        return text


def render_restructuredtext(text: str) -> str:
    """Return the plain text of reStructuredText."""
    code = _Verbatim()
    targets = {target.strip("`").lower() for target in re.findall(r"(?m)^\s*\.\. _([^:\n]+):", text)}
    named: dict[str, str] = dict(re.findall(r"(?m)^\s*\.\. \|([^|\n]+)\| replace:: *(.+)$", text))
    text = RST_DIRECTIVE.sub("", text)
    text = re.sub(r"``(.+?)``(?!`)", lambda match: code.keep(match[1]), text, flags=re.DOTALL)
    text = re.sub(r"\\(\s)", "", text)
    text = re.sub(r"\\(.)", lambda match: code.keep(match[1]), text)
    text = show_numbered_roles(text)
    text = RST_ROLE.sub(lambda match: code.keep(_show_role(match)), text)
    text = re.sub(r"`([^`]+?)\s*<[^>`]+>`_{1,2}", lambda match: match[1], text)
    text = re.sub(r"`([^`]+)`_{1,2}", r"\1", text)
    text = re.sub(r"(?<!`)`([^`]+)`(?!`)", lambda match: code.keep(_shorten(match[1])), text)
    text = re.sub(
        r"(?<![\w|])\|([A-Za-z][^|\n]*)\|_{0,2}(?![\w|])", lambda match: named.get(match[1]) or match[1], text
    )
    text = re.sub(rf"{BEFORE}\*\*(?!\s)(.+?)(?<!\s)\*\*{AFTER}", r"\1", text, flags=re.DOTALL)
    text = re.sub(rf"{BEFORE}(?<!\*)\*(?![\s*])(.+?)(?<![\s*])\*{AFTER}(?!\*)", r"\1", text, flags=re.DOTALL)
    text = re.sub(r"(?<![\w`])([A-Za-z][\w.-]*?)_\b(?!\w)", lambda match: _show_reference(match, targets), text)
    return code.restore(text)


def _show_reference(match: re.Match[str], targets: set[str]) -> str:
    return match[1] if match[1].lower() in targets else match[0]


def _show_role(match: re.Match[str]) -> str:
    """Return what Sphinx shows of a role: its title, the last name of `~a.b.c`."""
    content = match[2]
    if titled := re.fullmatch(r"(.+?)\s*<[^<>]+>", content, re.DOTALL):
        return titled[1]
    return _shorten(content)


def show_numbered_roles(text: str) -> str:
    """Return a text with what Sphinx shows of roles that name a number: `RFC 9110 Section 5`, `#12`."""
    return NUMBERED_ROLE.sub(
        lambda match: f"{ROLE_PREFIXES[match[1].lower()]}{match[2]}" + (f" Section {match[3]}" if match[3] else ""),
        text,
    )


def _shorten(target: str) -> str:
    """Return the last name of `~a.b.c`, and any other target without the mark that keeps it from being a link."""
    return target.lstrip("~.").rpartition(".")[2] if target.startswith("~") else target.removeprefix("!")


def render_asciidoc(text: str) -> str:
    """Return the plain text of AsciiDoc."""
    code = _Verbatim()
    text = re.sub(r"(?m)^(?:NOTE|TIP|WARNING|IMPORTANT|CAUTION): ", "", text)
    text = re.sub(r"`\+(.+?)\+`", lambda match: code.keep(match[1]), text)
    text = re.sub(r"(?<!\w)``(.+?)``(?!\w)|(?<!\w)`(?!\s)([^`\n]+?)(?<!\s)`(?!\w)", _keep_either(code), text)
    text = re.sub(r"(?<!\w)\+\+\+(.+?)\+\+\+(?!\w)|(?<!\w)\+(?!\s)([^+\n]+?)(?<!\s)\+(?!\w)", _keep_either(code), text)
    text = re.sub(r"(?:link:|xref:|mailto:|(?=https?://))[^\s\[\]]*\[([^\]]*?)(?:,window=\w+)?\^?\]", r"\1", text)
    text = re.sub(r"<<[^,<>]+,([^<>]+)>>", r"\1", text)
    text = re.sub(r"\b(?:kbd|btn|menu|image|footnote):\S*?\[([^\]]*)\]", r"\1", text)
    for mark in ("**", "__", "##"):
        text = re.sub(rf"{re.escape(mark)}(?!\s)(.+?)(?<!\s){re.escape(mark)}", r"\1", text)
    for mark in ("*", "_", "#"):
        sign = re.escape(mark)
        text = re.sub(rf"(?<![\w{sign}]){sign}(?![\s{sign}])(.+?)(?<![\s{sign}]){sign}(?![\w{sign}])", r"\1", text)
    return html.unescape(code.restore(text))


def _keep_either(code: _Verbatim) -> Callable[[re.Match[str]], str]:
    return lambda match: code.keep(match[1] or match[2])


def list_renderings(text: str, name: str = "") -> list[str]:
    """Return the plain texts that a source may be shown as, normalized.

    Args:
        text: the source.
        name: path of its file; by its ending one markup is known. Messages and lines of diffs may be in any.
    """
    renderers: list[Callable[[str], str]]
    ending = name.lower().rpartition(".")[2] if "." in name else ""
    if ending in {"md", "markdown", "mdx", "qmd"}:
        renderers = [render_markdown_source]
    elif ending in {"rst", "rest"}:
        renderers = [render_restructuredtext]
    elif ending in {"adoc", "asciidoc"}:
        renderers = [render_asciidoc]
    else:
        renderers = [str, render_markdown_source, *([render_restructuredtext] if RST_SIGN.search(text) else [])]
    return list(dict.fromkeys(normalize(render(text)) for render in renderers))


def list_diff_renderings(lines: str, name: str = "") -> list[str]:
    """Return the plain texts of lines of a diff: of a comment, also without its leader."""
    return [*list_renderings(lines, name), *list_renderings(COMMENT_LEADER.sub(" ", lines), name)]


def is_shown_in(printed: str, renderings: list[str]) -> bool:
    """Return True if printed Markdown, rendered, is a span of one of the renderings; its final period may be ours."""
    shown = normalize(render_markdown(printed))
    return any(shown in text or shown.rstrip(".,") in text for text in renderings)
