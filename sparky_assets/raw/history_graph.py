"""What merges brought, by the commit graph of a window. Pure; knows nothing of pull requests, titles or lines."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

Commit = tuple[str, str]
"""Repository and sha."""
Parents = Mapping[Commit, Sequence[str]]
"""The parents of each commit of the window, the first the one that was merged into."""


def merged_side(merges: Iterable[Commit], parents: Parents) -> Iterator[tuple[Commit, Commit]]:
    """What later parents of merges reach beside the line that they were merged into, each with the first such merge.

    That line is a merge's own, not the default branch's: a pull request into `3.0.x` brought nothing of what was on
    `3.0.x` before, though all of it lies beside `main`.
    """
    told: set[Commit] = set()
    lines = _Lines(parents)
    for merge in merges:
        repository = merge[0]
        waiting, seen = list(parents.get(merge, ())[1:]), set()
        while waiting:
            key = (repository, waiting.pop())
            if key in parents and key not in seen and not lines.leads(key, to=merge):
                seen.add(key)
                waiting.extend(parents[key])
                if key not in told:
                    told.add(key)
                    yield key, merge


class _Lines:
    """Who is a first parent of whom, over any number of steps.

    First parents make trees, so that two numbers a commit answer it at once: a set a merge took quadratic time.
    """

    def __init__(self, parents: Parents) -> None:
        children: dict[Commit, list[Commit]] = defaultdict(list)
        roots: list[Commit] = []
        for key, above in parents.items():
            first = (key[0], above[0] if above else "")
            (children[first] if first in parents else roots).append(key)
        self._entered: dict[Commit, int] = {}
        self._left: dict[Commit, int] = {}
        waiting = [(root, False) for root in roots]
        while waiting:
            key, is_done = waiting.pop()
            if is_done:
                self._left[key] = len(self._entered)
            elif key not in self._entered:
                self._entered[key] = len(self._entered)
                waiting.append((key, True))
                waiting.extend((child, False) for child in children[key])

    def leads(self, key: Commit, *, to: Commit) -> bool:
        """Whether `key` lies on the first-parent line of `to`, or is it; both in the window."""
        entered = self._entered.get(to)
        return entered is not None and self._entered.get(key, entered + 1) <= entered < self._left.get(key, 0)
