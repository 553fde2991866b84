"""Two audiences: public insights cite public evidence only, and cost no second call of the model."""

import re
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import example, given
from hypothesis import strategies as st

from resources.llm.base import LanguageModelFactory
from resources.storage import Storage
from sparky_assets.insights.assets import write_insight
from sparky_assets.insights.checks import find_non_public_evidence, find_ungrounded_claims
from sparky_assets.insights.models import Insight
from sparky_assets.metrics.assets import compute_period
from sparky_assets.raw.tables import TABLES
from sparky_assets.raw.window import RawWindow
from sparky_assets.settings.schema import Settings
from sparky_assets.store import Audience
from tests.corpora.planted_faults import TITLES
from tests.factories.evidence import get_properties, read_well
from tests.factories.github_week import BOB, WEEK, at, commit, insight_of, issue, pull, raw_of, review, with_visibility
from tests.fakes.language_model import FakeModelServer
from tests.strategies.effort import limit_examples
from tests.strategies.organisation import organisation

NAMES = ("acme/anvil", "acme/bolt", "acme/cog", "acme/dial")
SECRET = "zanzibar"
SECRET_NUMBER = 7_770_000_000_000
"""Longer than a shortened sha, which may be all digits: commit 7775595 of seed 629 is public."""


def disguised(raw: RawWindow, private: set[str]) -> RawWindow:
    """Return the rows with everything of private repositories marked: names, titles, texts, people, numbers, shas,
    paths.
    """
    hidden = pl.col("repository").is_in(list(private))

    def mark(frame: pl.DataFrame, name: str) -> pl.Expr:
        column, kind = pl.col(name), frame.schema[name]
        if kind == pl.String:
            marked = pl.concat_str(pl.lit(SECRET), column.fill_null(""))
        elif name == "number":
            marked = column + SECRET_NUMBER
        elif isinstance(kind, pl.Struct):
            fields = [column.struct.field(one) for one in ("key", "name", "login")]
            texts = [pl.concat_str(pl.lit(SECRET), field).alias(str(field.meta.output_name())) for field in fields]
            marked = pl.when(column.is_not_null()).then(pl.struct(*texts, column.struct.field("is_bot")))
        else:
            return column
        return pl.when(hidden).then(marked).otherwise(column).alias(name)

    kept = {"visibility", "source", "status", "event"}
    marked = {}
    for name, frame in vars(with_visibility(raw, private)).items():
        marked[name] = frame.with_columns(mark(frame, column) for column in frame.columns if column not in kept)
    return RawWindow(**marked)


@limit_examples(40)
@given(st.integers(0, 2**32), st.sampled_from([3, 12, 40]), st.sets(st.sampled_from(NAMES)))
@example(629, 40, {"acme/bolt"})
def test_public_insight_has_nothing_of_a_private_repository(seed: int, size: int, private: set[str]) -> None:
    raw = disguised(organisation(seed, size, "UTC").raw(), private)
    public = insight_of(raw, audience=Audience.PUBLIC)
    text = public.model_dump_json()
    assert SECRET not in text
    assert not re.search(r"\b7,?77\d(?:,?\d{3}){3}\b", text)
    assert list(find_non_public_evidence(public)) == list(find_ungrounded_claims(public)) == []


@limit_examples(10)
@given(st.integers(0, 2**32), st.sampled_from([3, 12]))
def test_both_audiences_get_the_same_if_everything_is_public(seed: int, size: int) -> None:
    raw = with_visibility(organisation(seed, size, "UTC").raw(), set())
    assert insight_of(raw, audience=Audience.PUBLIC) == insight_of(raw)


def test_private_evidence_in_a_public_insight_is_found_with_its_claims() -> None:
    insight = insight_of(raw_of(commits=[commit(1, "Read", visibility="private"), commit(2, "Print")]))
    (found,) = find_non_public_evidence(insight)
    assert found.startswith("change/commit:acme/tool@")
    assert found.endswith("cites private evidence of acme/tool")


# --- A model and two audiences


def stored(root: Path, private: bool) -> tuple[Storage, Settings]:
    """Return a store with a week of two repositories, one perhaps private, and the numbers of both audiences."""
    kind = "private" if private else "public"
    rows = [pull(n, title, f"acme/r{n % 2}", visibility=kind if n % 2 else "public") for n, (title, _) in
            enumerate(TITLES[:8], 1)]  # fmt: skip
    raw = raw_of(
        pull_requests=rows, issues=[issue(70, "Login fails", "acme/r0", event="closed", at=at(2))],
        reviews=[review(2, BOB, "acme/r0")],
    )  # fmt: skip
    storage = Storage(root=str(root))
    for day in WEEK.days:
        window = day.window("UTC")
        for table in TABLES:
            frame = getattr(raw, table.asset)
            here = (
                frame.filter(pl.col(table.time_column).is_between(window.start, window.end, "left"))
                if table.time_column
                else frame
            )
            storage.write_table(table.path, day.key, here, table)
    for audience in Audience:
        compute_period(WEEK, storage, "UTC", None, audience)
    return storage, Settings.model_validate({"home": root, "organisation": {"name": "Acme"}})


def made_for(audience: Audience, storage: Storage, given: Settings, server: FakeModelServer) -> tuple[Any, Insight]:
    models = LanguageModelFactory(backend="ollama", url=server.url)
    made = write_insight(WEEK, storage, given, models, audience)
    shelf = "weekly" if audience is Audience.INTERNAL else "weekly_public"
    return made, storage.read_document(f"insights/{shelf}", WEEK.key, Insight)


def test_public_insight_costs_no_call_if_everything_is_public(tmp_path: Path) -> None:
    storage, given = stored(tmp_path, private=False)
    given = given.model_copy(update={"language_model": given.language_model.model_copy(update={"model": "tiny"})})
    with FakeModelServer(read_well, parameters="8B") as server:
        _, inside = made_for(Audience.INTERNAL, storage, given, server)
        asked = len(server.chats)
        made, outside = made_for(Audience.PUBLIC, storage, given, server)
        assert asked == len(server.chats) > 0
    assert outside == inside
    assert made.problems == []


def test_audiences_share_the_answers_about_public_repositories(tmp_path: Path) -> None:
    storage, given = stored(tmp_path, private=True)
    given = given.model_copy(update={"language_model": given.language_model.model_copy(update={"model": "tiny"})})
    with FakeModelServer(read_well, parameters="8B") as server:
        made_for(Audience.INTERNAL, storage, given, server)
        asked = len(server.chats)
        made, outside = made_for(Audience.PUBLIC, storage, given, server)
        # Order and lead are asked again, because the stories differ; sentences of a change are not.
        assert {key for body in server.chats[asked:] for key in get_properties(body)} <= {
            "groups",
            "order",
            "lead",
            "next",
        }
        assert not any("acme/r1" in str(body) for body in server.chats[asked:])
    assert {item.repository for item in outside.evidence} == {"acme/r0"}
    assert made.problems == []
