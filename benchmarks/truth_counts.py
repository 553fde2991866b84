"""Numbers and days of printed texts, counted with plain git for `benchmarks.truth`. Shares no code with the product.

A commit counts at the committer date of the first-parent commit that brought it. A change is a merged pull request, or
a commit that no pull request brought. People are authors and co-authors: equal full names, addresses and GitHub
accounts are one person; bots and coding assistants are none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property

from benchmarks.truth_clones import CO_AUTHOR, Clone, PlainCommit, read_pull_request

NUMBER_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty""".split()  # noqa: SIM905 - a list of twenty strings takes twenty lines
WORDS_AS_NUMBERS = {word: number for number, word in enumerate(NUMBER_WORDS)} | {"no": 0, "a": 1}
NUMBER = r"(\d[\d,]*|" + "|".join(WORDS_AS_NUMBERS) + ")"
MONTHS = """January February March April May June July August September October November December""".split()  # noqa: SIM905
BOT_NAME = re.compile(
    r"\[bot\]$|[ _-]bot$|(?-i:[a-z]Bot$)|^bot$|^(dependabot|renovate|github.actions?|k8s-ci-robot|pre-commit-ci)\b|"
    r"^(jenkins|actions-user|unknown)$|[ -](automation|machine|agent)$",
    re.IGNORECASE,
)
ASSISTANT = re.compile(
    r"^(copilot|cursor( agent)?|codex|aider|amp|devin(-ai| ai)?|gemini|windsurf|openhands|jules|gpt)\b|"
    r"^claude(?=$|[ -](?:code|opus|sonnet|haiku|fable|\d|\())",
    re.IGNORECASE,
)
ASSISTANT_ADDRESS = re.compile(
    r"^no-?reply@(anthropic\.com|cursor\.com|ampcode\.com|openai\.com|aider\.chat|devin\.ai|cognition\.ai|openhands\.dev)$"
)
VERSION_TAG = re.compile(
    r"(?i)^(?:@?[\w./-]+?[-@/_])?(?:v|v\.|rel_|release[-_/]?)?\d+(?:[._]\d+)*(?:[-._+]?[a-z0-9][\w.+-]*)?$"
)
EARLY_VERSION = re.compile(
    r"(?i)\d[-._]?(?:[abm][-._]?\d+|(?:rc|alpha|beta|pre|preview|dev|next|prototype|canary|nightly|insiders)[-._]?\d*)(?:[.+-]\w+)*$|nightly|prototype"
)
NOREPLY = re.compile(r"^(?:\d+\+)?([^@]+)@users\.noreply\.github\.com$", re.IGNORECASE)

CALENDAR = re.compile(
    r"!\[[\dW-]+: (\d[\d,]*) commits? on (\d+) of (\d+) days"
    r"(?:, most on (?P<month>[A-Z][a-z]+) (?P<day>\d+)(?:[^(]*)\((\d[\d,]*)\))?"
)
LAST_LINE = {
    "pull requests": re.compile(rf"\b{NUMBER} pull requests? merged", re.IGNORECASE),
    "other changes": re.compile(rf"\b{NUMBER} (?:other )?changes?\b(?! by people)", re.IGNORECASE),
    "releases": re.compile(rf"\b{NUMBER} releases?\b", re.IGNORECASE),
    "pre-releases": re.compile(rf"\b{NUMBER} pre-releases?\b", re.IGNORECASE),
    "people": re.compile(rf"\b{NUMBER} (?:people|person)\b", re.IGNORECASE),
}
LINE_END = re.compile(
    rf"^{NUMBER} (?:pull requests? merged|(?:other )?changes?|(?:pre-)?releases?|people|person)\b", re.I
)
BEFORE = re.compile(r"; [^;]* before\b")
"""What the last line says about the period before."""
FIRSTS = re.compile(rf"{NUMBER} people made their first commit", re.IGNORECASE)
UPDATES = re.compile(rf" made {NUMBER} updates? of dependencies")
LANDED = re.compile(
    rf"\]\((\S+?)\)[^\[\]]{{0,80}}? (?:followed|came before it|landed) on ((?:{'|'.join(MONTHS)}) \d{{1,2}})\b"
)
NO_RELEASE = re.compile(r"\bis in no release yet\b")


@dataclass(frozen=True)
class CheckResult:
    """One recomputed value: its kind, whether the text agrees (None if it cannot be judged), and both values."""

    kind: str
    ok: bool | None
    detail: str


