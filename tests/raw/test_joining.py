"""Identities: accounts, addresses and spellings of a window become one person, and assistants get no credit."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sparky_assets.raw.joining import build_person_map, join_people, normalize_full_name
from sparky_assets.raw.people import GHOST_KEY, PersonFactory
from sparky_assets.raw.tables import COMMITS, EVENT_TABLES, PULL_REQUESTS, REVIEWS, TableSpec

FACTORY = PersonFactory(b"salt")


def git(name: str, email: str) -> dict[str, Any]:
    return FACTORY.from_git(name, email).to_row()


def login(name: str, full_name: str | None = None) -> dict[str, Any]:
    return FACTORY.from_login(name, full_name).to_row()


ADA = git("Ada Lovelace", "ada@example.com")
CLAUDE = git("Claude", "noreply@anthropic.com")
NOBODY = git("GitHub", "noreply@github.com")


def make_frame(table: TableSpec, *rows: dict[str, Any]) -> pl.DataFrame:
    defaults = {"repository": "acme/app", "is_merge": False, "co_authors": []}
    columns = table.columns
    return pl.DataFrame(
        [{name: value for name, value in (defaults | row).items() if name in columns} for row in rows],
        schema=dict(columns),
    )


def commit(author: dict[str, Any], *co_authors: dict[str, Any], committer: Any = None, sha: str = "a") -> Any:
    return {"sha": sha, "author": author, "committer": committer or author, "co_authors": list(co_authors)}


def join(*, join_names: bool = True, **rows: list[dict[str, Any]]) -> dict[str, pl.DataFrame]:
    frames = {table.asset: make_frame(table, *rows.get(table.asset, [])) for table in EVENT_TABLES}
    return join_people(frames, join_names=join_names)


def authors(frames: dict[str, pl.DataFrame], asset: str = "commits") -> list[dict[str, Any]]:
    return frames[asset]["author"].to_list()


def test_two_addresses_with_one_full_name_are_one_person() -> None:
    rows = authors(join(commits=[commit(ADA), commit(git("ada lovelace", "ada@home.example"), sha="b")]))
    assert rows[0] == rows[1]
    assert rows[0]["name"] == "Ada Lovelace"


def test_name_that_is_an_account_is_the_person_of_that_account() -> None:
    # ktor: Pantus Oleh also commits as zibet27, from another address.
    own = login("zibet27", "Pantus Oleh")
    rows = authors(join(commits=[commit(own), commit(git("zibet27", "oleh@example.com"), sha="b")]))
    assert rows[0] == rows[1] == own


def test_first_name_that_is_an_account_joins_no_person() -> None:
    rows = authors(join(commits=[commit(login("daniel")), commit(git("Daniel", "d@example.com"), sha="b")]))
    assert rows[0]["key"] != rows[1]["key"]


def test_address_and_account_with_one_full_name_have_the_account_key() -> None:
    frames = join(commits=[commit(ADA)], pull_requests=[{"author": login("alovelace", "Ada Lovelace"), "event": "x"}])
    assert authors(frames) == authors(frames, "pull_requests")
    assert authors(frames)[0]["key"] == "alovelace"


def test_two_spellings_of_one_address_have_one_printed_name() -> None:
    rows = authors(join(commits=[commit(git("alovelace", "Ada@Example.com")), commit(ADA, sha="b")]))
    assert {(row["key"], row["name"]) for row in rows} == {(ADA["key"], "Ada Lovelace")}


def test_chain_of_spellings_is_one_person() -> None:
    noreply = git("alovelace", "12+alovelace@users.noreply.github.com")
    account = login("alovelace", "Ada Lovelace")
    rows = authors(join(commits=[commit(noreply), commit(account, sha="b"), commit(ADA, sha="c")]))
    assert len({row["key"] for row in rows}) == 1
    assert {row["name"] for row in rows} == {"Ada Lovelace"}


def test_second_address_of_an_author_is_no_co_author() -> None:
    frames = join(commits=[commit(login("alovelace", "Ada Lovelace"), ADA, git("Bob Stone", "bob@example.com"))])
    assert [row["name"] for row in frames["commits"]["co_authors"][0].to_list()] == ["Bob Stone"]


def test_names_are_not_joined_if_the_setting_is_off() -> None:
    rows = [commit(ADA), commit(git("Ada Lovelace", "ada@home.example"), sha="b")]
    assert len({row["key"] for row in authors(join(join_names=False, commits=rows))}) == 2


@pytest.mark.parametrize("name", ["Ada", "root", "Your Name", "A B", "John Doe", "1 2"])
def test_name_that_is_no_full_name_is_not_joined(name: str) -> None:
    assert normalize_full_name(name) is None
    rows = [commit(git(name, "a@example.com")), commit(git(name, "b@example.com"), sha="b")]
    assert len({row["key"] for row in authors(join(commits=rows))}) == 2


def test_author_without_a_name_in_any_commit_is_no_person() -> None:
    rows = authors(join(commits=[commit(git("", "a@example.com")), commit(git("...", "b@example.com"), sha="b")]))
    assert [(row["key"], row["name"]) for row in rows] == [("ghost", None), ("ghost", None)]


def test_author_without_a_name_has_that_of_another_commit() -> None:
    rows = authors(join(commits=[commit(git("", "ada@example.com")), commit(git("ada", "ada@example.com"), sha="b")]))
    assert [row["name"] for row in rows] == ["ada", "ada"]


def test_account_under_names_of_several_people_joins_none_of_them() -> None:
    # A job that formats commits writes the name of the last author beside the account that started it.
    own = [ADA, git("Grace Hopper", "grace@example.com")]
    jobs = [git(name, "eve@users.noreply.github.com") for name in ("Ada Lovelace", "Grace Hopper")]
    rows = authors(join(commits=[commit(row, sha=str(number)) for number, row in enumerate((*own, *jobs))]))
    assert [row["name"] for row in rows] == ["Ada Lovelace", "Grace Hopper", "eve", "eve"]
    assert len({row["key"] for row in rows}) == 3


def test_account_under_two_spellings_of_a_name_is_joined() -> None:
    spelled = [git(name, "ada@users.noreply.github.com") for name in ("Ada Lovelace", "Ada King Lovelace")]
    rows = authors(join(commits=[commit(ADA), *(commit(row, sha=str(n)) for n, row in enumerate(spelled))]))
    assert len({row["key"] for row in rows}) == 1


def test_bot_with_the_name_of_a_person_is_not_joined() -> None:
    bot = ADA | {"key": "bot", "is_bot": True}
    rows = authors(join(commits=[commit(ADA), commit(bot, sha="b")]))
    assert [row["key"] for row in rows] == [ADA["key"], "bot"]


def test_unknown_person_has_no_name() -> None:
    assert authors(join(commits=[commit(NOBODY)])) == [{"key": GHOST_KEY, "name": None, "login": None, "is_bot": False}]


def test_commit_of_an_assistant_is_credited_to_its_co_author() -> None:
    frames = join(commits=[commit(CLAUDE, ADA, committer=NOBODY)])
    assert authors(frames)[0]["name"] == "Ada Lovelace"
    assert [row["name"] for row in frames["commits"]["co_authors"][0].to_list()] == ["Claude"]


def test_commit_of_an_assistant_is_credited_to_the_person_who_merged_it() -> None:
    merged = {"event": "merged", "number": 3, "commit": "a", "author": CLAUDE, "actor": login("bob", "Bob Stone")}
    frames = join(commits=[commit(CLAUDE, committer=NOBODY)], pull_requests=[merged])
    assert authors(frames)[0]["name"] == authors(frames, "pull_requests")[0]["name"] == "Bob Stone"


def test_commit_of_an_assistant_is_credited_to_the_committer() -> None:
    assert authors(join(commits=[commit(CLAUDE, committer=ADA)]))[0]["name"] == "Ada Lovelace"


def test_commit_of_an_assistant_alone_is_credited_to_no_one() -> None:
    assert authors(join(commits=[commit(CLAUDE, committer=NOBODY)]))[0]["key"] == GHOST_KEY


def test_joining_twice_changes_nothing() -> None:
    rows = [commit(ADA, CLAUDE), commit(CLAUDE, ADA, sha="b"), commit(git("ada lovelace", "x@example.com"), sha="c")]
    once = join(commits=rows)
    assert all(frame.equals(once[name]) for name, frame in join_people(once).items())


NAMES = st.sampled_from(["Ada Lovelace", "ada lovelace", "ada", "Bob Stone", "bob", "", "Grace M. Hopper", "bors"])
ADDRESSES = st.sampled_from(["a@x.org", "A@x.org", "b@x.org", "1+ada@users.noreply.github.com", "noreply@github.com"])


@given(st.lists(st.tuples(NAMES, ADDRESSES), max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_join_does_not_depend_on_the_order_of_rows(pairs: list[tuple[str, str]], random: Any) -> None:
    rows = [commit(git(*pair), sha=str(number)) for number, pair in enumerate(pairs)]
    shuffled = random.sample(rows, len(rows))
    maps = [build_person_map([make_frame(COMMITS, *some)]) for some in (rows, shuffled)]
    assert maps[0] == maps[1]


RELATED_NAMES = st.sampled_from(
    ["Ada Lovelace", "ada lovelace", "ada", "Ada B. Lovelace", "bob", "", "B. B. Ada", "x-9"]
)
"""Full names with a word in common. An account with others is shared, and a name of a bot makes a bot of its address:
both are known of a week before they are of each day, and then join fewer people.
"""


@given(st.lists(st.tuples(RELATED_NAMES, ADDRESSES), max_size=12), st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_week_has_no_more_people_than_its_days_together(pairs: list[tuple[str, str]], cut: int) -> None:
    def count(some: list[Any]) -> int:
        persons = build_person_map([make_frame(COMMITS, *some)])
        return len({person["key"] for person in persons.values()} - {GHOST_KEY})

    rows = [commit(git(*pair), sha=str(number)) for number, pair in enumerate(pairs)]
    assert count(rows) <= count(rows[:cut]) + count(rows[cut:])


def test_account_that_is_shared_within_a_week_joins_no_people_of_its_days() -> None:
    job, *people = login("ada", "Ada Lovelace"), git("Ada Lovelace", "a@x.org"), git("Bob Stone", "b@x.org")
    days = [[commit(job), commit(people[0])], [commit(login("ada", "Bob Stone")), commit(people[1])]]
    keys = [
        {person["key"] for person in build_person_map([make_frame(COMMITS, *rows)]).values()} - {GHOST_KEY}
        for rows in (*days, [*days[0], *days[1]])
    ]
    assert list(map(len, keys)) == [1, 1, 3]


def test_tables_keep_their_schema() -> None:
    frames = join(commits=[commit(CLAUDE, ADA)], reviews=[{"author": ADA}])
    assert all(dict(frames[table.asset].schema) == dict(table.columns) for table in (COMMITS, REVIEWS, PULL_REQUESTS))


def test_first_commit_of_somebody_with_another_name_elsewhere_is_unknown() -> None:
    """hackclub: Mat M, new to hackatime by that name, is Mat Manna, who was not."""
    mat, manna, ada = git("Mat M", "git@mat.dev"), git("Mat Manna", "git@mat.dev"), git("Ada Low", "ada@low.dev")
    rows = [commit(mat, sha="a"), commit(manna, sha="b"), commit(ada, sha="c"), commit(manna, sha="d")]
    firsts = [True, False, True, None]
    frames = join(commits=[row | {"is_first_contribution": first} for row, first in zip(rows, firsts, strict=True)])
    assert frames["commits"]["is_first_contribution"].to_list() == [None, False, True, None]
    assert join_people(frames)["commits"].equals(frames["commits"])
