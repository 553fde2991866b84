"""People: spellings of one human are joined, bots are known, and no e-mail address is stored."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from resources.git.releases import TagContents
from sparky_assets.raw.git_rows import count_release_people
from sparky_assets.raw.people import MAX_NAME_LENGTH, Person, PersonFactory, clean_name
from sparky_assets.raw.tables import PERSON_TYPE
from sparky_assets.settings.schema import PeopleSettings

BOTS = PeopleSettings().bots
AN_ADDRESS = re.compile(r"\S@\S")

LINE_BREAKS_AND_INVISIBLES = (
    "\0\a\b\t\n\v\f\r\x1b\x7f\x85\xad\u061c\u200b\u200d\u200e\u202a\u202e\u2028\u2029\u2066\ufeff"
)
names = st.text(
    st.characters() | st.sampled_from("@@@ .<>ab" + LINE_BREAKS_AND_INVISIBLES), max_size=2 * MAX_NAME_LENGTH
)
addresses = st.emails() | st.text(max_size=40)


@pytest.fixture
def people() -> PersonFactory:
    return PersonFactory(b"salt", BOTS)


# --- Keys: who is the same person


def test_two_names_with_one_address_are_one_person(people: PersonFactory) -> None:
    assert people.from_git("Ada Lovelace", "ada@example.org").key == people.from_git("ada", "ADA@Example.org ").key


def test_one_name_with_two_addresses_is_two_persons(people: PersonFactory) -> None:
    assert people.from_git("Ada", "ada@example.org").key != people.from_git("Ada", "ada@example.com").key


def test_without_an_address_the_name_is_the_person(people: PersonFactory) -> None:
    assert people.from_git("Ada", "").key == people.from_git("ADA", " ").key != people.from_git("Bob", "").key


def test_another_salt_gives_other_keys() -> None:
    one, other = (PersonFactory(salt, BOTS).from_git("Ada", "ada@example.org") for salt in (b"one", b"other"))
    assert one.key != other.key
    assert one.name == other.name


def test_same_salt_gives_the_same_key_in_every_process() -> None:
    assert PersonFactory(b"salt", ()).from_git("Ada", "ada@example.org").key == "4c9a1b39e3e622a5"
    assert PersonFactory(b"salt", ()).from_git("Ada", "").key == "9acd843da0a60261"


def test_invalid_unicode_in_an_address_is_accepted(people: PersonFactory) -> None:
    assert people.from_git("Zoë", "zo\udceb@example.org").key == people.from_git("Zoe", "ZO\udceb@example.org").key
    assert people.from_git("Zoë", "zo\udceb@example.org").key != people.from_git("Zoë", "zo@example.org").key


def test_login_is_one_person_however_it_is_spelled(people: PersonFactory) -> None:
    assert people.from_login("Octocat").key == people.from_login("octocat", "The Octocat").key
    assert people.from_login("Octocat").login == "Octocat"


# --- Logins that hide in noreply addresses


@pytest.mark.parametrize(
    ("address", "login"),
    [
        ("583231+octocat@users.noreply.github.com", "octocat"),
        ("octocat@users.noreply.github.com", "octocat"),
        ("583231+Octo-Cat@Users.NoReply.GitHub.com", "Octo-Cat"),
        (" 583231+octocat@users.noreply.github.com\t", "octocat"),
        ("49699333+dependabot[bot]@users.noreply.github.com", "dependabot[bot]"),
        ("583231+octocat_acme@users.noreply.github.com", "octocat_acme"),  # an enterprise-managed user
    ],
)
def test_noreply_address_gives_the_login(people: PersonFactory, address: str, login: str) -> None:
    person = people.from_git("Somebody", address)
    assert (person.login, person.key, person.name) == (login, login.lower(), "Somebody")


@pytest.mark.parametrize(
    "address",
    [
        "noreply@github.com",
        "octocat@users.noreply.github.com.evil.example",
        "x y@users.noreply.github.com",
        "a@b@users.noreply.github.com",
        "-x@users.noreply.github.com",
        "@users.noreply.github.com",
        "12+@users.noreply.github.com",
    ],
)
def test_address_that_only_looks_like_noreply_gives_no_login(people: PersonFactory, address: str) -> None:
    assert people.from_git("Somebody", address).login is None


def test_noreply_address_and_the_account_itself_are_one_person(people: PersonFactory) -> None:
    from_git = people.from_git("The Octocat", "583231+octocat@users.noreply.github.com")
    assert from_git.key == people.from_login("Octocat", "Octo Cat").key


def test_noreply_address_without_a_name_shows_the_login(people: PersonFactory) -> None:
    assert people.from_git("", "583231+octocat@users.noreply.github.com").name == "octocat"


# --- Bots


@pytest.mark.parametrize(
    "name",
    ["dependabot[bot]", "renovate", "Renovate Bot", "my-own-bot", "GitHub-Actions", "pre-commit-ci[bot]", "gitlab ci"],
)
def test_bots_of_the_settings_are_known_in_any_case(people: PersonFactory, name: str) -> None:
    assert people.from_git(name, "somebody@example.org").is_bot
    assert people.from_login("somebody", name).is_bot


@pytest.mark.parametrize("name", ["Ada Lovelace", "Abbot", "robot", "bot", "talbot", "my-bot-army"])
def test_human_whose_name_resembles_a_bot_stays_human(people: PersonFactory, name: str) -> None:
    assert not people.from_git(name, "somebody@example.org").is_bot


def test_account_is_no_bot_without_a_mark_or_a_pattern(people: PersonFactory) -> None:
    assert not people.from_login("octocat").is_bot
    assert not people.from_git("The Octocat", "583231+octocat@users.noreply.github.com").is_bot


def test_account_that_github_marks_is_a_bot_with_any_name() -> None:
    assert PersonFactory(b"", ()).from_login("quiet-helper", is_bot=True).is_bot


def test_bot_is_known_by_its_login_although_its_name_is_plain(people: PersonFactory) -> None:
    assert people.from_git("Updates", "49699333+dependabot[bot]@users.noreply.github.com").is_bot


def test_without_patterns_of_the_settings_the_maintained_list_applies() -> None:
    assert PersonFactory(b"", ()).is_bot_name("dependabot[bot]")
    assert not PersonFactory(b"", ()).is_bot_name("")
    assert not PersonFactory(b"", (), never_bots=("dependabot*",)).is_bot_name("dependabot[bot]")


def test_pattern_is_no_regular_expression() -> None:
    literal = PersonFactory(b"", ("a.c", "x[yz]", "(p"))
    assert [literal.is_bot_name(name) for name in ("a.c", "abc", "x[yz]", "xy", "(p")] == [
        True,
        False,
        True,
        False,
        True,
    ]


# --- Co-authors


def test_co_authors_are_read_from_the_trailers_of_a_message(people: PersonFactory) -> None:
    message = (
        "Add the engine\n\nCo-authored-by: Ada <ada@example.org>\n"
        "co-AUTHORED-by:  Octo Cat  <583231+octocat@users.noreply.github.com>  \n"
    )
    assert [(one.name, one.login) for one in people.find_co_authors(message)] == [
        ("Ada", None),
        ("Octo Cat", "octocat"),
    ]


def test_message_with_windows_line_ends_has_its_co_authors(people: PersonFactory) -> None:
    message = "Add\r\n\r\nCo-authored-by: Ada <ada@example.org>\r\nCo-authored-by: Bob <bob@example.org>\r\n"
    assert [one.name for one in people.find_co_authors(message)] == ["Ada", "Bob"]


def test_co_author_named_twice_counts_once(people: PersonFactory) -> None:
    message = "x\n\nCo-authored-by: Ada <ada@example.org>\nCo-authored-by: A. Lovelace <ADA@example.org>"
    assert [one.name for one in people.find_co_authors(message)] == ["Ada"]


@pytest.mark.parametrize(
    "message",
    [
        "",
        "Co-authored-by: Ada",
        "Co-authored-by: Ada ada@example.org",
        "thanks, Co-authored-by: Ada <ada@example.org>",
        "Co-authored-by: Ada <ada@example.org> and others",
        "Co-authored-by: Ada\n<ada@example.org>",
        "Signed-off-by: Ada <ada@example.org>",
    ],
)
def test_other_trailer_names_no_co_author(people: PersonFactory, message: str) -> None:
    assert list(people.find_co_authors(message)) == []


def test_co_author_is_the_same_person_as_the_author_of_other_commits(people: PersonFactory) -> None:
    (co_author,) = people.find_co_authors("x\n\nCo-authored-by: Ada <ada@example.org>")
    assert co_author == people.from_git("Ada", "ada@example.org")


def test_trailer_of_a_million_blanks_is_read_to_its_end(people: PersonFactory) -> None:
    message = f"x\n\nCo-authored-by:{' ' * 1_000_000}\nCo-authored-by: Ada <ada@example.org>\n"
    assert [one.name for one in people.find_co_authors(message)] == ["Ada"]


# --- Names that may be shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("  Ada\t\n Lovelace ", "Ada Lovelace"),
        ("ada@example.org", "ada"),
        ("Ada (ada@example.org)", "Ada"),
        ("ada@example.org@example.com", "ada"),
        ("ada@example.org bob@example.org", "ada bob"),
        ("ada\u200b@\u200bexample.org", "ada"),
        ("@octocat", "@octocat"),
        ("me @ home", "me @ home"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("Ada\uffff \ue000Lovelace", "Ada Lovelace"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("line\u2028break", "line break"),
        ("\udcff\udc80Ada", "Ada"),
        ("Ωμέγα 鈴木 Öž", "Ωμέγα 鈴木 Öž"),
        ("`", ""),
        ("a" * 200, "a" * 80),
        ("Ada Lovelace (@ada)", "Ada Lovelace"),
        ("Ada Lovelace (ada at work)", "Ada Lovelace (ada at work)"),
        ("a" * 79 + " bc", "a" * 79),
    ],
)
def test_name_is_shown_in_one_clean_line(name: str, shown: str) -> None:
    assert clean_name(name) == shown


def test_name_of_a_million_letters_is_cut() -> None:
    assert clean_name("a" * 1_000_000) == "a" * MAX_NAME_LENGTH


@given(names)
@example("a@b@c")
@example("a@\u200b@b")
@example("a" * 79 + " b")
def test_shown_name_is_short_visible_clean_and_no_address(name: str) -> None:
    shown = clean_name(name)
    assert len(shown) <= MAX_NAME_LENGTH
    assert not AN_ADDRESS.search(shown)
    assert not set(shown) & set(LINE_BREAKS_AND_INVISIBLES)
    assert shown == shown.strip()
    assert clean_name(shown) == shown
    shown.encode()  # can be stored: no half characters


@given(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=MAX_NAME_LENGTH))
def test_plain_name_stays_unchanged(name: str) -> None:
    assert clean_name(name) == name


@given(names, addresses)
def test_person_from_git_has_a_name_a_key_and_no_address(name: str, address: str) -> None:
    person = PersonFactory(b"salt", BOTS).from_git(name, address)
    assert person.name
    assert not AN_ADDRESS.search(person.name)
    # A drawn name may be that of an assistant: Gemini.
    assert re.fullmatch(r"[0-9a-f]{16}|assistant:[\w -]+", person.key)
    assert person.login is None


@given(names)
def test_person_with_an_account_always_has_a_name(name: str) -> None:
    person = PersonFactory(b"salt", BOTS).from_login("octocat", name)
    assert person.name == (clean_name(name) or "octocat")


@given(st.lists(st.tuples(names, st.emails()), max_size=4))
def test_no_co_author_has_an_address(trailers: list[tuple[str, str]]) -> None:
    message = "x\n\n" + "\n".join(f"Co-authored-by: {name} <{address}>" for name, address in trailers)
    for person in PersonFactory(b"salt", BOTS).find_co_authors(message):
        assert not AN_ADDRESS.search(person.name)
        assert "@" not in person.key


def test_author_without_name_and_address_is_unknown(people: PersonFactory) -> None:
    assert people.from_git("", "").name == people.from_git("\u200b", "").name == "unknown"


def test_person_fits_its_column(people: PersonFactory) -> None:
    row = people.from_git("Ada", "ada@example.org").to_row()
    assert list(row) == [field.name for field in PERSON_TYPE.fields]
    assert Person(**row) == people.from_git("Ada", "ada@example.org")


@pytest.mark.parametrize("address", ["noreply@anthropic.com", "no-reply@ci.example.com"])
def test_shared_no_reply_address_identifies_no_person(address: str) -> None:
    assert PersonFactory(b"salt", ()).from_git("Releases", address).is_bot
    assert not PersonFactory(b"salt", ()).from_git("Releases", f"releases.{address}").is_bot


@pytest.mark.parametrize(
    ("name", "is_bot"), [("atlarix-agent", True), ("DeepSeek V4 Pro agent", True), ("Agent", False)]
)
def test_name_that_ends_with_agent_is_of_a_bot(name: str, is_bot: bool) -> None:
    """Regression: TanStack's paper counted an agent that wrote for a person as a person."""
    assert PersonFactory(b"salt", ()).from_git(name, "agent@atlarix.example").is_bot is is_bot


def test_release_counts_one_person_with_two_names_or_two_addresses_once() -> None:
    authors = {
        ("Ada Lovelace", "ada@users.noreply.github.com"), ("Ada L", "ada@users.noreply.github.com"),
        ("Ada Lovelace", "ada@engine.example"), ("Mona", "mona@engine.example"),
        ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
    }  # fmt: skip
    assert count_release_people(TagContents("v1", 5, frozenset(authors)), PersonFactory(b"salt")) == 2
