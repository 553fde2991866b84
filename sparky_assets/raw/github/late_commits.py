"""Find commits that landed in the window although they are older: long-lived branches, late pushes, rewritten branches.

A sweep reads the commits that are dated since its window began. They make a graph below the head of the branch. Where
this graph reaches back to nothing but its base (the head that an earlier sweep stored, else the commit before the
oldest of the line), all that landed was read. Otherwise GitHub counts the commits between base and head. Those that are
missing are found in the list of all commits below the head, newest first, beside the same list below the base.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from resources.errors import GitHubQueryTooLargeError
from resources.github.client import GraphQLResponse
from sparky_assets.raw.commit_graph import list_ancestors
from sparky_assets.raw.github.batching import PageCursor, QueryRunner, errors_by_path, format_timestamp, queue_next_page
from sparky_assets.raw.github.landing import GraphCommit, follow_first_parents
from sparky_assets.raw.github.parsing import ConnectionPage, parse_record, parse_response
from sparky_assets.raw.github.queries import LATE_COMMITS_QUERY, build_compare_query
from sparky_assets.raw.github.responses import (
    ComparedRepository,
    GitActor,
    GitHubCommit,
    GitHubRepository,
    ListedCommit,
    LostCommit,
)

COMPARISONS_PER_REQUEST = 25
COMMITS_PER_REQUEST = 50

MAX_LISTED_PAGES = 100
"""Pages of a hundred commits that are searched for the missing ones of a repository, below head and base each."""

MAX_CLOCK_LEAD = timedelta(days=2)
"""A commit that is dated so far after the window by a wrong clock does not keep later ones from counting as stored."""

CommitFingerprint = tuple[datetime, str, str | None]
"""What a rebase keeps of a commit: when it was written, its subject and its author's name."""


@dataclass
class CommitGap:
    """A repository whose commits between `base` and `top` were not all read.

    Attributes:
        read: the commits between them that were read.
        missing_count: how many were not.
        lost: the commits of the base that the branch has no more.
        listed: the commits that are older than the window, below `top` and below `base`.
        open_lists: the lists that have more pages.
    """

    repository: GitHubRepository
    base: str
    top: str
    is_known_base: bool
    read: set[str]
    missing_count: int = 0
    lost: list[LostCommit] = field(default_factory=list)
    listed: dict[str, dict[str, ListedCommit]] = field(default_factory=dict)
    open_lists: dict[str, PageCursor] = field(default_factory=dict)
    page_count: int = 0

    @property
    def missing(self) -> list[ListedCommit]:
        """The commits that are listed below `top` alone."""
        below_base = self.listed.get(self.base, {})
        below_top = self.listed.get(self.top, {})
        return [commit for oid, commit in below_top.items() if oid not in below_base and oid not in self.read]

    @property
    def is_complete(self) -> bool:
        """Whether as many commits were found as are missing, and none of them may still follow below the base."""
        missing = self.missing
        if len(missing) != self.missing_count:
            return False
        if self.base not in self.open_lists:
            return True
        oldest = min((commit.committed_date for commit in self.listed.get(self.base, {}).values()), default=None)
        return oldest is not None and all(commit.committed_date > oldest for commit in missing)


