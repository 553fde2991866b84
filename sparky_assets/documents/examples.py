"""Examples that came with a change: code blocks of documentation that it added, and a test. Pure.

An example is printed as its lines are. It is about its change if it holds a name of the title, or two of its words.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from sparky_assets.documents.models import CodeExample, ParsedDocument, SourceText
from sparky_assets.documents.similarity import find_content_stems
from sparky_assets.text.clean import contains_invisible
from sparky_assets.text.redact import contains_secret, find_address, find_mentions

MAX_EXAMPLE_LINES = 8

MIN_SHARED_WORDS = 2

MAX_DIRECTIVES = 20

_DIRECTIVE = re.compile(
    r"(?m)^(?P<indent> *)\.\. (?:code-block|code|sourcecode|prompt)::[ \t]*(?P<language>[\w+-]*)[ \t]*$"
)

_OPTION = re.compile(r"\s*:[\w-]+:")

_NAME = re.compile(r"`([^`\n]{2,60})`|(?<![\w-])(--?[A-Za-z][\w-]+)|\b([A-Za-z]\w*(?:[-_.:]+\w+)+|[a-z]+[A-Z]\w+)\b")

_COMMAND_LANGUAGES = frozenset({"bash", "console", "sh", "shell", "shell-session", "zsh"})

_LANGUAGES = {
    ".py": "python", ".rs": "rust", ".js": "js", ".mjs": "js", ".jsx": "jsx", ".ts": "ts", ".tsx": "tsx", ".go": "go",
    ".test": "jq",
}  # fmt: skip


def find_added_example(document: ParsedDocument, title: str) -> CodeExample | None:
    """Return the example of documentation or a test that came with a change, if it is about the change.

    Args:
        document: lines of documentation, or a test.
        title: the title of the change.
    """
    examples = list(_list_examples(document))
    if len(examples) > 1:
        # Of two blocks one may be how it was before: `this code … will be changed to`. Commands are how to use it.
        examples = [example for example in examples if example.language.lower() in _COMMAND_LANGUAGES]
    return next((example for example in examples if _may_be_printed(example, document, title)), None)


def is_printable(example: CodeExample) -> bool:
    """Return whether the lines of an example hold no secret, address or mention, and nothing that no reader sees."""
    text = "\n".join(example.lines)
    is_hidden = contains_secret(text) or contains_invisible(" ".join(text.split()))
    return not (is_hidden or find_address(text) is not None or next(find_mentions(text), None) is not None)


def locate_lines(source: SourceText, example: CodeExample) -> str | None:
    """Return the page of the file of a source text, at the lines of an example in it; None without a page."""
    if not source.url or "#" not in source.url:
        return source.url
    first = source.first_line + source.text.count("\n", 0, example.start)
    last = first + source.text.count("\n", example.start, example.end)
    return f"{source.url.partition('#')[0]}#L{first}-L{last}"


def _may_be_printed(example: CodeExample, document: ParsedDocument, title: str) -> bool:
    if not 0 < len(example.lines) <= MAX_EXAMPLE_LINES or not is_printable(example):
        return False
    return shows_title(example, title, document.source.heading)


def shows_title(example: CodeExample, title: str, heading: str = "") -> bool:
    """Return whether an example holds a name of a title, or with the heading above it two of its words."""
    text = "\n".join(example.lines)
    names = [name for groups in _NAME.findall(title) for name in groups if name]
    if any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) for name in names):
        return True
    words = f"{text} {heading}".replace("_", " ")
    return len(find_content_stems(words) & find_content_stems(title)) >= MIN_SHARED_WORDS


def _list_examples(document: ParsedDocument) -> Iterator[CodeExample]:
    source = document.source
    suffix = PurePosixPath(source.path or "").suffix.lower()
    if source.kind == "test":
        lines = tuple(source.text.split("\n"))
        language = _LANGUAGES.get(suffix, "")
        yield CodeExample(language=language, lines=lines, source=source.key, start=0, end=len(source.text))
    elif source.kind == "documentation" and suffix == ".rst":
        yield from _list_directives(document)
    elif source.kind == "documentation" and all(example.language for example in document.examples):
        # Without a language the mark may close a block that begins above the added lines.
        yield from document.examples


def _list_directives(document: ParsedDocument) -> Iterator[CodeExample]:
    """Yield the code blocks of reStructuredText, without their indentation."""
    text = document.source.text
    for match in list(_DIRECTIVE.finditer(text))[:MAX_DIRECTIVES]:
        lines: list[str] = []
        start = end = position = match.end() + 1
        for line in text[match.end() + 1 :].split("\n"):
            is_inside = not line.strip() or len(line) - len(line.lstrip()) > len(match["indent"])
            if not is_inside or len(lines) > MAX_EXAMPLE_LINES:
                break
            if line.strip() and not (not lines and _OPTION.match(line)):
                start = start if lines else position
                end = position + len(line)
                lines.append(line)
            elif lines:
                lines.append(line)
            position += len(line) + 1
        while lines and not lines[-1].strip():
            lines.pop()
        if lines:
            indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
            shown = tuple(line[indent:] for line in lines)
            yield CodeExample(language=match["language"], lines=shown, source=document.source.key, start=start, end=end)
