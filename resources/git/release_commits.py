"""What the commits of a release say by their messages: what they name, what breaks, and what landed. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

MAX_MESSAGE_LENGTH = 5_000

MAX_NAMED = 3_000
"""Names that are kept of a release."""

_TRAILING_NUMBERS = re.compile(r"(?:\s{0,3}\(#\d{1,7}\)){1,4}\s*$")

_NUMBER = re.compile(r"\(#(\d{1,7})\)")

_ADVISORY = re.compile(r"\bCVE-\d{4}-\d{4,7}\b|\bGHSA(?:-[23456789cfghjmpqrvwx]{4}){3}\b", re.IGNORECASE)

_NO_FIX = re.compile(r"(?:docs?|tests?|chore|ci|changelog|changes|news)\b", re.IGNORECASE)
"""Beginnings of subjects that speak of an advisory and fix nothing."""

_PICKED = re.compile(r"\(cherry picked from commit ([0-9a-f]{40})\)")

_REVERT = re.compile(r"revert\b", re.IGNORECASE)

REVERTED = re.compile(r"This reverts commit ([0-9a-f]{40})")

_REVERT_SUBJECT = re.compile(r"revert\b:?\s*[\"“]?(?P<subject>.{1,300}?)[\"”]?$", re.IGNORECASE)

_BREAKING_SUBJECT = re.compile(
    r"(?!(?i:tests?|ci|docs?|style)\b)[A-Za-z]{2,20}(?: ?\((?!(?i:tests?|ci|docs?)\))[^()]{1,60}\))?!:\s+\S"
)
"""A subject that its author marked: `feat!: …`, `fix(api)!: …`. `refactor(test)!: …` breaks nothing of a user."""

_BREAKING_FOOTER = re.compile(
    r"^BREAKING[ -]CHANGES?: *(?!(?:none|no|n/?a|nothing)?(?:\W*$|(?<=\w)[,;.:(]))\S", re.MULTILINE | re.IGNORECASE
)
"""`BREAKING CHANGE: nothing, all arguments are optional` breaks nothing."""

_MERGED_REQUEST = re.compile(r"Merge pull request #(?P<number>\d{1,9}) from \S+\n(?P<body>.+)", re.DOTALL)

_COPIES_MERGE = re.compile(
    r"\b(?:cherry[- ]?pick(?:s|ed)?|back[- ]?ports?|picks)\b|^merge commit from fork\b", re.IGNORECASE
)
"""A merge whose own title says nothing: of copies for a release (`Cherry-picks for 2.14.3 (#121)`), or of the private
fork of an advisory. What it brings is what landed."""

_BRINGS_BRANCH = re.compile(
    r"merge (?:pull request #\d{1,9} from [^\s/]{1,60}/|branch ')"
    r"(?:next|dev|develop|development|staging|beta|rc|(?:release|version|hotfix)[\w./-]{0,40}|v?\d[\w.-]{0,30})"
    r"'?(?:\n|$| into )",
    re.IGNORECASE,
)
"""The merge of a branch on which the next version was made: what landed is what it brings, and not `next (#12)`."""

MAX_LANDINGS = 300
"""Commits of a release whose titles are read."""

MAX_BREAKING_COMMITS = 500
"""Breaking commits of a release; with more of them the marks mean something else, and nothing is said."""

PORT_MARK = re.compile(
    r"(?i)^(?:\[PR #\d{1,7}[^\[\]]{0,40}\bback-?port\]|\[?(?:back|forward)[- ]?port[^\]:]{0,40}[\]:])"
    r"\s*(?:\[[\d.x]{1,12}\]\s*)?"
    r"|\s*\((?:#\d+|cherry.picked[^)]*)\)\s*$"
)
"""What a copy has around its subject: `[Backport 7.2] `, ` (#12)`, `[PR #12/1a2b backport][3.14] `."""

_PORTED = re.compile(
    r"(?i)\W{0,2}(?:(?:PR |pull request )?#(?P<first>\d{1,7})[^\[\]\s]{0,20} back-?port\b"
    r"|(?:back-?port|cherry-?pick)(?:ed|ing|s)?(?: of)?(?: PR| pull request)?:? #(?P<second>\d{1,7})\b)"
)
"""A subject that begins with the pull request of which it is a copy: `[PR #12/1a2b backport][3.14] …`."""


class ReleaseCommit(NamedTuple):
    """A commit of a release: its sha, the first line of its message, and the rest of it."""

    sha: str
    subject: str
    body: str


def find_named(messages: Iterable[str]) -> frozenset[str]:
    """Return what the messages of commits name, as `TagContents.named` has it."""
    named: set[str] = set()
    taken_back: set[str] = set()
    for message in messages:
        subject, _, body = message[:MAX_MESSAGE_LENGTH].partition("\n")
        if _REVERT.match(subject):
            taken_back |= {f"#{number}" for number in _NUMBER.findall(subject)}
            taken_back |= {match[1] for match in REVERTED.finditer(body)}
            continue
        if trailing := _TRAILING_NUMBERS.search(subject):
            named |= {f"#{number}" for number in _NUMBER.findall(trailing[0])}
        if ported := _PORTED.match(subject):
            named.add(f"#{ported['first'] or ported['second']}")
        ids = () if _NO_FIX.match(subject) else (match[0] for match in _ADVISORY.finditer(subject))
        named |= {name.upper() if name[:3].upper() == "CVE" else name for name in ids}
        named |= {match[1] for match in _PICKED.finditer(body)}
    return frozenset(sorted(named - taken_back)[:MAX_NAMED])


def find_breaking(commits: Iterable[tuple[str, str]]) -> tuple[ReleaseCommit, ...]:
    """Return the commits that a `!` behind their type or a footer marks as breaking, the newest first.

    What another of them takes back is left out, and what several branches hold is there once.

    Args:
        commits: sha and message of each, the newest first.
    """
    breaking = tuple(
        commit
        for commit in _drop_taken_back(commits)
        if _BREAKING_SUBJECT.match(commit.subject) or _BREAKING_FOOTER.search(commit.body)
    )
    return breaking if len(breaking) <= MAX_BREAKING_COMMITS else ()


def find_landings(tip: str, commits: Mapping[str, tuple[Sequence[str], str]]) -> tuple[ReleaseCommit, ...]:
    """Return the commits from the tip of a release along the first parents, without reverts and what they take back.

    Args:
        tip: sha of the newest commit.
        commits: parents and message by sha; of bots the message is empty. The walk ends at a commit that is not there.
    """
    main_line = list(_walk_first_parents(tip, commits, set()))
    seen = set(main_line)
    landed: list[tuple[str, str]] = []
    for sha in main_line:
        parents, message = commits[sha]
        brings_branch = len(parents) > 1 and bool(_BRINGS_BRANCH.match(message))
        landing = None if brings_branch else _read_landing(sha, commits)
        if landing:
            landed.append(landing)
        elif len(parents) > 1 and (brings_branch or _COPIES_MERGE.search(message.partition("\n")[0])):
            brought = list(_walk_first_parents(parents[1], commits, seen))
            seen.update(brought)
            landed += [own for copy in brought if (own := _read_landing(copy, commits))]
    return tuple(commit for commit in _drop_taken_back(landed[:MAX_LANDINGS]) if commit.subject)


def _walk_first_parents(
    tip: str, commits: Mapping[str, tuple[Sequence[str], str]], excluded: Set[str]
) -> Iterator[str]:
    """Yield the shas from a tip along the first parents, up to one that is excluded or not there."""
    sha = tip
    seen: set[str] = set()
    while sha in commits and sha not in excluded and sha not in seen and len(seen) < MAX_LANDINGS:
        seen.add(sha)
        yield sha
        parents = commits[sha][0]
        sha = parents[0] if parents else ""


def _read_landing(sha: str, commits: Mapping[str, tuple[Sequence[str], str]]) -> tuple[str, str] | None:
    """Return sha and message of a commit, or of the merge of a pull request; None for other merges, and for bots."""
    parents, message = commits[sha]
    if len(parents) < 2:
        return (sha, message) if message else None
    if match := _MERGED_REQUEST.match(message):
        title, _, body = match["body"].strip().partition("\n")
        return sha, f"{title.strip()} (#{match['number']})\n{body}"
    return None


def _drop_taken_back(commits: Iterable[tuple[str, str]]) -> Iterator[ReleaseCommit]:
    """Yield commits once, without reverts and what they take back.

    Args:
        commits: sha and message of each, the newest first.
    """
    seen: set[str] = set()
    taken_back: set[str] = set()
    described: list[frozenset[str]] = []
    for sha, message in commits:
        subject, _, body = message.strip()[:MAX_MESSAGE_LENGTH].partition("\n")
        plain = strip_numbers(subject)
        is_taken_back = not taken_back.isdisjoint((sha, plain))
        if match := _REVERT_SUBJECT.match(_TRAILING_NUMBERS.sub("", subject.strip())):
            # A revert that was itself taken back leaves everything in place.
            if not is_taken_back:
                shas = {match[1] for match in REVERTED.finditer(body)}
                taken_back |= shas | {strip_numbers(match["subject"])}
                words = frozenset(_WORD.findall(strip_numbers(match["subject"])))
                described += [words] if not shas and len(words) >= MIN_DESCRIBING_WORDS else []
        elif named := next((words for words in described if _are_in_subject(words, plain)), None):
            described.remove(named)
        elif not is_taken_back and plain not in seen:
            seen.add(plain)
            yield ReleaseCommit(sha, subject.strip(), body.rstrip())


_WORD = re.compile(r"[a-z][\w.]{2,40}")
MIN_DESCRIBING_WORDS = 3
"""Words with which a revert without a sha describes what it takes back: `Revert remove old runtimes`."""


def _are_in_subject(words: Collection[str], subject: str) -> bool:
    """Return whether a subject has all words, maybe in another form: `Removed … older runtimes`."""
    others = _WORD.findall(subject)
    return all(any(other.startswith(word) or word.startswith(other) for other in others) for word in words)


def strip_numbers(subject: str) -> str:
    """Return a subject as its copies on other branches have it too: without the numbers of pull requests behind it."""
    return _TRAILING_NUMBERS.sub("", PORT_MARK.sub("", subject.strip())).strip(' "”').casefold()