@dataclass(frozen=True)
class WindowCounts:
    """Counts of plain git for a window of some clones."""

    clones: Sequence[Clone]
    window: tuple[datetime, datetime]

    @cached_property
    def landed(self) -> dict[str, tuple[Clone, PlainCommit, PlainCommit]]:
        """Commits that reached a default branch in the window: by sha, with the first-parent commit that brought it."""
        found: dict[str, tuple[Clone, PlainCommit, PlainCommit]] = {}
        for clone in self.clones:
            for head in clone.commits_landed(*self.window):
                for commit in (head, *clone.list_brought(head)):
                    found.setdefault(commit.sha, (clone, commit, head))
        return found

    @cached_property
    def merged(self) -> set[tuple[str, int]]:
        """Pull requests that first-parent commits name."""
        heads = {head.sha: (clone, head) for clone, _, head in self.landed.values()}
        numbered = ((clone.name, read_pull_request(head)) for clone, head in heads.values())
        return {(name, number) for name, number in numbered if number is not None}

    @cached_property
    def pushed(self) -> list[PlainCommit]:
        """Commits that no pull request brought, without merges and empty messages."""
        return [
            commit
            for _, commit, head in self.landed.values()
            if len(commit.parents) < 2 and commit.message and read_pull_request(head) is None
        ]

    @cached_property
    def commits(self) -> list[tuple[PlainCommit, datetime]]:
        """Commits that are no merge, with the time at which they landed."""
        return [
            (commit, datetime.fromtimestamp(head.committed_at, UTC))
            for _, commit, head in self.landed.values()
            if len(commit.parents) < 2
        ]

    @cached_property
    def people(self) -> range:
        """How many people may have written the commits of the window, by what joins names of one word."""
        return count_people([commit for commit, _ in self.commits])

    def count_tags(self, *, early: bool) -> int:
        """Return how many versions have a tag of the window; `v4` beside `v4.0.1`, and `v1.0` beside `1.0`, are one."""
        start, end = self.window
        versions = {
            (clone.name, clone.tags[tag], tag.lower().removeprefix("v"))
            for clone in self.clones
            for tag, at in clone.tag_times.items()
            if start.timestamp() <= at < end.timestamp()
            and VERSION_TAG.fullmatch(tag)
            and not re.search(r"[._-]dev\.?0?$", tag)  # where development begins
            and bool(EARLY_VERSION.search(tag)) == early
            and not any(other.startswith(f"{tag}.") and sha == clone.tags[tag] for other, sha in clone.tags.items())
            and not is_build(clone, tag)
        }
        return len(versions)


def count_people(commits: Sequence[PlainCommit], *, co_authors: bool = True) -> range:
    """Return how many people may have written commits: names of one word may each be one person, or several."""
    least, most = (
        len(group_people(commits, co_authors=co_authors, joins_single_words=joins)) for joins in (True, False)
    )
    return range(least, most + 1)


def group_people(
    commits: Sequence[PlainCommit], *, co_authors: bool = True, joins_single_words: bool = False
) -> set[str]:
    """Return one key of each author of commits, and on demand of each co-author.

    A full name, an address and an account join. Two people with different addresses may both be called Jp, or be one:
    names of a single word are joined on demand only, so that a true number lies between both counts.
    """
    parents: dict[str, str] = {}

    def find(key: str) -> str:
        while parents.setdefault(key, key) != key:
            key = parents[key]
        return key

    addressed: set[str] = set()
    addresses = {commit.author_email for commit in commits}
    addresses |= {match[2] for commit in commits if co_authors for match in CO_AUTHOR.finditer(commit.message)}
    accounts = {match[1].lower() for address in addresses if (match := NOREPLY.match(address))}
    for commit in commits:
        pairs = [(commit.author, commit.author_email)]
        if co_authors:
            pairs += [(match[1], match[2]) for match in CO_AUTHOR.finditer(commit.message)]
        for name, address in pairs:
            if is_no_person(name, address):
                continue
            keys = [f"address:{address.lower()}"] if address else [f"name:{name.lower()}"]
            folded = " ".join(re.sub(r"\([^()]*\)|[\U0001f000-\U0001ffff]", "", name).casefold().split())
            is_full_name = len(folded.split()) > 1 and sum(map(str.isalpha, folded)) >= 5
            if is_full_name or joins_single_words:
                keys.append(f"name:{folded}")
            if folded in accounts and (joins_single_words or not folded.isalpha()):
                keys.append(f"account:{folded}")
            if account := NOREPLY.match(address):
                keys.append(f"account:{account[1].lower()}")
            roots = sorted({find(key) for key in keys})
            for root in roots[1:]:
                parents[root] = roots[0]
            addressed.add(keys[0])
    return {find(key) for key in addressed}


def is_no_person(name: str, address: str) -> bool:
    """Return True for bots, coding assistants, GitHub's own account, and authors without a name."""
    return (
        not any(map(str.isalnum, name))
        or bool(BOT_NAME.search(name))
        or "[bot]@" in address
        or address.lower().startswith(("noreply@", "no-reply@"))
        or name == "GitHub"
        or bool(ASSISTANT.search(name))
        or bool(ASSISTANT_ADDRESS.search(address.lower()))
    )


