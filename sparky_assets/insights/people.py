"""People credited beside the authors of changes: who reviewed, and whose first work it is. Nobody is counted. Pure."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from sparky_assets.insights.evidence import pull_request_evidence, urls_of
from sparky_assets.insights.found import Found, found, naming, of_one_audience
from sparky_assets.insights.models import Evidence
from sparky_assets.insights.rules import PEOPLE_CREDITED, TITLES_A_PERSON
from sparky_assets.insights.sentences import counted, joined
from sparky_assets.insights.text import headline
from sparky_assets.insights.unfinished import name_of
from sparky_assets.metrics.models import WHOLE
from sparky_assets.metrics.trends import LookingBack
from sparky_assets.periods import PeriodKind
from sparky_assets.raw.window import RawWindow

NEWCOMERS_NAMED = 8


def credit_newcomers(work: Sequence[Evidence], raw: RawWindow, back: LookingBack) -> Iterator[Found]:
    """People whom the store sees for the first time, in one sentence that stands on what each did first."""
    new = {person.key for person in back.first_time}
    count = next((fact for fact in back.facts if fact.key == f"first_time_contributors@{WHOLE}"), None)
    if not new or count is None:
        return
    by_key = _author_keys(work, raw)
    first: dict[str, Evidence] = {}
    for item in work:
        if (key := by_key.get(item.key)) in new and key and not item.is_bot and item.author:
            first.setdefault(key, item)
    if not first:
        return
    items = of_one_audience(list(first.values()))[:NEWCOMERS_NAMED]
    names = joined(list(dict.fromkeys(item.author or "" for item in items)))
    text = f"{counted(count.value, 'person was', 'people were')} seen here for the first time"
    among = ": " if len(items) == count.value else ", among them "
    yield found("credit", "newcomers", f"{text}{among}{names}.", evidence=items, facts=(count,))


def credit_reviewers(raw: RawWindow, kind: PeriodKind) -> Iterator[Found]:
    """People for what they reviewed and somebody else wrote, named by its title where the window knows it."""
    most = PEOPLE_CREDITED[kind]
    if not most or raw.reviews.is_empty():
        return
    known = raw.pull_requests.sort("at").unique(["repository", "number"], keep="last", maintain_order=True)
    titled = known.with_columns(_writer=pl.col("author").struct.field("key"))
    read = (
        raw.reviews.select("repository", "number", "submitted_at", "id", reviewer="author", shown="visibility")
        .join(titled, on=["repository", "number"])
        .filter(pl.col("reviewer").struct.field("key") != pl.col("_writer").fill_null(""))
        .filter(~pl.col("reviewer").struct.field("is_bot"), pl.col("shown") == pl.col("visibility"))
        .sort("submitted_at", "id")
        .with_columns(_key=pl.col("reviewer").struct.field("key"))
        .unique(["_key", "repository", "number"], keep="first", maintain_order=True)
        .filter(pl.int_range(pl.len()).over("_key", "visibility") < TITLES_A_PERSON)
    )
    urls = urls_of(raw)
    done: dict[tuple[str, str], list[Evidence]] = {}
    for row in read.head(most * TITLES_A_PERSON * 2).iter_rows(named=True):
        if name := name_of(row["reviewer"]):
            done.setdefault((name, row["visibility"]), []).append(pull_request_evidence(row, urls))
    for (name, _), items in list(done.items())[:most]:
        shown = [naming(item, name) for item in items[:TITLES_A_PERSON]]
        text = f"{name} for reviewing {joined([f'“{headline(item.title)}”' for item in shown])}."
        yield found("credit", f"reviewing:{name}:{shown[0].key}", text, evidence=shown)


def _author_keys(work: Sequence[Evidence], raw: RawWindow) -> Mapping[str, str]:
    """The person's key of each piece of work: names may be spelled in several ways."""
    author = pl.col("author").struct.field("key")
    shas = [item.key.rpartition("@")[2] for item in work if item.kind == "commit"]
    commits = raw.commits.filter(pl.col("sha").is_in(shas)).select("repository", "sha", author)
    merged = raw.pull_requests.filter(pl.col("event") == "merged").select("repository", "number", author)
    keys = {f"commit:{repository}@{sha}": key for repository, sha, key in commits.iter_rows()}
    return keys | {f"pr:{repository}#{number}": key for repository, number, key in merged.iter_rows()}