class LateCommitFinder:
    """Builds the graphs of a sweep from its commits, then finds what is missing in them."""

    def __init__(self, runner: QueryRunner) -> None:
        self._runner = runner
        self._graphs: dict[str, dict[str, GraphCommit]] = {}
        self._fingerprints: dict[str, dict[CommitFingerprint, str]] = {}
        self._stored_heads: dict[str, str | None] = {}
        """The heads of finished repositories, whose graphs are dropped."""

    def add_commits(self, repository: GitHubRepository, commits: Sequence[GitHubCommit]) -> None:
        """Add commits that were read."""
        graph = self._graphs.setdefault(repository.id, {})
        for commit in commits:
            parents = tuple(parent.oid for parent in commit.parents.nodes if parent)
            graph[commit.oid] = GraphCommit(commit.committed_date, parents)
        if self._runner.known_heads:
            fingerprints = self._fingerprints.setdefault(repository.id, {})
            fingerprints.update({_make_fingerprint(commit): commit.oid for commit in commits})

    def finish_repository(self, repository: GitHubRepository) -> None:
        """Drop the graph of a repository whose history was read to its end, where nothing is missing in it.

        The graphs of a month of 3,000 repositories would take 50 MB until the last history is read.
        """
        if self._find_gap(repository) is None:
            self._stored_heads[repository.id] = self._find_stored_head(repository)
            del self._graphs[repository.id]
            self._fingerprints.pop(repository.id, None)

    def find(self, repositories: Sequence[GitHubRepository]) -> Iterator[tuple[GitHubRepository, list[GitHubCommit]]]:
        """Yield the commits that are missing in the graphs, and record what was rewritten."""
        gaps = [
            gap
            for repository in repositories
            if repository.id not in self._stored_heads
            and not self._runner.has_problem(repository.name_with_owner)
            and (gap := self._find_gap(repository))
        ]
        counted = list(self._count_missing(gaps))
        self._list_missing([gap for gap in counted if gap.missing_count > 0])
        for repository, commits in self._fetch_missing(counted):
            self.add_commits(repository, commits)
            yield repository, commits
        for gap in counted:
            if gap.lost:
                self._record_rewritten(gap)

    def find_heads(self, repositories: Sequence[GitHubRepository]) -> dict[str, str]:
        """Return the newest commit of each branch that landed before the window's end, by repository id.

        Where it is unknown, or a repository could not be read, the head that was known before stays.
        """
        heads = {}
        for repository in repositories:
            if self._runner.has_problem(repository.name_with_owner):
                head = self._get_known_head(repository)
            elif repository.id in self._stored_heads:
                head = self._stored_heads[repository.id]
            else:
                head = self._find_stored_head(repository)
            if head:
                heads[repository.id] = head
        return heads

    def _get_known_head(self, repository: GitHubRepository) -> str | None:
        """Return the head that an earlier sweep stored."""
        known_heads = self._runner.known_heads
        return known_heads.heads.get(repository.id) if known_heads else None

    def _find_stored_head(self, repository: GitHubRepository) -> str | None:
        end = self._runner.window.end
        known = self._get_known_head(repository)
        graph = self._graphs.get(repository.id, {})
        line = list(follow_first_parents(graph, repository.head_oid or "", (known,) if known else ()))
        stored = next(iter(graph[line[-1]].parents), None) if line else repository.head_oid
        for oid in reversed(line):
            if end <= graph[oid].committed_at < end + MAX_CLOCK_LEAD:
                break
            stored = oid
        return stored

    def _find_gap(self, repository: GitHubRepository) -> CommitGap | None:
        """Return what may be missing; None where the graph shows that nothing is."""
        runner = self._runner
        graph = self._graphs.get(repository.id, {})
        known = self._get_known_head(repository)
        top = repository.head_oid if runner.lists_open_items else _find_newest_tip(graph)
        line = list(follow_first_parents(graph, top or "", ()))
        base = known or (next(iter(graph[line[-1]].parents), None) if line else None)
        if top is None or base is None or top == base:
            return None
        parents = {oid: commit.parents for oid, commit in graph.items()}
        read = list_ancestors(top, parents) - list_ancestors(base, parents)
        boundary = {parent for oid in read for parent in parents[oid] if parent not in parents}
        if boundary <= {base} and (base in graph or base in boundary):
            return None
        return CommitGap(repository, base, top, known is not None, read)

    def _count_missing(self, gaps: Sequence[CommitGap]) -> Iterator[CommitGap]:
        """Yield the gaps that GitHub can count, with the number of missing commits and those that were lost."""
        pending = deque((gap, PageCursor(gap.repository.id, gap.repository.name_with_owner, None)) for gap in gaps)

        def send(batch: Sequence[tuple[CommitGap, PageCursor]], _: int) -> GraphQLResponse:
            variables: dict[str, str | None] = {}
            for number, (gap, cursor) in enumerate(batch):
                variables |= {f"i{number}": gap.repository.id, f"c{number}": cursor.cursor}
                variables |= {f"b{number}": gap.base, f"h{number}": gap.top}
            return self._runner.client.query("CompareHeads", build_compare_query(len(batch)), variables)

        def skip(entry: tuple[CommitGap, PageCursor], error: GitHubQueryTooLargeError) -> None:
            self._runner.note_damage(entry[0].repository.name_with_owner)(
                f"commits that landed late are unknown: {error}"
            )

        batches = self._runner.run_batches(
            "CompareHeads", pending, max_size=COMPARISONS_PER_REQUEST, page_size=1, send=send, on_too_heavy=skip
        )
        for batch, response in batches:
            paths = [(f"r{number}",) for number in range(len(batch))]
            errors_by_alias = errors_by_path(response, paths, "CompareHeads")
            for (gap, cursor), path, errors in zip(batch, paths, errors_by_alias, strict=True):
                node = self._runner.readable_node(response.data.get(path[0]), errors, cursor.repository)
                if node is None:
                    continue
                compared = parse_response(ComparedRepository, node, "CompareHeads", cursor.repository)
                branch = compared.default_branch_ref
                if branch is None or branch.base is None or branch.top is None:
                    if gap.is_known_base:
                        self._note_rewritten(gap, "GitHub has its earlier head no more")
                    continue
                if branch.top.ahead_by or (branch.base.ahead_by and not gap.is_known_base):
                    continue  # the branch was moved while it was read, or this is no part of it
                gap.lost += branch.base.commits.visible_nodes
                if branch.base.commits.page_info.has_next_page:
                    end_cursor = branch.base.commits.page_info.end_cursor
                    pending.append((gap, PageCursor(cursor.node_id, cursor.repository, end_cursor)))
                    continue
                gap.missing_count = branch.base.behind_by - branch.top.behind_by - len(gap.read)
                yield gap

    def _list_missing(self, gaps: Sequence[CommitGap]) -> None:
        """List the commits below top and base of each gap, a page of each at a time, until the missing ones are found.

        Both lists are newest first, so that a commit below both is soon in both.
        """
        by_id = {gap.repository.id: gap for gap in gaps}
        for gap in gaps:
            for oid in (gap.top, gap.base):
                gap.open_lists[oid] = PageCursor(gap.repository.id, gap.repository.name_with_owner, None, oid)
        variables = {"until": format_timestamp(self._runner.window.start - timedelta(seconds=1))}
        unfinished = list(gaps)
        while unfinished:
            pending = deque(cursor for gap in unfinished for cursor in gap.open_lists.values())
            for gap in unfinished:
                gap.open_lists = {}
                gap.page_count += 1
            next_pages: deque[PageCursor] = deque()
            for cursor, node, _ in self._runner.paginate("MoreHistory", pending, variables):
                head = node.get("object")
                if isinstance(head, Mapping) and cursor.head_oid:
                    page = parse_response(
                        ConnectionPage[ListedCommit], head.get("history"), "MoreHistory", cursor.repository
                    )
                    listed = by_id[cursor.node_id].listed.setdefault(cursor.head_oid, {})
                    listed.update({commit.oid: commit for commit in page.visible_nodes})
                    queue_next_page(next_pages, cursor, page)
            for cursor in next_pages:
                by_id[cursor.node_id].open_lists[cursor.head_oid or ""] = cursor
            unfinished = [gap for gap in unfinished if gap.open_lists and not gap.is_complete]
            for gap in unfinished:
                if gap.page_count >= MAX_LISTED_PAGES:
                    gap.listed.clear()
                    note = self._runner.note_damage(gap.repository.name_with_owner)
                    note(
                        f"{gap.missing_count} commits that landed late are older than {MAX_LISTED_PAGES * 100:,} others"
                    )
            unfinished = [gap for gap in unfinished if gap.listed]

    def _fetch_missing(self, gaps: Sequence[CommitGap]) -> Iterator[tuple[GitHubRepository, list[GitHubCommit]]]:
        """Yield the missing commits whole. Those whose lines GitHub cannot count are asked for without."""
        missing = [(gap.repository, commit.id) for gap in gaps for commit in gap.missing]
        uncounted: list[tuple[GitHubRepository, str]] = []
        for has_statistics in (True, False):
            for repository, commit_id, commit in self._fetch_commits(missing, has_statistics=has_statistics):
                if commit is None:
                    uncounted.append((repository, commit_id))
                else:
                    yield repository, [commit]
            missing, uncounted = uncounted, []
        for repository, _ in missing:
            self._runner.add_problem(repository.name_with_owner, "GitHub returns some of its commits as null")

    def _fetch_commits(
        self, missing: Sequence[tuple[GitHubRepository, str]], *, has_statistics: bool
    ) -> Iterator[tuple[GitHubRepository, str, GitHubCommit | None]]:
        def send(batch: Sequence[tuple[GitHubRepository, str]], _: int) -> GraphQLResponse:
            variables = {"ids": [commit_id for _, commit_id in batch], "stats": has_statistics}
            return self._runner.client.query("LateCommits", LATE_COMMITS_QUERY, variables)

        def record_too_heavy(entry: tuple[GitHubRepository, str], error: GitHubQueryTooLargeError) -> None:
            self._runner.add_problem(entry[0].name_with_owner, str(error))

        batches = self._runner.run_batches(
            "LateCommits",
            deque(missing),
            max_size=COMMITS_PER_REQUEST,
            page_size=1,
            send=send,
            on_too_heavy=record_too_heavy,
        )
        for batch, response in batches:
            for (repository, commit_id), node in zip(batch, response.data["nodes"], strict=True):
                commit = None
                if isinstance(node, Mapping):
                    on_damage = self._runner.note_damage(repository.name_with_owner)
                    commit = parse_record(GitHubCommit, node, "LateCommits", commit_id, on_damage=on_damage)
                yield repository, commit_id, commit

    def _record_rewritten(self, gap: CommitGap) -> None:
        """Record what a rewritten branch lost, and which of its new commits only replace those that are stored."""
        fingerprints = self._fingerprints.get(gap.repository.id, {})
        replaced = {
            oid
            for commit in gap.lost
            if (oid := fingerprints.get((commit.authored_date, commit.message_headline, _get_name(commit.author))))
        }
        self._runner.replaced_shas.update(replaced)
        self._note_rewritten(gap, f"{len(gap.lost)} earlier commits are gone, {len(replaced)} of them were replaced")

    def _note_rewritten(self, gap: CommitGap, what: str) -> None:
        name = gap.repository.name_with_owner
        self._runner.rewritten[name] = what
        self._runner.note_damage(name)(f"its default branch was rewritten: {what}")


def _find_newest_tip(graph: Mapping[str, GraphCommit]) -> str | None:
    """Return the tip of the branch's line: of the chains that hold a merge, else of all, the newest."""
    children = {parent for commit in graph.values() for parent in commit.parents}

    def rank(tip: str) -> tuple[bool, datetime, str]:
        holds_merge = any(len(graph[oid].parents) > 1 for oid in follow_first_parents(graph, tip, ()))
        return holds_merge, graph[tip].committed_at, tip

    return max((oid for oid in graph if oid not in children), key=rank, default=None)


def _make_fingerprint(commit: GitHubCommit) -> CommitFingerprint:
    return commit.authored_date, commit.message.strip("\n").partition("\n")[0], _get_name(commit.author)


def _get_name(author: GitActor | None) -> str | None:
    return author.name if author else None
