"""Expected value of every number of a window, in plain Python: loops, dicts and fractions, without polars.

The only shared helper is the type of one change (`theme_of`), which is a table of words.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sparky_assets.metrics.classify import classify_change
from tests.metrics.oracle_counting import (
    Facts,
    Row,
    first_at,
    generated,
    joined,
    last_author,
    lines_of,
    moment,
    once,
    share,
    size_class,
    statistics,
    whole_seconds,
    written,
)
from tests.metrics.oracle_delivery import checks, dora
from tests.strategies.organisation import Organisation

STATUS_LANGUAGES = {
    "src/a.py": "Python", "src/b.py": "Python", "src/deep/c.rs": "Rust", "docs/d.md": "Markdown",
    "README.md": "Markdown", "tests/test_e.py": "Python", ".github/workflows/ci.yml": "YAML",
    "Dockerfile": "Dockerfile", "noextension": "Other", "web/App.TSX": "TypeScript", "trailing.": "Other",
    ".hidden": "Other", "uv.lock": "Other", "vendor/x/y.py": "Python",
}  # fmt: skip


COUNTED_EVENTS = frozenset({"opened", "merged", "closed", "reopened"})
"""Events of an item that are counted; one that becomes ready for review is no activity."""


class Oracle:
    """Count one organisation."""

    def __init__(self, organisation: Organisation) -> None:
        rows = organisation.rows
        self.organisation = organisation
        self.repositories = rows["repositories"]
        self.commits, self.releases, self.reviews = rows["commits"], rows["releases"], rows["reviews"]
        self.pulls, self.issues = once(rows["pull_requests"]), once(rows["issues"])
        self.on_github = {
            row["repository"] for row in self.repositories
            if row["source"] in {"github", "both"} and row["status"] != "unreadable"
        }  # fmt: skip
        self.bots = {who["key"] for _, _, who, _ in self.roles() if who["is_bot"]}

    def facts(self) -> Facts:
        found: Facts = {"repositories@all": len(self.repositories)}
        active = {row["repository"] for row in self.commits}
        active |= {row["repository"] for row in self.pulls if row["event"] == "merged"}
        active |= {row["repository"] for row in self.releases}
        found["active_repositories@all"] = len(active)
        every = {row["repository"] for rows in (self.commits, self.pulls, self.issues, self.reviews, self.releases)
                 for row in rows if row.get("event", "opened") in COUNTED_EVENTS}  # fmt: skip
        found |= {f"{name}@all": value for name, value in self.volume(None).items()}
        for one in sorted(every):
            found |= {f"{name}@repository:{one}": value for name, value in self.volume(one).items()}
        found |= (
            self.flow()
            | self.breakdowns()
            | self.patterns()
            | self.chains()
            | dora(self.releases, self.commits, self.organisation.rows["deployments"])
        )
        found |= checks(self.commits, self.repositories, self.organisation.window)
        return found

    def roles(self) -> Iterator[tuple[str, datetime, Row, str]]:
        """Return the roles of people: repository, time, person, role."""
        nobody = {"key": "ghost", "is_bot": False}
        for row in self.commits:
            yield row["repository"], row["landed_at"], row["author"], "merge" if row["is_merge"] else "wrote"
            if not row["is_merge"]:
                for who in row["co_authors"] or ():
                    yield row["repository"], row["landed_at"], who, "wrote"
        for rows in (self.pulls, self.issues):
            for row in (one for one in rows if one["event"] in COUNTED_EVENTS):
                who = row.get("author" if row["event"] in {"opened", "merged"} else "actor") or nobody
                yield row["repository"], row["at"], who, row["event"]
        for row in self.reviews:
            yield row["repository"], row["submitted_at"], row["author"] or nobody, "reviewed"
        for row in self.releases:
            yield row["repository"], row["published_at"], row["author"] or nobody, "released"

    def volume(self, repository: str | None) -> Facts:
        def here(rows: Iterable[Row]) -> list[Row]:
            return [row for row in rows if repository in {None, row["repository"]}]

        own = [row for row in here(self.commits) if not row["is_merge"]]
        known = [row for row in own if row["insertions"] is not None]
        named = [row for row in own if row["files"] is not None]
        roles = [one for one in self.roles() if repository in {None, one[0]} and one[2]["key"] != "ghost"]
        keys = {who["key"] for _, _, who, _ in roles}
        found: Facts = {
            "commits": len(own),
            "merge_commits": len(here(self.commits)) - len(own),
            "bot_commits": sum(row["author"]["is_bot"] for row in own),
            "commits_without_statistics": len(own) - len(known),
            "pull_requests_merged": sum(row["event"] == "merged" for row in here(self.pulls)),
            "releases": len(here(self.releases)),
            "people": len({who["key"] for _, _, who, role in roles if role == "wrote"} - self.bots),
            "active_people": len(keys - self.bots),
            "active_bots": len(keys & self.bots),
        }
        if known or not own:
            found["insertions"] = sum(written(row, "insertions") or 0 for row in known)
            found["deletions"] = sum(written(row, "deletions") or 0 for row in known)
        if named or not own:
            found["changed_files"] = len({(row["repository"], f["path"]) for row in named for f in row["files"]})
        if repository in self.on_github or (repository is None and self.on_github):
            for kind, rows in (("pull_requests", self.pulls), ("issues", self.issues)):
                for event in ("opened", "closed", "reopened"):
                    found[f"{kind}_{event}"] = sum(
                        row["event"] == event and row["repository"] in self.on_github for row in here(rows)
                    )
            found["reviews"] = len(here(self.reviews))
        return found

    def flow(self) -> Facts:
        items: dict[tuple[str, int], list[Row]] = defaultdict(list)
        for row in self.pulls:
            items[row["repository"], row["number"]].append(row)
        measured: dict[str, list[tuple[str, int]]] = {
            name: []
            for name in (
                "time_to_first_review",
                "time_to_merge",
                "time_in_review",
                "time_in_draft",
                "issue_time_to_close",
                "time_to_first_response",
                "issue_time_to_first_response",
            )
        }
        comments: list[tuple[str, int]] = []
        coverage: dict[str, list[bool]] = defaultdict(list)
        waiting: Counter[str] = Counter()
        sizes: dict[str, Counter[str]] = defaultdict(Counter)
        ready_by_item: dict[tuple[str, int], datetime | None] = {}
        for (repository, number), events in items.items():
            author = last_author(events)
            rows = sorted(events, key=moment)
            last = rows[-1]
            if author in self.bots:
                continue
            opened, merged = (first_at(rows, event) for event in ("opened", "merged"))
            ready = last["ready_at"]
            if not ready and not any(row["is_draft"] for row in rows):
                ready = min((row["opened_at"] for row in rows if row["opened_at"]), default=None)
            reviews = self.reviews_by_others(repository, number, author, ready, merged)
            known = min((row["first_review_at"] for row in rows if row["first_review_at"]), default=None)
            first = min([at for at, _ in reviews] + ([known] if known else []), default=None)
            ready_by_item[repository, number] = ready
            if last["is_draft"]:
                continue
            ends = [row for row in rows if row["event"] in {"closed", "merged"}]
            states = [row["event"] for row in rows if row["event"] in {"opened", "reopened", "closed", "merged"}]
            count = ends[-1].get("comments") if ends and states[-1] in {"closed", "merged"} else None
            if count is not None:
                comments.append((repository, count))
            if opened and ready and not known and any(said is None for _, said in reviews):
                measured["time_to_first_review"].append((repository, whole_seconds(first - ready)))
            if merged and ready:
                measured["time_to_merge"].append((repository, whole_seconds(merged - ready)))
            if merged and (seconds := next(row for row in rows if row["event"] == "merged")["draft_seconds"]):
                measured["time_in_draft"].append((repository, seconds))
            if merged and first:
                measured["time_in_review"].append((repository, whole_seconds(merged - first)))
            if repository in self.on_github:
                is_open = not states or states[-1] in {"opened", "reopened"}
                came = {row["event"] for row in rows} & {"opened", "reopened", "ready_for_review"}
                for scope in ("all", f"repository:{repository}"):
                    if came:
                        waiting[scope] += bool(is_open and not first)
                    if merged:
                        coverage[scope].append(bool(first))
            if merged and (lines := lines_of(rows)) is not None:
                for scope in ("all", f"repository:{repository}"):
                    sizes[scope][size_class(lines)] += 1
        measured["time_to_first_review"] += [
            (row["repository"], whole_seconds(row["submitted_at"] - since))
            for row in self.people_reviews() if row["is_first"] and (since := row["ready_at"] or ready_by_item.get(
                (row["repository"], row["number"])))
        ]  # fmt: skip
        measured["issue_time_to_close"] += self.closings()
        for row in self.responses_of_others():
            name = "time_to_first_response" if row["is_pull_request"] else "issue_time_to_first_response"
            measured[name].append((row["repository"], whole_seconds(row["at"] - row["ready_at"])))
        found: Facts = {}
        if self.on_github:
            for name, values in measured.items():
                kept = [(repository, seconds) for repository, seconds in values if seconds >= 0]
                found |= statistics(name, "all", [seconds for _, seconds in kept]) or {f"{name}_count@all": 0}
                for repository in {repository for repository, _ in kept}:
                    theirs = [seconds for where, seconds in kept if where == repository]
                    found |= statistics(name, f"repository:{repository}", theirs)
            name = "comments_per_pull_request"
            found |= statistics(name, "all", [count for _, count in comments], 1) or {f"{name}_count@all": 0}
            for repository in {repository for repository, _ in comments}:
                theirs = [count for where, count in comments if where == repository]
                found |= statistics(name, f"repository:{repository}", theirs, 1)
            found["pull_requests_awaiting_review@all"] = 0
            found |= {f"pull_requests_awaiting_review@{scope}": count for scope, count in waiting.items()}
            found |= {f"review_coverage@{scope}": share(sum(seen), len(seen)) for scope, seen in coverage.items()}
        for scope, counted in sizes.items():
            for name in ("xs", "s", "m", "l", "xl", "xxl"):
                found[f"pull_requests_of_size_{name}@{scope}"] = counted[name]
        return found

    def people_reviews(self) -> list[Row]:
        return [row for row in self.reviews if row["author"] and row["author"]["key"] not in {*self.bots, "ghost"}]

    def responses_of_others(self) -> list[Row]:
        """Return first responses by people to the items of other people."""
        return [
            row for row in self.organisation.rows["responses"]
            if row["author"]["key"] not in {*self.bots, "ghost", (row["item_author"] or {}).get("key")}
            and not row["author"]["is_bot"] and (row["item_author"] or {}).get("key") not in self.bots
        ]  # fmt: skip

    def reviews_by_others(
        self, repository: str, number: int, author: str | None, ready: datetime | None, merged: datetime | None
    ) -> list[tuple[datetime, bool | None]]:
        """Return reviews by others between ready and merge, and whether the source calls each the first."""
        found = []
        for row in self.people_reviews():
            if (row["repository"], row["number"]) == (repository, number):
                at, since = row["submitted_at"], row["ready_at"] or ready
                in_time = since and since <= at and not (merged and at > merged)
                if row["is_first"] or (in_time and row["author"]["key"] != author):
                    found.append((at, row["is_first"]))
        return found

    def closings(self) -> Iterator[tuple[str, int]]:
        last: dict[tuple[str, int], Row] = {}
        for row in sorted(self.issues, key=moment):
            last[row["repository"], row["number"]] = row
        for row in last.values():
            bot = (row["author"] or {}).get("key") in self.bots
            if row["event"] == "closed" and row["opened_at"] and not bot:
                yield row["repository"], whole_seconds(row["at"] - row["opened_at"])

    def own(self) -> list[Row]:
        return [row for row in self.commits if not row["is_merge"]]

    def theme(self, row: Row) -> str:
        answers = (row["repository"], row["sha"]) in self.advisories()
        paths = [file["path"] for file in row["files"] or ()]
        return classify_change(
            row["subject"], paths, is_bot=row["author"]["is_bot"], advisory="it" if answers else None
        ).value

    def advisories(self) -> set[tuple[str, str]]:
        """Return the commits that merges of advisories reach by their later parents, up to the line that they merged
        into.
        """
        commits = {(row["repository"], row["sha"]): row for row in self.commits}
        found = set()
        for (repository, sha), row in commits.items():
            if row["is_merge"] and row["subject"].startswith("Merge pull request from GHSA-"):
                line, at = set(), sha
                while at and at not in line:
                    line.add(at)
                    at = next(iter(commits.get((repository, at), {}).get("parents") or ()), None)
                waiting = list(row["parents"][1:])
                while waiting:
                    one = waiting.pop()
                    if one not in line and (repository, one) in commits and (repository, one) not in found:
                        found.add((repository, one))
                        waiting += commits[repository, one]["parents"]
        return found

    def breakdowns(self) -> Facts:
        found: Counter[str] = Counter()
        names = set()
        for row in self.own():
            name = self.theme(row)
            names.add(name)
            found[f"commits@type:{name}"] += 1
            found[f"insertions@type:{name}"] += written(row, "insertions") or 0
            found[f"deletions@type:{name}"] += written(row, "deletions") or 0
            files = [file for file in row["files"] or () if not generated(file["path"])]
            for language in {STATUS_LANGUAGES[file["path"]] for file in files}:
                found[f"commits@language:{language}"] += 1
            for file in files:
                found[f"insertions@language:{STATUS_LANGUAGES[file['path']]}"] += file["insertions"] or 0
                found[f"deletions@language:{STATUS_LANGUAGES[file['path']]}"] += file["deletions"] or 0
        for row in self.pulls:
            if row["event"] == "merged":
                is_bot = bool((row["author"] or {}).get("is_bot"))
                name = classify_change(row["title"], labels=row["labels"], is_bot=is_bot).value
                names.add(name)
                found[f"pull_requests_merged@type:{name}"] += 1
        for name in names:
            for metric in ("commits", "insertions", "deletions", "pull_requests_merged"):
                found[f"{metric}@type:{name}"] += 0
        return dict(found)

    def patterns(self) -> Facts:
        theirs = [row for row in self.own() if row["author"]["key"] not in {*self.bots, "ghost"}]
        zone = ZoneInfo(self.organisation.timezone)
        hours = Counter(row["authored_at"].astimezone(zone).hour for row in theirs)
        weekdays = Counter(row["authored_at"].astimezone(zone).isoweekday() for row in theirs)
        days = ("", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
        found: Facts = {"dependency_commits@all": sum(self.theme(row) == "dependencies" for row in self.own())}
        found["assisted_commits@all"] = 0  # no name in these histories is an assistant's
        found |= {f"commits_by_people@hour:{hour:02}": count for hour, count in hours.items()}
        found |= {f"commits_by_people@weekday:{days[day]}": count for day, count in weekdays.items()}
        if theirs:
            found["busiest_hour@all"] = min(h for h in hours if hours[h] == max(hours.values()))
            found["busiest_weekday@all"] = min(d for d in weekdays if weekdays[d] == max(weekdays.values()))
        files: Counter[tuple[str, str]] = Counter()
        folders: Counter[tuple[str, str]] = Counter()
        for row in theirs:
            if self.theme(row) != "dependencies":
                paths = {file["path"] for file in row["files"] or () if not generated(file["path"])}
                files.update((row["repository"], path) for path in paths)
                folders.update((row["repository"], path) for path in {p.rpartition("/")[0] for p in paths} - {""})
        for kind, counted in (("file", files), ("directory", folders)):
            hottest = sorted(((-count, name) for name, count in counted.items() if count >= 3))[:10]
            found |= {f"commits_touching@{kind}:{name[0]}:{name[1]}": -count for count, name in hottest}
        return found | self.knowledge(theirs)

    def knowledge(self, theirs: Sequence[Row]) -> Facts:
        found: Facts = {}
        for name in {row["repository"] for row in theirs}:
            by_person = Counter(row["author"]["key"] for row in theirs if row["repository"] == name)
            counts = sorted(by_person.values(), reverse=True)
            if (total := sum(counts)) >= 5:
                found[f"top_person_share@repository:{name}"] = share(counts[0], total)
                needed = next(n for n in range(1, len(counts) + 1) if 2 * sum(counts[:n]) >= total)
                found[f"bus_factor@repository:{name}"] = needed
        return found

    def chains(self) -> Facts:
        counts: Counter[str] = Counter({"reverts@all": 0, "fix_ups@all": 0, "reapplied_commits@all": 0})
        links: dict[tuple[str, str], tuple[str, str]] = {}
        own = sorted(self.own(), key=lambda row: (row["landed_at"], row["sha"]))
        for row in self.own():
            subject, body = row["subject"], row["body"]
            undone = re.search(r"This reverts commit ([0-9a-f]+)", body)
            mended = re.search(r"^Fixes: ?([0-9a-f]+)", body)
            wanted = re.match(r"fixup! (.+)", subject)
            back = subject.startswith(('Reapply "', 'Revert "Revert "'))
            is_revert = not back and (bool(undone) or subject.startswith(('Revert "', "revert: ")))
            is_fix_up = bool(mended or wanted)
            for scope in ("all", f"repository:{row['repository']}"):
                if is_revert or is_fix_up or back:
                    counts[f"reapplied_commits@{scope}"] += back
                    counts[f"reverts@{scope}"] += is_revert
                    counts[f"fix_ups@{scope}"] += is_fix_up
            sha = undone or mended
            here = [one for one in own if one["repository"] == row["repository"]]
            if sha:
                targets = [one["sha"] for one in here if one["sha"].startswith(sha[1])]
            else:
                targets = [one["sha"] for one in here if wanted and one["subject"] == wanted[1]]
            if targets and targets[0] != row["sha"]:
                links[row["repository"], row["sha"]] = (row["repository"], targets[0])
        groups = joined(links)
        counts["repair_chains@all"] = len(groups)
        found: Facts = dict(counts)
        if groups:
            found["longest_repair_chain@all"] = max(len(group) for group in groups)
        return found
