"""Commands, settings and links that a reader may copy from README and docs."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w+)[^\n]*\n(?P<text>.*?)^(?P=indent)```", re.DOTALL | re.MULTILINE)
SHELLS = {"sh", "bash", "shell", "console"}


@dataclass(frozen=True)
class Command:
    """One simple command: its words, and the variables that were set before it."""

    words: tuple[str, ...]
    variables: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((*self.variables, *self.words))


def blocks(text: str, *languages: str) -> Iterator[str]:
    """Return the fenced blocks of some languages, without indentation."""
    for block in BLOCK.finditer(text):
        if block["language"] in languages:
            yield "\n".join(line.removeprefix(block["indent"]) for line in block["text"].splitlines())


def commands(text: str) -> list[Command]:
    """Return every command of a page's shell blocks, in order. In a `console` block commands begin with `$ `."""
    found: list[Command] = []
    for block in BLOCK.finditer(text):
        if block["language"] in SHELLS:
            lines = "\n".join(line.removeprefix(block["indent"]) for line in block["text"].splitlines())
            if block["language"] == "console":
                lines = "\n".join(line[2:] for line in lines.splitlines() if line.startswith("$ "))
            found += simple_commands(lines)
    return found


def simple_commands(script: str) -> Iterator[Command]:
    """Split a script into commands as a shell does, without runners (`uv run`) and installers.

    A here document (`<<EOF`) belongs to its command and is not read.
    """
    script = re.sub(r"<<-?\s*'?(\w+)'?(.*?)\n.*?\n\1", r"\2", script.replace("\\\n", " "), flags=re.DOTALL)
    for line in script.splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars="&|;")
        words.whitespace_split, words.commenters = True, "#"
        given: list[str] = []
        for word in [*words, ";"]:
            if set(word) <= set("&|;"):
                if given:
                    yield simple(given)
                given = []
            else:
                given.append(word)


def simple(words: list[str]) -> Command:
    """Return one command without `export`, its assignments and `uv run`."""
    words = words[words[0] == "export" :]
    count = next((number for number, word in enumerate(words) if not re.match(r"[A-Z_]+=", word)), len(words))
    variables, words = words[:count], words[count:]
    if words[:2] == ["uv", "run"]:
        words = words[2:]
        while words and words[0].startswith("--"):
            words = words[2:] if words[0] in {"--group", "--with"} else words[1:]
    if ">" in words:  # redirections are the shell's part
        words = words[: words.index(">")]
    return Command(tuple(words), tuple(variables))


def spans(text: str) -> Iterator[str]:
    """Return the inline code of sentences."""
    yield from re.findall(r"(?<!`)`([^`\n]+)`(?!`)", BLOCK.sub("", text))
