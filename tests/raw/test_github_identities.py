"""One human is one person: across renamed accounts, addresses, mailmaps and trailers."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.raw.github.identities import IdentityRegistry, IdentityResolver, parse_mailmap
from sparky_assets.raw.github.responses import GitActor, GitHubAccount, GitHubActor
from sparky_assets.raw.people import PersonFactory
from sparky_assets.raw.tables import PERSON_TYPE


def identities(register: IdentityRegistry | None = None) -> IdentityResolver:
    return IdentityResolver(PersonFactory(b"salt", ("dependabot*",)), register or IdentityRegistry())


def account(login: str, number: int | None = 7, name: str | None = None) -> GitHubAccount:
    return GitHubAccount(login=login, database_id=number, name=name)


def actor(login: str, kind: str = "User", number: int | None = 7) -> GitHubActor:
    return GitHubActor.model_validate({"__typename": kind, "login": login, "databaseId": number, "name": None})


def by(name: str, email: str, user: GitHubAccount | None = None) -> GitActor:
    return GitActor(name=name, email=email, user=user)


def keys(known: IdentityResolver, rows: list[dict[str, object]]) -> list[str]:
    frame = pl.DataFrame({"author": rows}, schema={"author": PERSON_TYPE})
    return known.replace_persons(frame)["author"].struct.field("key").to_list()


def test_address_seen_with_an_account_joins_the_commits_without_one() -> None:
    known = identities()
    before = known.resolve_git_actor(by("Ada", "ada@home.example"), {}).to_row()
    linked = known.resolve_git_actor(by("Ada L", "ada@home.example", account("ada")), {}).to_row()
    review = known.resolve_actor(actor("ada"))
    assert keys(known, [before, linked, review]) == ["ada", "ada", "ada"]


def test_commit_with_a_numbered_address_belongs_to_a_later_account() -> None:
    """Otherwise the first sweep of a day would find two people and the second one."""
    first = identities()
    commit = by("Robot", "7+robot-app@users.noreply.github.com")
    rows = [first.resolve_git_actor(commit, {}).to_row(), first.resolve_actor(actor("robot", "Bot"))]
    second = identities(first.registry)
    again = [second.resolve_git_actor(commit, {}).to_row(), second.resolve_actor(actor("robot", "Bot"))]
    assert keys(first, rows) == keys(second, again) == ["robot[bot]", "robot[bot]"]


def test_renamed_account_keeps_its_key_and_shows_its_new_login() -> None:
    first = identities()
    first.resolve_actor(actor("ada"))
    second = identities(first.registry)
    row = second.resolve_actor(actor("countess"))
    assert (row["key"], row["login"]) == ("ada", "countess")
    old = second.resolve_git_actor(by("Ada", "7+ada@users.noreply.github.com"), {}).to_row()
    new = second.resolve_git_actor(by("Ada", "7+countess@users.noreply.github.com"), {}).to_row()
    bare = second.resolve_git_actor(by("Ada", "countess@users.noreply.github.com"), {}).to_row()
    assert keys(second, [old, new, bare]) == ["ada", "ada", "ada"]


def test_login_that_another_account_took_over_is_another_person() -> None:
    known = identities()
    known.resolve_actor(actor("ada", number=7))
    known.resolve_actor(actor("countess", number=7))
    assert known.resolve_actor(actor("ada", number=8))["key"] == "ada#8"


def test_bot_is_known_by_its_type_and_is_the_same_in_commits() -> None:
    known = identities()
    on_github = known.resolve_actor(actor("renovate", kind="Bot", number=29139614))
    in_git = known.resolve_git_actor(by("renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com"), {})
    assert on_github["is_bot"]
    assert on_github["key"] == in_git.key == "renovate[bot]"
    assert known.resolve_actor(actor("dependabot-preview"))["is_bot"]


def test_deleted_account_is_the_ghost() -> None:
    known = identities()
    assert known.resolve_actor(None)["key"] == known.resolve_account(None)["key"] == "ghost"


def test_commit_without_any_identity_is_unknown() -> None:
    assert identities().resolve_git_actor(None, {}).name == "unknown"


def test_co_authors_are_named_once_and_never_the_author() -> None:
    known = identities()
    author = known.resolve_git_actor(by("Ada", "ada@x.example", account("ada")), {})
    message = (
        "Fix\n\nCo-authored-by: Bob <bob@x.example>\nCo-Authored-By: Bob B <BOB@x.example>\n"
        "Co-authored-by: Ada <ada@users.noreply.github.com>\n"
    )
    found = known.resolve_co_authors(message, {}, author.key)
    assert [row["name"] for row in found] == ["Bob B"]


def test_mailmap_joins_what_its_owner_says_is_one() -> None:
    text = """
    # who is who
    Ada Lovelace <ada@x.example> <old@x.example>
    Bob <bob@x.example> Robert <shared@x.example>
    <carol@x.example> <c@x.example>
    """
    mailmap = parse_mailmap(text)
    known = identities()
    assert known.resolve_git_actor(by("A", "OLD@x.example"), mailmap).name == "Ada Lovelace"
    assert (
        known.resolve_git_actor(by("A", "old@x.example"), mailmap).key
        == known.resolve_git_actor(by("Ada", "ada@x.example"), mailmap).key
    )
    assert known.resolve_git_actor(by("Robert", "shared@x.example"), mailmap).name == "Bob"
    assert known.resolve_git_actor(by("Another", "shared@x.example"), mailmap).name == "Another"
    assert (
        known.resolve_git_actor(by("C", "c@x.example"), mailmap).key
        == known.resolve_git_actor(by("C", "carol@x.example"), mailmap).key
    )


@pytest.mark.parametrize("email", ["ada@example.com", "Ada <ada@example.com>"])
def test_no_output_contains_an_address(email: str) -> None:
    known = identities()
    rows = [
        known.resolve_git_actor(by(email, email), {}).to_row(),
        *known.resolve_co_authors(f"x\n\nCo-authored-by: A <{email}>", {}, ""),
    ]
    assert "example.com" not in str(rows) + known.registry.model_dump_json()


def test_mailmap_line_of_blanks_is_read_at_once() -> None:
    assert parse_mailmap(f"Ada <ada@example.com>{' ' * 100_000}x") == {
        ("", "ada@example.com"): ("Ada", "ada@example.com")
    }


@given(st.text())
def test_any_text_is_a_mailmap(text: str) -> None:
    for (name, email), (_, proper) in parse_mailmap(text).items():
        assert email
        assert "<" not in name + email + proper
        assert ">" not in email + proper


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 4), st.sampled_from(["x@e", "y@e", "z@e"]))))
def test_join_is_complete_after_one_pass(seen: list[tuple[str, int, str]]) -> None:
    known = identities()
    rows = [
        known.resolve_git_actor(by(login, email, account(login, number)), {}).to_row() for login, number, email in seen
    ]
    frame = pl.DataFrame({"author": rows, "co_authors": [[row] for row in rows]},
                         schema={"author": PERSON_TYPE, "co_authors": pl.List(PERSON_TYPE)})  # fmt: skip
    once = known.replace_persons(frame)
    assert known.replace_persons(once).equals(once)
