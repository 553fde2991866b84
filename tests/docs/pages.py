"""What a reader may copy out of README and docs: commands, settings and links."""

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
    """One simple command: its words, and what `NAME=value` stood before or was exported."""

    words: tuple[str, ...]
    variables: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((*self.variables, *self.words))


def blocks(text: str, *languages: str) -> Iterator[str]:
    """The fenced blocks of some languages, without their indentation."""
    for block in BLOCK.finditer(text):
        if block["language"] in languages:
            yield "\n".join(line.removeprefix(block["indent"]) for line in block["text"].splitlines())


def commands(text: str) -> list[Command]:
    """Every command of a page's shell blocks, in order. In a `console` block they begin with `$ `."""
    found: list[Command] = []
    for block in BLOCK.finditer(text):
        if block["language"] in SHELLS:
            lines = "\n".join(line.removeprefix(block["indent"]) for line in block["text"].splitlines())
            if block["language"] == "console":
                lines = "\n".join(line[2:] for line in lines.splitlines() if line.startswith("$ "))
            found += simple_commands(lines)
    return found


def simple_commands(script: str) -> Iterator[Command]:
    """The commands of a script, split as a shell would; what runs them (`uv run`) and what installs it is left out.

    A document in the script (`<<EOF`) belongs to its command and is not read.
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
    """One command without `export`, its assignments and `uv run`."""
    words = words[words[0] == "export" :]
    count = next((number for number, word in enumerate(words) if not re.match(r"[A-Z_]+=", word)), len(words))
    variables, words = words[:count], words[count:]
    if words[:2] == ["uv", "run"]:
        words = words[2:]
        while words and words[0].startswith("--"):
            words = words[2:] if words[0] in {"--group", "--with"} else words[1:]
    if ">" in words:  # where it is written to is the shell's business
        words = words[: words.index(">")]
    return Command(tuple(words), tuple(variables))


def spans(text: str) -> Iterator[str]:
    """Code inside of sentences."""
    yield from re.findall(r"(?<!`)`([^`\n]+)`(?!`)", BLOCK.sub("", text))
