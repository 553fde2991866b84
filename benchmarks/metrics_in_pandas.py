"""The tables of stage 2 in idiomatic pandas, for `benchmarks/metrics.py` to compare with.

Vectorized throughout, without the steps that cost pandas most: it gets flat columns and files already exploded.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from sparky_assets.metrics.classify import (
    AREA_PATTERN,
    CONVENTIONAL_PATTERN,
    DEPENDENCY_PATTERN,
    LANGUAGE_BY_FILE_NAME,
    OTHER_LANGUAGE,
    THEME_BY_TYPE,
    THEME_PATH_PATTERNS,
    THEME_WORD_PATTERNS,
    ChangeTheme,
    build_extension_map,
)
from sparky_assets.raw.window import RawWindow

ITEM = ["repository", "number"]


@dataclass(frozen=True)
class Frames:
    """The raw rows as pandas frames."""

    commits: pd.DataFrame
    files: pd.DataFrame
    pull_requests: pd.DataFrame
    reviews: pd.DataFrame
    issues: pd.DataFrame


def frames_of(raw: RawWindow) -> Frames:
    """Convert the raw tables; this is not timed."""
    person = [pl.col("author").struct.field(name) for name in ("key", "name", "login", "is_bot")]
    commits = raw.commits.select(
        "repository", "subject", "is_merge", "insertions", "deletions", *person, at="landed_at"
    )
    own = raw.commits.with_row_index("commit").filter(~pl.col("is_merge"))
    files = own.select("commit", "repository", "files").explode("files").unnest("files")
    items = ["repository", "number", "event", "title", "at", "opened_at", "ready_at", "is_draft"]
    return Frames(
        commits=_pandas(commits),
        files=_pandas(files),
        pull_requests=_pandas(raw.pull_requests.select(*items, *person)),
        reviews=_pandas(raw.reviews.select("repository", "number", *person, at="submitted_at")),
        issues=_pandas(raw.issues.select("repository", "number", "event", "at", "opened_at", *person)),
    )


def _pandas(frame: pl.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: frame[name].to_numpy() for name in frame.columns})


def tables(given: Frames) -> dict[str, pd.DataFrame]:
    """Repositories, contributors, days, changes and flow of a month."""
    own = given.commits[~given.commits["is_merge"]]
    roles = _roles(given)
    bots = set(roles.loc[roles["is_bot"].astype(bool), "key"].unique())
    return {
        "repositories": _repositories(given, own, roles, bots),
        "contributors": _contributors(roles, own),
        "days": _days(given, own, roles, bots),
        "changes": _changes(given, own),
        "flow": _flow(given, bots),
    }


def _roles(given: Frames) -> pd.DataFrame:
    who = ["repository", "key", "name", "login", "is_bot", "at"]
    commits = given.commits[who].assign(role=np.where(given.commits["is_merge"], "merge_commits", "commits"))
    pulls = given.pull_requests[who].assign(role="pull_requests_" + given.pull_requests["event"])
    issues = given.issues[who].assign(role="issues_" + given.issues["event"])
    return pd.concat([commits, pulls, issues, given.reviews[who].assign(role="reviews")], ignore_index=True)


def _repositories(given: Frames, own: pd.DataFrame, roles: pd.DataFrame, bots: set[str]) -> pd.DataFrame:
    by = own.groupby("repository")
    table = by.agg(
        commits=("key", "size"),
        bot_commits=("is_bot", "sum"),
        insertions=("insertions", "sum"),
        deletions=("deletions", "sum"),
    )
    table["merge_commits"] = given.commits.groupby("repository")["is_merge"].sum()
    table["changed_files"] = given.files.groupby("repository")["path"].nunique()
    for prefix, frame in (("pull_requests_", given.pull_requests), ("issues_", given.issues)):
        counted = frame.drop_duplicates([*ITEM, "event"]).groupby(["repository", "event"]).size().unstack(fill_value=0)
        table = table.join(counted.add_prefix(prefix))
    table["reviews"] = given.reviews.groupby("repository").size()
    each = roles[["repository", "key", "role"]].drop_duplicates()
    people = each[~each["key"].isin(bots)]
    table["people"] = people[people["role"] == "commits"].groupby("repository")["key"].nunique()
    table["active_people"] = people.groupby("repository")["key"].nunique()
    table["active_bots"] = each[each["key"].isin(bots)].groupby("repository")["key"].nunique()
    return table.fillna(0).sort_index()


def _contributors(roles: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    table = roles.groupby(["key", "role"]).size().unstack(fill_value=0)
    last = roles.sort_values(["at", "name"]).groupby("key")[["name", "login"]].last()
    places = (
        roles[["key", "repository"]].drop_duplicates().sort_values("repository").groupby("key")["repository"].agg(list)
    )
    lines = own.groupby("key")[["insertions", "deletions"]].sum()
    return table.join(last).join(places).join(lines).sort_index()


def _days(given: Frames, own: pd.DataFrame, roles: pd.DataFrame, bots: set[str]) -> pd.DataFrame:
    def day(frame: pd.DataFrame) -> pd.Series:
        return frame["at"].dt.floor("D")

    table = own.groupby(day(own)).agg(
        commits=("key", "size"), insertions=("insertions", "sum"), deletions=("deletions", "sum")
    )
    for prefix, frame in (("pull_requests_", given.pull_requests), ("issues_", given.issues)):
        table = table.join(frame.groupby([day(frame), "event"]).size().unstack(fill_value=0).add_prefix(prefix))
    table["reviews"] = given.reviews.groupby(day(given.reviews)).size()
    people = roles[~roles["key"].isin(bots)]
    table["active_people"] = people.groupby(day(people))["key"].nunique()
    wrote = people[people["role"] == "commits"]
    table["people"] = wrote.groupby(day(wrote))["key"].nunique()
    files = given.files.merge(given.commits["at"], left_on="commit", right_index=True)
    files["file"] = files["repository"] + ":" + files["path"]
    table["changed_files"] = files.groupby(day(files))["file"].nunique()
    return table


def _changes(given: Frames, own: pd.DataFrame) -> pd.DataFrame:
    themes = own.assign(name=_themes(own["subject"], own["is_bot"], _by_files(given.files)))
    types = themes.groupby("name").agg(
        commits=("key", "size"), insertions=("insertions", "sum"), deletions=("deletions", "sum")
    )
    merged = given.pull_requests[given.pull_requests["event"] == "merged"]
    types["pull_requests_merged"] = merged.groupby(_themes(merged["title"], merged["is_bot"], None)).size()
    name = given.files["path"].str.rsplit("/", n=1).str[-1].str.lower()
    language = (
        name.map(LANGUAGE_BY_FILE_NAME)
        .fillna(name.str.extract(r".\.([^.]+)$")[0].map(build_extension_map()))
        .fillna(OTHER_LANGUAGE)
    )
    files = given.files.assign(name=language)
    languages = files.groupby("name").agg(
        commits=("commit", "nunique"), insertions=("insertions", "sum"), deletions=("deletions", "sum")
    )
    return pd.concat({"type": types, "language": languages})


def _by_files(files: pd.DataFrame) -> pd.Series:
    found = pd.Series(None, index=files["commit"].unique(), dtype=object)
    unique = pd.Series(files["path"].unique())
    for theme, pattern in reversed(THEME_PATH_PATTERNS):
        # Each path once here too, as one would write it after the first slow run.
        fits = dict(zip(unique, unique.str.contains(pattern), strict=True))
        whole = files["path"].map(fits).groupby(files["commit"]).all()
        found[whole.index[whole]] = theme.value
    return found


def _themes(titles: pd.Series, is_bot: pd.Series, by_files: pd.Series | None) -> pd.Series:
    lower = titles.str.lower()
    bump = titles.str.contains(DEPENDENCY_PATTERN) | (is_bot.astype(bool) & lower.str.contains("update", regex=False))
    declared = (
        titles.str.extract(CONVENTIONAL_PATTERN)[0]
        .str.lower()
        .map({name: theme.value for name, theme in THEME_BY_TYPE.items()})
    )
    words = titles.str.replace(AREA_PATTERN, "", n=1, regex=True)
    conditions = [bump, declared.notna()]
    choices: list[Any] = [ChangeTheme.DEPENDENCIES.value, declared]
    if by_files is not None:
        proven = by_files.reindex(titles.index)
        conditions.append(proven.notna())
        choices.append(proven)
    for theme, pattern in THEME_WORD_PATTERNS:
        conditions.append(words.str.contains(pattern))
        choices.append(theme.value)
    return pd.Series(np.select(conditions, choices, ChangeTheme.OTHER.value), index=titles.index)


def _flow(given: Frames, bots: set[str]) -> pd.DataFrame:
    pulls = given.pull_requests.sort_values([*ITEM, "at"])
    drafts = pulls.groupby(ITEM)["is_draft"].transform("last").astype(bool)
    kept = pulls[~drafts & ~pulls["key"].isin(bots)]
    when = kept.pivot_table(index=ITEM, columns="event", values="at", aggfunc="min")
    when = when.join(kept.groupby(ITEM).agg(ready=("ready_at", "last"), author=("key", "last")))
    reviews = given.reviews[~given.reviews["key"].isin(bots)].merge(when.reset_index(), on=ITEM)
    reviews = reviews[(reviews["key"] != reviews["author"]) & (reviews["at"] >= reviews["ready"])]
    when["first"] = reviews.groupby(ITEM)["at"].min()
    durations = {
        "time_to_first_review": when["first"] - when["ready"],
        "time_to_merge": when["merged"] - when["ready"],
        "time_in_review": when["merged"] - when["first"],
    }
    found = []
    for name, duration in durations.items():
        seconds = duration.dt.total_seconds().dropna()
        by = seconds[seconds >= 0].groupby("repository")
        found.append(by.agg(["count", "mean", "median"]).assign(p90=by.quantile(0.9), metric=name))
    return pd.concat(found)
