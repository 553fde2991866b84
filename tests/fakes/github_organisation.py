"""A generated organisation: people, events and instants, from a seed."""

import random
from datetime import datetime

from tests.fakes.github_world import DAY, Commit, Deployment, Discussion, Item, Release, Repo, User, World

BOT_EVERY, GHOST_EVERY = 11, 37


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
    name = f"repo-{number:04d}"
    repo = Repo(f"R_{number:05d}", number, world.owner, name, created, visibility, number % 31 == 13)
    repo.description = f"Tool {number}, by boss@example.com"
    return repo


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
    chain(repo.commits)
    _deploy(repo, random.Random(repo.number), team)
    _keep_changelog(repo)


def _deploy(repo: Repo, rng: random.Random, team: list[User]) -> None:
    """Every third repository is deployed, a ninth discusses; with draws of its own: a seed stays what it was."""
    for number, commit in enumerate(repo.commits[:: 1 + repo.number % 3] if repo.number % 3 == 1 else ()):
        key, created = f"DE_{repo.number}_{number}", commit.landed + 60
        environment = rng.choice(("production", "staging", "Preview"))
        ending = rng.choice(("SUCCESS", "SUCCESS", "SUCCESS", "FAILURE", "ERROR", "INACTIVE"))
        statuses = [("IN_PROGRESS", created + 5), (ending, created + rng.randrange(10, 4000))]
        if ending == "SUCCESS":
            statuses.append(("INACTIVE", statuses[-1][1] + DAY))
        repo.deployments.append(Deployment(key, created, environment, commit.oid, rng.choice(team), statuses))
    for number, commit in enumerate(repo.commits[::5] if repo.number % 9 == 1 else ()):
        repo.discussions.append(Discussion(f"D_{repo.number}_{number}", number, commit.landed + 30, rng.choice(team)))


def _keep_changelog(repo: Repo) -> None:
    """Every third repository has a changelog, and the pull requests merged after a commit of their day add a line."""
    changed: dict[int, Item] = {}
    for item in repo.pull_requests if repo.number % 3 == 0 else ():
        merged_at = next((at for kind, at, _ in item.events if kind == "merged"), 0)
        landed = [number for number, commit in enumerate(repo.commits) if commit.landed <= merged_at]
        if landed and {time // DAY for time in (repo.commits[landed[-1]].committed, merged_at)} == {
            repo.commits[landed[-1]].landed // DAY
        }:
            item.paths, item.merge_commit = ("CHANGELOG.md", "src/tool.py"), repo.commits[landed[-1]].oid
            changed[landed[-1]] = item
    tree: dict[str, bytes] = {}
    lines: list[str] = []
    for number, commit in enumerate(repo.commits if changed else ()):
        if number in changed:
            lines = [f"- Change {number} of the tool\n", *lines[:4]]
            tree = {"CHANGELOG.md": f"# Changelog\n\n## Unreleased\n\n{''.join(lines)}".encode()}
        commit.tree = tree


def chain(commits: list[Commit]) -> None:
    """Give commits, in the order of landing, the parents of a branch on which all was pushed; merges bring nothing."""
    for number, commit in enumerate(commits):
        commit.parents = (commits[number - 1].oid,) * len(commit.parents) if number else ()


def _commit(repo: Repo, rng: random.Random, team: list[User], at: int) -> None:
    author = rng.choice(team)
    landed = at + (rng.randrange(5 * DAY) if rng.random() < 0.15 else 0)
    message = f"Change {len(repo.commits)}"
    if rng.random() < 0.05:
        other = rng.choice(team)
        message += f"\n\nWith help.\n\nCo-authored-by: {other.name} <{other.emails[0]}>"
    parents = tuple(f"{rng.getrandbits(160):040x}" for _ in range(2 if rng.random() < 0.1 else 1))
    oid = f"{rng.getrandbits(160):040x}"
    checks = {"0": "FAILURE", "1": None, "2": "PENDING"}.get(oid[0], "SUCCESS")  # no draw of its own
    repo.commits.append(
        Commit(
            oid, at, at - rng.randrange(3 * DAY), landed, author, rng.choice(author.emails),
            message, rng.randrange(300), rng.randrange(200), rng.randrange(1, 12), parents, rng.random() > 0.03,
            rng.random() > 0.003, checks,
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
    _talk(item, team)
    repo.pull_requests.append(item)


def _draft(item: Item, at: int, life: int, *, merges: bool) -> None:
    """A seventh begins as a draft, a seventh becomes one for a while, a few never get ready."""
    kind = item.additions % 7  # no draw of its own: the other events of a seed stay what they were
    item.opened_as_draft = kind == 0 or (kind == 1 and not merges)
    turns = {0: [("ready_for_review", life // 3)],
             2: [("converted_to_draft", life // 4), ("ready_for_review", life // 3)]}  # fmt: skip
    item.events += [(event, at + wait, item.author) for event, wait in turns.get(kind, [])]
    item.events.sort(key=lambda one: one[1])


def _talk(item: Item, team: list[User]) -> None:
    """Comments before the last event, so that nothing is updated later; with draws of their own. Some only by one."""
    rng = random.Random(item.id)
    last = max([item.created, *(at for _, at, _ in item.events), *(at for _, at, _, _ in item.reviews)])
    speakers: list[User | None] = [item.author] if rng.random() < 0.2 else [item.author, None, *team]
    for _ in range(rng.choice((0, 0, 1, 2, 4, 7)) if last > item.created else 0):
        item.comments.append((rng.randrange(item.created, last), rng.choice(speakers)))


def _issue(repo: Repo, rng: random.Random, team: list[User], at: int) -> None:
    item = _item(repo, rng, team, at, is_pull_request=False)
    life = int(3600 * rng.lognormvariate(3.5, 1.2)) + 60
    if rng.random() < 0.8:
        item.events.append(("closed", at + life, rng.choice(team)))
        if rng.random() < 0.15:
            item.events.append(("reopened", at + life + 3600, rng.choice(team)))
            item.events.append(("closed", at + life + 7200, rng.choice(team)))
    _talk(item, team)
    repo.issues.append(item)


def _item(repo: Repo, rng: random.Random, team: list[User], at: int, *, is_pull_request: bool) -> Item:
    number = len(repo.pull_requests) + len(repo.issues) + 1
    kind = "PR" if is_pull_request else "I"
    item = Item(f"{kind}_{repo.number:05d}_{number}", is_pull_request, number, f"{kind} {number}", at, _who(rng, team))
    item.additions = rng.randrange(500)
    if rng.random() < 0.15:
        late = at + rng.randrange(12 * DAY)
        item.comments.append((late, team[late % len(team)]))  # no draw of its own
    return item


def _release(repo: Repo, rng: random.Random, team: list[User], at: int) -> None:
    number = len(repo.releases)
    published = None if rng.random() < 0.1 else at + (rng.randrange(10 * DAY) if rng.random() < 0.2 else 0)
    repo.releases.append(Release(f"RE_{repo.number}_{number}", f"v1.{number}.0", at, published, rng.choice(team)))


def _who(rng: random.Random, team: list[User]) -> User | None:
    return None if rng.randrange(GHOST_EVERY) == 0 else rng.choice(team)
