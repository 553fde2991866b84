"""What merges brought, by the commit graph of a window. Pure; knows nothing of pull requests, titles or lines."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

CommitKey = tuple[str, str]
"""Repository and sha."""


ParentsByCommit = Mapping[CommitKey, Sequence[str]]
"""The parents of each commit of the window, the first the one that was merged into."""


def commits_merged_by(merges: Iterable[CommitKey], parents: ParentsByCommit) -> Iterator[tuple[CommitKey, CommitKey]]:
    """What later parents of merges reach beside the line that they were merged into, each with the first such merge.

    That line is a merge's own, not the default branch's: a pull request into `3.0.x` brought nothing of what was on
    `3.0.x` before, though all of it lies beside `main`.
    """
    told: set[CommitKey] = set()
    lines = FirstParentIndex(parents)
    for merge in merges:
        repository = merge[0]
        waiting, seen = list(parents.get(merge, ())[1:]), set()
        while waiting:
            key = (repository, waiting.pop())
            if key in parents and key not in seen and not lines.is_first_parent_ancestor(key, descendant=merge):
                seen.add(key)
                waiting.extend(parents[key])
                if key not in told:
                    told.add(key)
                    yield key, merge


class FirstParentIndex:
    """Who is a first parent of whom, over any number of steps.

    First parents make trees, so that two numbers a commit answer it at once: a set a merge took quadratic time.
    """

    def __init__(self, parents: ParentsByCommit) -> None:
        children: dict[CommitKey, list[CommitKey]] = defaultdict(list)
        roots: list[CommitKey] = []
        for key, above in parents.items():
            first = (key[0], above[0] if above else "")
            (children[first] if first in parents else roots).append(key)
        self._entry_order: dict[CommitKey, int] = {}
        self._exit_order: dict[CommitKey, int] = {}
        waiting = [(root, False) for root in roots]
        while waiting:
            key, is_done = waiting.pop()
            if is_done:
                self._exit_order[key] = len(self._entry_order)
            elif key not in self._entry_order:
                self._entry_order[key] = len(self._entry_order)
                waiting.append((key, True))
                waiting.extend((child, False) for child in children[key])

    def is_first_parent_ancestor(self, ancestor: CommitKey, *, descendant: CommitKey) -> bool:
        """Whether `key` lies on the first-parent line of `to`, or is it; both in the window."""
        entered = self._entry_order.get(descendant)
        return entered is not None and self._entry_order.get(ancestor, entered + 1) <= entered < self._exit_order.get(
            ancestor, 0
        )
