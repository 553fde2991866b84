"""Read news fragments: an entry with fields in YAML, and those of a version in TOML, which are its notes. Pure."""

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import yaml

from resources.git.notes.places import is_version_fragment
from resources.git.notes.read import NoteFile
from sparky_assets.text.changelogs.cutting import MAX_NOTE_LENGTH

MAX_KIND_LENGTH = 40
"""Characters of the kind that a fragment in YAML names."""


class FragmentEntry(NamedTuple):
    """A fragment that is one entry with fields: its text, and the kind that it names, or nothing."""

    text: str
    kind: str


_TEXT_KEYS, _KIND_KEYS = ("body", "note"), ("kind", "change_type")
"""Keys of the text and of the kind of an entry, as changie and the collector of OpenTelemetry have them."""


def read_yaml_entry(text: str) -> FragmentEntry | None:
    """Return the entry of a fragment in YAML; None for lists of entries, which read as Markdown, and other files."""
    if len(text) > MAX_NOTE_LENGTH:
        return None
    try:
        values = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None  # it is quoted as it is, or not at all
    if not isinstance(values, dict):
        return None
    said = next((values[key] for key in _TEXT_KEYS if isinstance(values.get(key), str)), "")
    kind = next((values[key] for key in _KIND_KEYS if isinstance(values.get(key), str)), "")
    return FragmentEntry(said.strip(), kind.strip()[:MAX_KIND_LENGTH]) if said.strip() else None


_FRAGMENT_HEADINGS: Mapping[str, str] = {
    "highlights": "Highlights", "breaking": "Breaking changes", "removals": "Removed", "removed": "Removed",
    "deprecations": "Deprecated", "deprecated": "Deprecated", "security": "Security", "features": "New features",
    "feature": "New features", "changes": "Changes", "changed": "Changes", "bugfixes": "Fixes", "bugfix": "Fixes",
    "documentation": "Documentation", "dependencies": "Dependencies", "other": "Other", "internal": "Internals",
}  # fmt: skip
"""The heading above the texts of each kind, in the order of the notes."""


def join_fragments(files: Sequence[NoteFile], tag: str) -> str:
    """Return the texts of the fragments of a version below a heading for each kind; empty without any."""
    entries: dict[str, list[str]] = {}
    for file in files:
        if not is_version_fragment(file.path, tag):
            continue
        try:
            fragment = tomllib.loads(file.text)
        except tomllib.TOMLDecodeError:
            continue
        numbers = _read_numbers(fragment)
        for kind, heading in _FRAGMENT_HEADINGS.items():
            if isinstance(text := fragment.get(kind), str) and text.strip():
                entries.setdefault(heading, []).append(_write_entry(text.strip(), numbers))
    headings = dict.fromkeys(_FRAGMENT_HEADINGS.values())
    return "\n\n".join(f"## {name}\n\n" + "\n".join(entries[name]) for name in headings if name in entries)


def _read_numbers(fragment: Mapping[str, Any]) -> str:
    """Return the numbers of the pull requests of a fragment in brackets: ` (#12)`; empty without any."""
    requests = fragment.get("pull_requests")
    named = requests if isinstance(requests, list) else []
    uids = [str(own.get("uid", "")) for own in named if isinstance(own, dict)]
    numbers = ", ".join(f"#{uid}" for uid in uids if uid.isdigit())
    return f" ({numbers})" if numbers else ""


def _write_entry(text: str, numbers: str) -> str:
    """Return the text of a fragment as an item of a list; one that holds a list itself as it is."""
    lines = text.split("\n")
    if any(line.lstrip().startswith(("- ", "* ")) for line in lines):
        return f"\n{text}\n"
    first, *others = lines
    return "\n".join([f"- {first}", *(f"  {line}" if line.strip() else "" for line in others)]) + numbers
