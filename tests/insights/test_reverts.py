"""Reverts: a change that was reverted in a period is announced nowhere."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.digests.models import Product
from sparky_assets.insights.reverts import RevertCandidate, find_taken_back
from sparky_assets.text.reverts import parse_reverted
from tests.factories.products import written
from tests.strategies.git_history import WEEK, RepositoryLog, World, commit

START = datetime(2025, 11, 12, 8, tzinfo=UTC)
SHA = {name: f"{number:x}" * 40 for number, name in enumerate("abcdef", 10)}


def build_records(*changes: tuple[str, str, str]) -> list[RevertCandidate]:
    """Return records of (key, title, body), each an hour after the one before."""
    return [
        RevertCandidate(
            key,
            "acme/tool",
            title,
            START + timedelta(hours=number),
            (SHA[key],),
            number + 10,
            parse_reverted("acme/tool", title, body),
        )
        for number, (key, title, body) in enumerate(changes)
    ]


FEATURE = ("a", "feat: Sell day tickets (#10)", "")
REVERT = ("b", 'Revert "feat: Sell day tickets (#10)" (#11)', f"This reverts commit {SHA['a']}.")


@pytest.mark.parametrize(
    ("changes", "taken_back"),
    [
        ((FEATURE,), ""),
        ((FEATURE, REVERT), "ab"),
        ((FEATURE, ("b", 'Revert "feat: Sell day tickets (#10)"', "")), "ab"),
        ((FEATURE, ("b", 'Revert "Sell day tickets"', "")), "ab"),
        ((FEATURE, ("b", "Take it back", f"This reverts commit {SHA['a'][:10]}.")), "ab"),
        ((FEATURE, ("b", "Take it back", "Reverts acme/tool#10")), "ab"),
        ((FEATURE, ("b", "revert: feat: Sell day tickets", "")), "ab"),
        ((FEATURE, REVERT, ("c", 'Reapply "feat: Sell day tickets (#10)"', f"This reverts commit {SHA['b']}.")), "bc"),
        ((FEATURE, REVERT, ("c", 'Reapply "feat: Sell day tickets (#10)" (#12)', "")), "bc"),
        ((FEATURE, REVERT, ("c", 'Revert "Revert "feat: Sell day tickets (#10)" (#11)"', "")), "bc"),
        (
            (FEATURE, REVERT, ("c", 'Revert "Revert "feat: Sell day tickets (#10)" (#11)"', ""),
             ("d", 'Revert "Revert "Revert "feat: Sell day tickets (#10)" (#11)""', "")),
            "abcd",
        ),
        ((("b", 'Revert "Something older"', f"This reverts commit {'9' * 40}."),), ""),
        ((FEATURE, ("b", "Revert the order of the list", "")), ""),
        ((FEATURE, ("b", "feat: Sell day tickets", ""), ("c", 'Revert "feat: Sell day tickets"', "")), "bc"),
    ],
)  # fmt: skip
def test_change_that_is_missing_at_the_end_is_reverted(
    changes: tuple[tuple[str, str, str], ...], taken_back: str
) -> None:
    assert find_taken_back(reversed(build_records(*changes))) == set(taken_back)


def test_revert_of_another_repository_reverts_nothing() -> None:
    first, second = build_records(FEATURE, REVERT)
    other = RevertCandidate("b", "acme/web", second.title, second.at, reverts=second.reverts)
    assert find_taken_back([first, other]) == set()


def test_known_target_is_reverted_with_any_title() -> None:
    records = build_records(FEATURE, ("b", "Undo the sale", ""))
    assert find_taken_back(records, {"b": "a"}) == {"a", "b"}


QUOTES = st.lists(
    st.sampled_from(['Revert "', 'Reapply "', '"', "x", " (#1)", "revert: ", "This reverts commit aaaaaaa"]),
    max_size=30,
)


def test_known_target_in_another_repository_is_reverted() -> None:
    (feature,) = build_records(FEATURE)
    revert = RevertCandidate("b", "acme/fork", "Roll it back", START + timedelta(hours=1))
    quiet = RevertCandidate("c", "acme/quiet", "Add a gauge", START)
    assert find_taken_back([feature, revert, quiet], {"b": "a"}) == {"a", "b"}


@given(st.lists(st.tuples(QUOTES.map("".join), QUOTES.map("".join)), max_size=6))
def test_any_titles_end_and_name_only_given_keys(texts: list[tuple[str, str]]) -> None:
    records = build_records(*[(key, title, body) for key, (title, body) in zip("abcdef", texts, strict=False)])
    assert find_taken_back(records) <= {record.key for record in records}


@pytest.mark.parametrize("product", [Product.X, Product.LINKEDIN, Product.CHAT])
def test_no_post_announces_a_reverted_change(product: Product) -> None:
    feature = commit(1, "feat: Sell day tickets (#10)")
    revert = commit(2, f'Revert "feat: Sell day tickets (#10)" (#11)\n\nThis reverts commit {feature.sha}.')
    world = World(
        WEEK, (RepositoryLog("acme/tool", None, "ok", (feature, revert, commit(3, "feat: Draw a map (#12)")), ()),)
    )
    text, _, _ = written(world, product)
    assert "Draw a map" in text
    assert "Sell day tickets" not in text


def test_no_highlight_announces_a_reverted_change() -> None:
    feature = commit(1, "feat: Sell day tickets (#10)")
    revert = commit(2, f'Revert "feat: Sell day tickets (#10)" (#11)\n\nThis reverts commit {feature.sha}.')
    world = World(
        WEEK, (RepositoryLog("acme/tool", None, "ok", (feature, revert, commit(3, "feat: Draw a map (#12)")), ()),)
    )
    text, _, _ = written(world)
    assert "was reverted" in text
    highlights = text.partition("Highlights")[2].partition("\n## ")[0]
    assert "Sell day tickets" not in highlights
