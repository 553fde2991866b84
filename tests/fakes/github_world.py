"""A generated organisation: what happened in it, second by second, and so the truth that a collection must equal.

Pure and seeded. It knows nothing of GraphQL; how it is shown is `github_schema.py`'s business.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

DAY = 86400
BOT_EVERY, GHOST_EVERY = 11, 37


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
    comments: list[int] = field(default_factory=list)
    moved: int = 0
    additions: int = 0
    opened_as_draft: bool = False

    def is_open(self, at: int) -> bool:
        """Whether it is open right after an instant."""
        told = [kind for kind, when, _ in self.events if when <= at and kind in {"closed", "merged", "reopened"}]
        return self.created <= at and (not told or told[-1] == "reopened")

    def is_draft(self, at: int) -> bool:
        """Whether it is a draft right after an instant."""
        turns = {"ready_for_review": False, "converted_to_draft": True}
        told = [turns[kind] for kind, when, _ in self.events if when <= at and kind in turns]
        return told[-1] if told else self.opened_as_draft

    def updated(self, now: int) -> int:
        """Its updatedAt at an instant."""
        times = [at for _, at, _ in self.events] + [at for _, at, _, _ in self.reviews] + self.comments
        return max([self.created, self.moved, *(at for at in times if at <= now)])


@dataclass(slots=True)
class Release:
    """A release; created as a draft, published later."""

    id: str
    tag: str
    created: int
    published: int | None
    author: User | None


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
    mailmap: str | None = None
    is_forbidden: bool = False
    is_gone: bool = False

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    def history(self, now: int) -> list[Commit]:
        """What lies on the default branch at an instant, newest landing first."""
        return [one for one in reversed(self.commits) if one.landed <= now]


@dataclass
class World:
    """An owner with its repositories as they stand at `now`."""

    owner: str
    kind: str
    now: int
    repositories: list[Repo]
    others: list[Repo]
    users: list[User]

    @cached_property
    def by_id(self) -> dict[str, Repo]:
        """All repositories, also those of other owners."""
        return {one.id: one for one in self.repositories + self.others}

    @cached_property
    def items(self) -> dict[str, tuple[Repo, Item]]:
        """All items by id."""
        return {item.id: (one, item) for one in self.repositories for item in one.pull_requests + one.issues}

    def truth(self, start: datetime, end: datetime, *, visible_only: bool = True) -> set[tuple[object, ...]]:
        """Every event in `[start, end)`, as (kind, repository, what, event, instant)."""
        window = (int(start.timestamp()), int(end.timestamp()))
        found: set[tuple[object, ...]] = set()
        for one in self.repositories:
            if not (visible_only and (one.is_gone or one.is_forbidden)):
                found.update(_happened(one, self.now, window))
        return found

    def open_at(self, end: datetime) -> set[tuple[str, bool, int, bool]]:
        """Everything open right before an instant, as (repository, is a pull request, number, is a draft)."""
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
    for release in repo.releases:
        if inside(release.published):
            yield "release", repo.full_name, release.tag, "", release.published or 0


def make_world(
    repositories: int, now: datetime, *, days: int = 40, seed: int = 1, owner: str = "acme", kind: str = "Organization"
) -> World:
    """An owner of so many repositories: on a day a fifth of them see about 5 commits, 1.5 pull requests and 1 issue.

    Activity and sizes are log-normal, 15 % of the commits land days after their date, some items are closed twice.
    """
    rng = random.Random(seed)
    end = int(now.timestamp())
    users = [_user(number, rng) for number in range(repositories // 3 + 12)]
    world = World(owner, kind, end, [], [], users)
    for number in range(repositories):
        repo = _repo(world, number, end - days * DAY - rng.randrange(400 * DAY))
        world.repositories.append(repo)
        if number % 23 != 7:  # one in 23 is empty
            _live(repo, rng, users, end - days * DAY, end)
        if number % 29 == 11:
            _fork_of_another(world, repo, rng, end - days * DAY, end)
    return world


def _user(number: int, rng: random.Random) -> User:
    login = f"user{number}-{rng.randrange(1000)}"
    emails = (f"{login}@example.com", f"{1000 + number}+{login}@users.noreply.github.com", f"{login}@home.example.org")
    if number % BOT_EVERY == 5:
        return User(1000 + number, f"robot{number}", f"Robot {number}", emails, "Bot")
    return User(1000 + number, login, f"Person {number}", emails[: 1 + rng.randrange(3)])


def _repo(world: World, number: int, created: int) -> Repo:
    visibility = {3: "PRIVATE", 9: "INTERNAL"}.get(number % 17, "PUBLIC")
    return Repo(f"R_{number:05d}", number, world.owner, f"repo-{number:04d}", created, visibility, number % 31 == 13)


def _fork_of_another(world: World, repo: Repo, rng: random.Random, start: int, end: int) -> None:
    origin = Repo(f"R_up{repo.number:05d}", 90000 + repo.number, "upstream", repo.name, repo.created - DAY)
    _live(origin, rng, world.users, start, end)
    world.others.append(origin)
    repo.parent = origin
    repo.commits = sorted(repo.commits + origin.commits, key=lambda one: one.landed)


def _live(repo: Repo, rng: random.Random, users: list[User], start: int, end: int) -> None:
    chance = min(0.9, 0.28 * rng.lognormvariate(-0.5, 1.0))
    team = rng.sample(users, min(len(users), 6))
    for day in range(start, end, DAY):
        if rng.random() >= chance:
            continue
        for _ in range(round(rng.lognormvariate(1.1, 1.0))):
            _commit(repo, rng, team, day + rng.randrange(DAY))
        for _ in range(round(rng.lognormvariate(0.1, 0.8))):
            _pull_request(repo, rng, team, day + rng.randrange(DAY))
        for _ in range(round(rng.lognormvariate(-0.35, 0.8))):
            _issue(repo, rng, team, day + rng.randrange(DAY))
        if rng.random() < 0.05:
            _release(repo, rng, team, day + rng.randrange(DAY))
    repo.commits = [one for one in repo.commits if one.committed <= end]
    repo.pull_requests = [one for one in repo.pull_requests if one.created <= end]
    repo.issues = [one for one in repo.issues if one.created <= end]
    repo.releases = [one for one in repo.releases if one.created <= end]
    repo.commits.sort(key=lambda one: one.landed)


def _commit(repo: Repo, rng: random.Random, team: list[User], at: int) -> None:
    author = rng.choice(team)
    landed = at + (rng.randrange(5 * DAY) if rng.random() < 0.15 else 0)
    message = f"Change {len(repo.commits)}"
    if rng.random() < 0.05:
        other = rng.choice(team)
        message += f"\n\nWith help.\n\nCo-authored-by: {other.name} <{other.emails[0]}>"
    parents = tuple(f"{rng.getrandbits(160):040x}" for _ in range(2 if rng.random() < 0.1 else 1))
    repo.commits.append(
        Commit(
            f"{rng.getrandbits(160):040x}", at, at - rng.randrange(3 * DAY), landed, author, rng.choice(author.emails),
            message, rng.randrange(300), rng.randrange(200), rng.randrange(1, 12), parents, rng.random() > 0.03,
            rng.random() > 0.003,
        )
    )  # fmt: skip


def _pull_request(repo: Repo, rng: random.Random, team: list[User], at: int) -> None:
    item = _item(repo, rng, team, at, is_pull_request=True)
    life = int(3600 * rng.lognormvariate(2.3, 1.4)) + 60
    for _ in range(int(rng.lognormvariate(0.7, 0.8))):
        state = rng.choice(("APPROVED", "COMMENTED", "CHANGES_REQUESTED", "DISMISSED"))
        key = f"PRR_{repo.number}_{item.number}_{len(item.reviews)}"
        item.reviews.append((key, at + rng.randrange(life), state, _who(rng, team)))
    item.reviews.sort(key=lambda one: one[1])
    if rng.random() < 0.1:
        item.events.append(("closed", at + life // 2, rng.choice(team)))
        item.events.append(("reopened", at + life // 2 + 7, rng.choice(team)))
    ending = rng.random()
    if ending < 0.85:
        item.events.append(("merged", at + life, rng.choice(team)))
        item.events.append(("closed", at + life, rng.choice(team)))
    elif ending < 0.93:
        item.events.append(("closed", at + life, rng.choice(team)))
    _draft(item, at, life, merges=ending < 0.85)
    repo.pull_requests.append(item)


def _draft(item: Item, at: int, life: int, *, merges: bool) -> None:
    """A seventh begins as a draft, a seventh becomes one for a while, a few never get ready."""
    kind = item.additions % 7  # no draw of its own: the other events of a seed stay what they were
    item.opened_as_draft = kind == 0 or (kind == 1 and not merges)
    turns = {0: [("ready_for_review", life // 3)],
             2: [("converted_to_draft", life // 4), ("ready_for_review", life // 3)]}  # fmt: skip
    item.events += [(event, at + wait, item.author) for event, wait in turns.get(kind, [])]
    item.events.sort(key=lambda one: one[1])


def _issue(repo: Repo, rng: random.Random, team: list[User], at: int) -> None:
    item = _item(repo, rng, team, at, is_pull_request=False)
    life = int(3600 * rng.lognormvariate(3.5, 1.2)) + 60
    if rng.random() < 0.8:
        item.events.append(("closed", at + life, rng.choice(team)))
        if rng.random() < 0.15:
            item.events.append(("reopened", at + life + 3600, rng.choice(team)))
            item.events.append(("closed", at + life + 7200, rng.choice(team)))
    repo.issues.append(item)


def _item(repo: Repo, rng: random.Random, team: list[User], at: int, *, is_pull_request: bool) -> Item:
    number = len(repo.pull_requests) + len(repo.issues) + 1
    kind = "PR" if is_pull_request else "I"
    item = Item(f"{kind}_{repo.number:05d}_{number}", is_pull_request, number, f"{kind} {number}", at, _who(rng, team))
    item.additions = rng.randrange(500)
    if rng.random() < 0.15:
        item.comments.append(at + rng.randrange(12 * DAY))
    return item


def _release(repo: Repo, rng: random.Random, team: list[User], at: int) -> None:
    number = len(repo.releases)
    published = None if rng.random() < 0.1 else at + (rng.randrange(10 * DAY) if rng.random() < 0.2 else 0)
    repo.releases.append(Release(f"RE_{repo.number}_{number}", f"v1.{number}.0", at, published, rng.choice(team)))


def _who(rng: random.Random, team: list[User]) -> User | None:
    return None if rng.randrange(GHOST_EVERY) == 0 else rng.choice(team)


def day(text: str) -> datetime:
    """Midnight UTC of a day."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days_before(moment: datetime, count: int) -> datetime:
    """So many days earlier."""
    return moment - timedelta(days=count)
