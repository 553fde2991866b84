"""A generated organisation: its events, second by second, which a collection must equal.

Pure and seeded. It knows nothing of GraphQL; `github_schema.py` renders it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

DAY = 86400


@dataclass(slots=True)
class User:
    """An account. `kind` is its GraphQL type; `emails` are those that git may hold."""

    id: int
    login: str
    name: str
    emails: tuple[str, ...]
    kind: str = "User"


@dataclass(slots=True)
class Commit:
    """A commit; `landed` is when a push brought it to the default branch, hours or days after its date."""

    oid: str
    committed: int
    authored: int
    landed: int
    author: User
    email: str
    message: str
    additions: int
    deletions: int
    files: int
    parents: tuple[str, ...]
    is_linked: bool = True
    has_statistics: bool = True
    checks: str | None = None
    tree: dict[str, bytes] = field(default_factory=dict)
    """The files at the commit, by path, as far as something asks for them."""


@dataclass(slots=True)
class Item:
    """A pull request or an issue, what happened to it (kind, when, who), and its reviews (id, when, state, who)."""

    id: str
    is_pull_request: bool
    number: int
    title: str
    created: int
    author: User | None
    events: list[tuple[str, int, User | None]] = field(default_factory=list)
    reviews: list[tuple[str, int, str, User | None]] = field(default_factory=list)
    comments: list[tuple[int, User | None]] = field(default_factory=list)
    moved: int = 0
    additions: int = 0
    opened_as_draft: bool = False
    checks: str | None = "SUCCESS"
    closes: list[dict[str, Any]] = field(default_factory=list)
    paths: tuple[str, ...] = ("src/tool.py", "tests/test_tool.py")
    changed_files: int = 0
    """How many files it changed, if more than there are paths."""
    merge_commit: str = "f" * 40
    base: str = "main"
    body: str | None = None

    def is_open(self, at: int) -> bool:
        """Return whether it is open right after an instant."""
        told = [kind for kind, when, _ in self.events if when <= at and kind in {"closed", "merged", "reopened"}]
        return self.created <= at and (not told or told[-1] == "reopened")

    def is_draft(self, at: int) -> bool:
        """Return whether it is a draft right after an instant."""
        turns = {"ready_for_review": False, "converted_to_draft": True}
        told = [turns[kind] for kind, when, _ in self.events if when <= at and kind in turns]
        return told[-1] if told else self.opened_as_draft

    def updated(self, now: int) -> int:
        """Its updatedAt at an instant."""
        times = [at for _, at, _ in self.events] + [at for _, at, _, _ in self.reviews]
        times += [at for at, _ in self.comments]
        return max([self.created, self.moved, *(at for at in times if at <= now)])

    def first_response(self, now: int) -> tuple[int, str] | None:
        """When a person other than its author first answered, and how; None where that is unknown or has not been.

        GitHub is asked for the first five comments. What comes after them is unknown.
        """
        if self.author and self.author.kind == "Bot":
            return None
        comments = sorted((one for one in self.comments if one[0] <= now), key=lambda one: one[0])
        answers = [(at, "comment", who) for at, who in comments[:5]]
        answers += [(at, "review", who) for _, at, state, who in self.reviews if at <= now and state != "PENDING"]
        last = comments[4][0] if len(comments) > 5 else now
        for at, kind, who in sorted(answers, key=lambda one: one[:2]):
            is_person = who is not None and who.kind != "Bot"
            is_other = self.author is None or (who is not None and who.id != self.author.id)
            if at <= last and is_person and is_other and not self.is_draft(at):
                return at, kind
        return None


@dataclass(slots=True)
class Release:
    """A release; created as a draft, published later."""

    id: str
    tag: str
    created: int
    published: int | None
    author: User | None
    text: str | None = "Reads files twice as fast."
    commit: str = "e" * 40
    message: str | None = None
    """The message of its tag; None if the tag is lightweight."""
    commit_message: str = "Work"
    files: dict[str, bytes] = field(default_factory=dict)
    """The files at its tag, by path."""
    links: frozenset[str] = frozenset()
    """The files that are symbolic links."""
    is_tag_deleted: bool = False


@dataclass(slots=True)
class Deployment:
    """A deployment, and its statuses (state, when)."""

    id: str
    created: int
    environment: str
    commit: str
    author: User | None
    statuses: list[tuple[str, int]] = field(default_factory=list)


@dataclass(slots=True)
class Discussion:
    """A discussion."""

    id: str
    number: int
    created: int
    author: User | None
    title: str = "Where to go"
    body: str = "Write to ada@example.com."
    category: str = "Announcements"


@dataclass
class Repo:
    """A repository."""

    id: str
    number: int
    owner: str
    name: str
    created: int
    visibility: str = "PUBLIC"
    is_archived: bool = False
    is_disabled: bool = False
    parent: "Repo | None" = None
    commits: list[Commit] = field(default_factory=list)
    pull_requests: list[Item] = field(default_factory=list)
    issues: list[Item] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    discussions: list[Discussion] = field(default_factory=list)
    mailmap: str | None = None
    description: str | None = None
    is_forbidden: bool = False
    is_gone: bool = False
    other_branches: list[list[Commit]] = field(default_factory=list)
    earlier_branches: list[list[Commit]] = field(default_factory=list)

    def rewrite(self, commits: list[Commit]) -> None:
        """Force other commits onto the default branch; the commits of before can still be named by their sha."""
        self.earlier_branches.append(self.commits)
        self.commits = commits

    def ancestors(self, oid: str) -> list[Commit] | None:
        """A commit of the default branch of now or before, and all that landed before it; None if there is none."""
        for commits in [self.commits, *reversed(self.earlier_branches)]:
            for number, one in enumerate(commits):
                if one.oid == oid:
                    return commits[: number + 1]
        return None

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    def history(self, now: int) -> list[Commit]:
        """Return the commits of the default branch at an instant, newest landing first."""
        return [one for one in reversed(self.commits) if one.landed <= now]


@dataclass
class World:
    """An owner with its repositories as of `now`."""

    owner: str
    kind: str
    now: int
    repositories: list[Repo]
    others: list[Repo]
    users: list[User]
    refused: frozenset[str] = frozenset()
    """Fields for which the token has no permission."""
    text_limit: int = 512_000
    """Bytes of a file that GitHub shows; the text of a larger one is cut."""

    @cached_property
    def by_id(self) -> dict[str, Repo]:
        """All repositories, also those of other owners."""
        return {one.id: one for one in self.repositories + self.others}

    @cached_property
    def _releases(self) -> dict[str, tuple[Repo, Release]]:
        return {release.id: (repo, release) for repo in self.repositories for release in repo.releases}

    @cached_property
    def _recent_items(self) -> dict[str, tuple[Repo, Deployment | Discussion]]:
        found: dict[str, tuple[Repo, Deployment | Discussion]] = {}
        for repo in self.repositories:
            found |= {one.id: (repo, one) for one in repo.deployments}
            found |= {one.id: (repo, one) for one in repo.discussions}
        return found

    def find_release(self, key: str) -> Release | None:
        """Return a release by its id; None when there is none, or its repository is gone."""
        repo, release = self._releases.get(key, (None, None))
        return None if repo is None or repo.is_gone else release

    def find_recent_item(self, key: str) -> Deployment | Discussion | None:
        """Return a deployment or discussion by its id; None when there is none, or its repository is gone."""
        repo, item = self._recent_items.get(key, (None, None))
        return None if repo is None or repo.is_gone else item

    @cached_property
    def items(self) -> dict[str, tuple[Repo, Item]]:
        """All items by id."""
        return {item.id: (one, item) for one in self.repositories for item in one.pull_requests + one.issues}

    def truth(self, start: datetime, end: datetime, *, visible_only: bool = True) -> set[tuple[object, ...]]:
        """Return every event in `[start, end)`, as (kind, repository, what, event, instant)."""
        window = (int(start.timestamp()), int(end.timestamp()))
        found: set[tuple[object, ...]] = set()
        for one in self.repositories:
            if not (visible_only and (one.is_gone or one.is_forbidden)):
                found.update(_happened(one, self.now, window))
        return found

    def open_at(self, end: datetime) -> set[tuple[str, bool, int, bool]]:
        """Return all items open right before an instant, as (repository, is a pull request, number, is a draft)."""
        last = int(end.timestamp()) - 1
        return {
            (one.full_name, item.is_pull_request, item.number, item.is_draft(last))
            for one in self.repositories
            for item in one.pull_requests + one.issues
            if item.is_open(last) and not (one.is_gone or one.is_forbidden)
        }


def _happened(repo: Repo, now: int, window: tuple[int, int]) -> Iterator[tuple[object, ...]]:
    def inside(at: int | None) -> bool:
        return at is not None and window[0] <= at < window[1] and at <= now

    shared = {one.oid for one in repo.parent.commits} if repo.parent else set()
    if not repo.is_disabled:
        for commit in repo.commits:
            if inside(commit.committed) and commit.landed <= now and commit.oid not in shared:
                yield "commit", repo.full_name, commit.oid, "", commit.committed
    for item in repo.pull_requests + repo.issues:
        kind = "pull_request" if item.is_pull_request else "issue"
        if inside(item.created):
            yield kind, repo.full_name, item.number, "opened", item.created
        merged_at = next((at for event, at, _ in item.events if event == "merged"), None)
        for event, at, _ in item.events:
            if inside(at) and not (event == "closed" and merged_at == at):
                yield kind, repo.full_name, item.number, event, at
        for key, at, state, _ in item.reviews:
            if inside(at) and state != "PENDING":
                yield "review", repo.full_name, key, state.lower(), at
        answer = item.first_response(now)
        if answer and inside(answer[0]):
            yield "response", repo.full_name, item.number, answer[1], answer[0]
    for release in repo.releases:
        if inside(release.published):
            yield "release", repo.full_name, release.tag, "", release.published or 0


def day(text: str) -> datetime:
    """Return midnight UTC of a day."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days_before(moment: datetime, count: int) -> datetime:
    """Return the instant so many days earlier."""
    return moment - timedelta(days=count)
