"""The fake GitHub's GraphQL: real queries, executed by graphql-core over the official schema, on a generated world.

Cursors are of the kinds that GitHub uses: keyset for pull requests, issues, repositories and releases; anchored to a
head for history. `github.py` handles the socket and its faults.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from tests.fakes.github_cost import NODE_LIMIT, cost
from tests.fakes.github_files import changes_path, find_blob, find_entry, find_tree, tree_shape
from tests.fakes.github_shapes import (
    KINDS,
    actor_shape,
    additions_shape,
    comment_shape,
    event_shape,
    from_cursor,
    instant,
    iso,
    recent_shape,
    release_shape,
    review_shape,
    shown_error,
    to_cursor,
    user_shape,
)
from tests.fakes.github_world import Commit, Item, Repo, World

FAR = 1 << 40
"""After all commits."""

SCHEMA_FILE = Path(os.environ.get("SPARKY_TESTS_GITHUB_SCHEMA", Path(__file__).parents[1] / "contracts/github.graphql"))


@lru_cache
def schema() -> GraphQLSchema:
    """Return the official schema. It defines two fields twice, so it is not checked itself."""
    return build_schema(SCHEMA_FILE.read_text(encoding="utf-8"), assume_valid_sdl=True, no_location=True)


@lru_cache(maxsize=512)
def document(text: str) -> tuple[DocumentNode, list[GraphQLError]]:
    """Return a query, parsed and validated."""
    parsed = parse(text)
    return parsed, validate(schema(), parsed)


def failure(kind: str, message: str) -> GraphQLError:
    """Return an error of a type, as GitHub puts it at the error's top level."""
    return GraphQLError(message, extensions={"type": kind})


def resolve_field(source: dict[str, Any], info: GraphQLResolveInfo, **arguments: Any) -> Any:
    """Return the value of a field. The default also takes objects, and its check for a mapping is a sixth of an answer.

    A sweep of 300 repositories reads a million fields.
    """
    value = source.get(info.field_name)
    return value(info, **arguments) if callable(value) else value