def to_number(word: str) -> int:
    """Return the value of a number in digits or words; -1 for any other word."""
    word = word.lower().replace(",", "")
    return int(word) if word.isdigit() else WORDS_AS_NUMBERS.get(word, -1)


def check_numbers(body: str, counts: WindowCounts) -> Iterator[CheckResult]:
    """Yield the numbers and days of a text, recomputed."""
    yield from _check_last_line(body, counts)
    yield from _check_calendar(body, counts)
    yield from _check_days(body, counts)
    for match in FIRSTS.finditer(body):
        line = body[match.end() :].partition("\n")[0]
        named = len(re.findall(r"\]\(\S+\)", line))
        more = re.search(r"and (\d+) more", line)
        total = named + (int(more[1]) if more else 0)
        yield CheckResult(
            "numbers", None if not named else to_number(match[1]) == total, f"{match[0]!r}, {total} named"
        )
    for match in UPDATES.finditer(body):
        updates = sum(bool(BOT_NAME.search(commit.author)) for commit in counts.pushed) + sum(
            bool(BOT_NAME.search(commit.author)) and read_pull_request(head) is not None
            for _, commit, head in counts.landed.values()
            if len(commit.parents) < 2
        )
        yield CheckResult("numbers", to_number(match[1]) <= updates, f"{match[0]!r}, {updates} commits by bots")


def _check_last_line(body: str, counts: WindowCounts) -> Iterator[CheckResult]:
    line = next((line for line in reversed(body.splitlines()) if LINE_END.match(line)), None)
    # A post of a headline alone, `Two releases.`, has no such line.
    if line is None or not re.search(r"\b(?:people|person)\b", line):
        return
    now = BEFORE.sub("", line).partition(". ")[0]
    right: dict[str, int | range] = {
        "pull requests": len(counts.merged),
        "other changes": len(counts.pushed),
        "releases": counts.count_tags(early=False),
        "pre-releases": counts.count_tags(early=True),
        "people": counts.people,
    }
    for kind, pattern in LAST_LINE.items():
        match = pattern.search(now)
        # What the line leaves out is none.
        printed = to_number(match[1]) if match else 0
        counted = right[kind]
        ok = printed in counted if isinstance(counted, range) else printed == counted
        yield CheckResult("numbers", ok, f"{line!r}: {kind} {printed}, counted {counted}")


def _check_calendar(body: str, counts: WindowCounts) -> Iterator[CheckResult]:
    by_day: dict[date, int] = {}
    for _, at in counts.commits:
        by_day[at.date()] = by_day.get(at.date(), 0) + 1
    days = (counts.window[1] - counts.window[0]).days
    for match in CALENDAR.finditer(body):
        printed = (to_number(match[1]), int(match[2]), int(match[3]))
        right = (sum(by_day.values()), len(by_day), days)
        ok = printed == right
        if match["day"]:
            day = next(
                (day for day in by_day if day.day == int(match["day"]) and MONTHS[day.month - 1] == match["month"]),
                None,
            )
            ok = ok and day is not None and by_day[day] == to_number(match[6]) == max(by_day.values())
        yield CheckResult("numbers", ok, f"{match[0]!r}, counted {right}")


def _check_days(body: str, counts: WindowCounts) -> Iterator[CheckResult]:
    for match in LANDED.finditer(body):
        days = set()
        for clone, commit, head in counts.landed.values():
            number = read_pull_request(head)
            if match[1].endswith((commit.sha, f"/{number}")) and f"/{clone.name}/" in match[1]:
                at = datetime.fromtimestamp(head.committed_at, UTC)
                days.add(f"{MONTHS[at.month - 1]} {at.day}")
        yield CheckResult("days", match[2] in days if days else None, f"{match[0]!r}, landed on {sorted(days)}")


MAX_BUILD_COMMITS = 30
"""Commits since the number before below which a whole number without a dot is a deployment and no version."""


def is_build(clone: Clone, tag: str) -> bool:
    """Return whether a tag numbers a deployment: `v1632` a few commits after `v1631`, and no version as `v257`."""
    match = re.fullmatch(r"(?P<before>(?:[A-Za-z]+[-_/]?)?)(?P<number>\d+)", tag)
    if match is None:
        return False
    number = int(match["number"])
    earlier = [f"{match['before']}{number - step}" for step in (1, 2, 3)]
    before = next((other for other in earlier if other in clone.tags), None)
    if before is None:
        return False
    return int(clone.git("rev-list", "--count", f"{clone.tags[before]}..{clone.tags[tag]}").strip()) < MAX_BUILD_COMMITS