class Shown:
    """One execution: the organisation as a token sees it, and the objects counted against the budget."""

    def __init__(self, world: World, budget: int | None = None) -> None:
        self.world = world
        self.budget = budget
        self.count = 0
        self.points = 0

    def run(self, text: str, variables: Mapping[str, Any], allowance: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer's body. Points are counted in `points`."""
        parsed, faults = document(text)
        if faults:
            return {"errors": [{"message": fault.message} for fault in faults]}
        self.points, nodes = cost(parsed, variables)
        if nodes > NODE_LIMIT:
            message = (
                f"This query requests up to {nodes} possible nodes which exceeds the maximum limit of {NODE_LIMIT}."
            )
            return {"errors": [{"type": "MAX_NODE_LIMIT_EXCEEDED", "message": message}]}
        root = {
            "rateLimit": {**allowance, "cost": self.points},
            "viewer": {"__typename": "User", "login": "robot"},
            "repositoryOwner": lambda _, login: self._owner(login),
            "nodes": lambda _, ids: self._nodes(ids),
            "node": lambda _, id: self._node(id),
        }
        result = execute_sync(schema(), parsed, root, variable_values=dict(variables), field_resolver=resolve_field)
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [shown_error(one) for one in result.errors]
        return body

    def _owner(self, login: str) -> Any:
        if login.lower() != self.world.owner.lower():
            raise failure("NOT_FOUND", f"Could not resolve to a RepositoryOwner with the login of '{login}'.")
        return {
            "__typename": self.world.kind,
            "id": "O_1",
            "login": self.world.owner,
            "repositories": self._repositories,
        }

    def _repositories(self, _: Any, first: int, after: str | None = None, **__: Any) -> Any:
        there = sorted(
            (one for one in self.world.repositories if not one.is_gone), key=lambda one: (one.created, one.id)
        )
        return self._page(there, first, after, lambda one: (one.created, one.id), self._repository)

    def _nodes(self, ids: Sequence[str]) -> list[Any]:
        if len(ids) > 100:
            raise failure("ARGUMENT_LIMIT", "You may not provide more than 100 node ids; you provided more.")
        found = []
        for key in ids:
            try:
                found.append(self._node(key))
            except GraphQLError as error:
                found.append(error)
        return found

    def _node(self, key: str) -> Any:
        self._spend()
        if (repo := self.world.by_id.get(key)) and not repo.is_gone:
            if repo.is_forbidden:
                raise failure("FORBIDDEN", "Resource not accessible by personal access token")
            return self._repository(repo)
        if key in self.world.items and not self.world.items[key][0].is_gone:
            return self._item(*self.world.items[key])
        if key.startswith("C_") and (commit := self._find_commit(key.removeprefix("C_"))):
            return self._commit(commit)
        if release := self.world.find_release(key):
            return release_shape(self.world.now, release) | {"description": release.text}
        if recent := self.world.find_recent_item(key):
            shape = recent_shape(self.world.now, recent)
            return shape | ({"statuses": partial(self._statuses, shape)} if "statuses" in shape else {})
        raise failure("NOT_FOUND", f"Could not resolve to a node with the global id of '{key}'")

    def _find_commit(self, oid: str) -> Commit | None:
        found = (commits[-1] for one in self.world.repositories if (commits := one.ancestors(oid)))
        return next(found, None)

    def _repository(self, repo: Repo) -> dict[str, Any]:
        history = repo.history(self.world.now)
        head = history[0] if history else None
        pushed = max((one.landed for one in history), default=repo.created)
        parent = repo.parent
        return {
            "__typename": "Repository", "id": repo.id, "databaseId": repo.number, "nameWithOwner": repo.full_name,
            "url": f"https://github.com/{repo.full_name}", "description": repo.description,
            "visibility": repo.visibility, "isFork": parent is not None,
            "isArchived": repo.is_archived, "isDisabled": repo.is_disabled,
            "isEmpty": head is None, "createdAt": iso(repo.created), "pushedAt": iso(pushed), "diskUsage": 100,
            "parent": None if parent is None or parent.is_gone
            else {"__typename": "Repository", "id": parent.id, "nameWithOwner": parent.full_name},
            "defaultBranchRef": head
            and {
                "__typename": "Ref", "name": "main", "target": self._head(repo, head),
                "compare": partial(self._compare, repo, head.oid),
            },
            "object": partial(self._object, repo), "refs": partial(self._refs, repo),
            "pullRequests": partial(self._items, repo.pull_requests),
            "issues": partial(self._items, repo.issues),
            "releases": partial(self._releases, repo),
            "deployments": partial(self._created, "deployments", repo.deployments),
            "discussions": partial(self._created, "discussions", repo.discussions),
        }  # fmt: skip

    def _refs(self, repo: Repo, _: Any, first: int, **__: Any) -> Any:
        branches = [one for one in [repo.history(self.world.now)[::-1], *repo.other_branches] if one]
        shown = [
            {"target": {"__typename": "Commit", "history": partial(self._page_of_history, branch, branch[-1].oid)}}
            for branch in sorted(branches, key=lambda one: -one[-1].committed)
        ]
        return self._page(list(enumerate(shown)), first, None, lambda one: one[:1], lambda one: one[1])

    def _object(self, repo: Repo, _: Any, oid: str | None = None, expression: str | None = None) -> Any:
        if expression == "HEAD:.mailmap":
            return {"__typename": "Blob", "text": repo.mailmap} if repo.mailmap else None
        commits = repo.ancestors(oid) if oid else None
        if commits:
            parent = next((commit for commit in commits if commit.oid in commits[-1].parents[:1]), None)
            before = (
                [{"__typename": "Commit", "oid": parent.oid, "file": partial(find_entry, parent)}] if parent else []
            )
            files = {"file": partial(find_entry, commits[-1]), "parents": {"nodes": before}}
            return self._head(repo, commits[-1]) | files
        trees = [
            *(release.files for release in repo.releases),
            *(commit.tree for commit in repo.commits if commit.tree),
        ]
        return (find_blob(trees, oid, self.world.text_limit) or find_tree(trees, oid)) if oid else None

    def _compare(self, repo: Repo, head: str, _: Any, headRef: str) -> Any:
        """As in git, `base...headRef`: ahead is what the other has and the branch lacks."""
        self._spend()
        other = repo.ancestors(headRef)
        if other is None:
            return None
        branch = repo.ancestors(head) or []
        ours, theirs = {one.oid for one in branch}, {one.oid for one in other}
        ahead = [one for one in other if one.oid not in ours]
        behind = len(ours - theirs)
        return {
            "__typename": "Comparison", "aheadBy": len(ahead), "behindBy": behind,
            "commits": partial(self._compared, ahead),
        }  # fmt: skip

    def _compared(self, ahead: Sequence[Commit], _: Any, first: int, after: str | None = None, **__: Any) -> Any:
        numbered = list(enumerate(ahead))
        return self._page(numbered, first, after, lambda one: one[:1], lambda one: self._commit(one[1]))

    def _head(self, repo: Repo, head: Commit) -> dict[str, Any]:
        return {
            "__typename": "Commit", "oid": head.oid, "history": partial(self._history, repo, head.oid),
            "committedDate": iso(head.committed), "statusCheckRollup": partial(self._checks, head.checks),
            "tree": lambda _: tree_shape(head.tree),
        }  # fmt: skip

    def _checks(self, state: str | None, _: Any) -> Any:
        self._permit("statusCheckRollup")
        return {"state": state} if state else None

    def _permit(self, field: str) -> None:
        if field in self.world.refused:
            raise failure("FORBIDDEN", "Resource not accessible by personal access token")

    def _history(
        self,
        repo: Repo,
        head: str,
        _: Any,
        **options: Any,
    ) -> Any:
        return self._page_of_history(repo.ancestors(head) or [], head, _, **options)

    def _page_of_history(
        self,
        commits: Sequence[Commit],
        head: str,
        _: Any,
        first: int,
        after: str | None = None,
        since: str = "",
        until: str = "",
        path: str | None = None,
        **__: Any,
    ) -> Any:
        lower, upper = instant(since), instant(until) or FAR
        inside = [one for one in reversed(commits) if lower <= one.committed <= upper]
        if path is not None:
            trees = {one.oid: one.tree for one in commits}
            inside = [one for one in inside if changes_path(one, trees, path)]
        if not since:
            inside.sort(key=lambda one: -one.committed)  # as git lists them where nothing else decides
        anchor, _, number = (after or f"{head} -1").rpartition(" ")
        if anchor != head:
            raise failure("INVALID_CURSOR_ARGUMENTS", f"`{after}` does not appear to be a valid cursor.")
        start = int(number) + 1
        page = inside[start : start + first]
        return {
            "totalCount": len(inside),
            "pageInfo": {"hasNextPage": start + first < len(inside), "endCursor": f"{head} {start + len(page) - 1}"},
            "nodes": [self._commit(one) for one in page],
        }

    def _commit(self, commit: Commit) -> dict[str, Any]:
        self._spend(2)
        author = commit.author
        actor = {
            "name": author.name, "email": commit.email,
            "user": user_shape(author) if commit.is_linked and author.kind == "User" else None,
        }  # fmt: skip
        return {
            "__typename": "Commit", "id": f"C_{commit.oid}", "oid": commit.oid, "message": commit.message,
            "messageHeadline": commit.message.partition("\n")[0], "authoredDate": iso(commit.authored),
            "committedDate": iso(commit.committed), "additions": partial(additions_shape, commit),
            "deletions": commit.deletions, "changedFilesIfAvailable": commit.files,
            "statusCheckRollup": partial(self._checks, commit.checks), "author": actor, "committer": actor,
            "parents": {"totalCount": len(commit.parents), "nodes": [{"oid": one} for one in commit.parents]},
            "tree": lambda _: tree_shape(commit.tree),
        }  # fmt: skip

    def _items(
        self, items: Sequence[Item], _: Any, first: int, after: str | None = None,
        orderBy: Mapping[str, str] | None = None, filterBy: Mapping[str, str] | None = None,
        states: Sequence[str] | None = None, **__: Any,
    ) -> Any:  # fmt: skip
        now = self.world.now
        if states == ["OPEN"] and orderBy == {"field": "CREATED_AT", "direction": "ASC"}:
            still = sorted((one.created, one.id, one) for one in items if one.is_open(now))
            return self._page(still, first, after, lambda one: one[:2], lambda one: self._item_line(one[2]))
        since = instant(filterBy["since"]) if filterBy else 0
        there = [(one.updated(now), one.id, one) for one in items if one.created <= now]
        touched = sorted(one for one in there if one[0] >= since)
        newest = bool(orderBy and orderBy["direction"] == "DESC")
        touched = touched[::-1] if newest else touched
        return self._page(
            touched, first, after, lambda one: one[:2], lambda one: self._item_line(one[2]), newest=newest
        )

    def _item_line(self, item: Item) -> dict[str, Any]:
        kind = "PullRequest" if item.is_pull_request else "Issue"
        return {
            "__typename": kind,
            "id": item.id,
            "number": item.number,
            "isDraft": item.is_draft(self.world.now),
            "createdAt": iso(item.created),
            "updatedAt": iso(item.updated(self.world.now)),
        }

    def _item(self, repo: Repo, item: Item) -> dict[str, Any]:
        now = self.world.now
        past = [one for one in item.events if one[1] <= now and one[0] in {"closed", "merged", "reopened"}]
        merged = next((one for one in past if one[0] == "merged"), None)
        is_closed = not item.is_open(now)
        closed = max((at for kind, at, _ in past if kind == "closed"), default=None) if is_closed else None
        state = "MERGED" if merged else "CLOSED" if is_closed else "OPEN"
        return self._item_line(item) | {
            "title": item.title, "body": f"About {item.title}." if item.body is None else item.body, "state": state,
            "stateReason": "COMPLETED" if is_closed else None, "closedAt": closed and iso(closed),
            "mergedAt": merged and iso(merged[1]), "additions": item.additions, "deletions": 1,
            "changedFiles": max(item.changed_files, len(item.paths)),
            "baseRefName": item.base, "headRefName": f"topic-{item.number}", "author": actor_shape(item.author),
            "repository": {"__typename": "Repository", "id": repo.id, "nameWithOwner": repo.full_name},
            "mergedBy": actor_shape(merged[2]) if merged else None,
            "mergeCommit": {"oid": item.merge_commit, "statusCheckRollup": partial(self._checks, "SUCCESS")}
            if merged else None,
            "statusCheckRollup": partial(self._checks, item.checks),
            "authorAssociation": "CONTRIBUTOR", "reviewDecision": "APPROVED", "milestone": {"title": "v2"},
            "totalCommentsCount": sum(at <= now for at, _ in item.comments), "comments": partial(self._comments, item),
            "reactions": {"totalCount": 2}, "files": {"nodes": [{"path": path} for path in item.paths[:30]]},
            "closingIssuesReferences": {"nodes": item.closes},
            "labels": {"totalCount": 1, "nodes": [{"name": "kind/bug"}]},
            "reviews": partial(self._reviews, item), "timelineItems": partial(self._events, item),
        }  # fmt: skip

    def _comments(self, item: Item, _: Any, first: int, after: str | None = None, **__: Any) -> Any:
        there = sorted((at, number) for number, (at, _) in enumerate(item.comments) if at <= self.world.now)
        return self._page(there, first, after, lambda one: one, lambda one: comment_shape(item.comments[one[1]]))

    def _reviews(self, item: Item, _: Any, first: int, after: str | None = None, **__: Any) -> Any:
        there = [one for one in item.reviews if one[1] <= self.world.now]
        return self._page(there, first, after, lambda one: (one[1], one[0]), review_shape)

    def _events(
        self,
        item: Item,
        _: Any,
        first: int,
        after: str | None = None,
        since: str = "",
        itemTypes: Iterable[str] = (),
        **__: Any,
    ) -> Any:
        wanted = {KINDS.get(kind) for kind in itemTypes}
        there = [
            (at, f"E_{item.id}_{number:03d}", kind, who)
            for number, (kind, at, who) in enumerate(item.events)
            if kind in wanted and instant(since) <= at <= self.world.now
        ]
        return self._page(sorted(there, key=lambda one: one[:2]), first, after, lambda one: one[:2], event_shape)

    def _statuses(self, shape: Mapping[str, Any], *_: Any, **__: Any) -> Any:
        self._permit("statuses")
        return shape["statuses"]

    def _created(
        self, field: str, items: Sequence[Any], _: Any, first: int, after: str | None = None, **__: Any
    ) -> Any:
        self._permit(field)
        there = sorted((one.created, one.id) for one in items if one.created <= self.world.now)
        return self._page(
            there[::-1],
            first,
            after,
            lambda one: one,
            lambda one: {"id": one[1], "createdAt": iso(one[0])},
            newest=True,
        )

    def _releases(self, repo: Repo, _: Any, first: int, after: str | None = None, **__: Any) -> Any:
        there = sorted(
            (one for one in repo.releases if one.created <= self.world.now), key=lambda one: (one.created, one.id)
        )
        show = partial(release_shape, self.world.now)
        return self._page(there[::-1], first, after, lambda one: (one.created, one.id), show, newest=True)

    def _page(
        self,
        things: Sequence[Any],
        first: int,
        after: str | None,
        key: Callable[[Any], Any],
        show: Callable[[Any], Any],
        *,
        newest: bool = False,
    ) -> dict[str, Any]:
        """Return a page of a keyset connection: the items beyond the sort key of the cursor."""
        start = from_cursor(after)
        rest = things
        if start is not None:
            rest = [one for one in things if (list(key(one)) < start if newest else list(key(one)) > start)]
        page = rest[:first]
        self._spend(len(page))
        end = to_cursor(list(key(page[-1]))) if page else after
        return {
            "totalCount": len(things),
            "pageInfo": {"hasNextPage": len(rest) > first, "endCursor": end},
            "nodes": [show(one) for one in page],
        }

    def _spend(self, objects: int = 1) -> None:
        self.count += objects
        if self.budget is not None and self.count > self.budget:
            raise failure("RESOURCE_LIMITS_EXCEEDED", "Resource limits for this query exceeded.")
