"""Faults that people reported about similar tools, and what the products print for these inputs."""

import re

import pytest

from resources.git.log import GitFileChange, GitTag
from sparky_assets.digests.models import Product
from sparky_assets.raw.window import RawWindow
from sparky_assets.text.words import FRONT_MATTER_BLOCK
from tests.factories.products import written
from tests.strategies.git_history import AUTHORS, WEEK, RepositoryLog, World, commit

CODE = (GitFileChange("src/app.py", 12, 1),)
URL = "https://github.com/acme/app"
LATER = 6 * 3600


class JoinedWorld(World):
    """An organisation whose people are joined, as they are when the rows of a store are read."""

    def raw(self) -> RawWindow:
        return super().raw().join_people()


def print_product(
    *messages: str | tuple[str, tuple[str, str]], tags: tuple[str, ...] = (), product: Product = Product.DIGEST
) -> str:
    """Return a product of commits in a row, with annotated tags on the last one, without its front matter.

    Args:
        messages: messages, or messages with their author.
        tags: names of tags.
        product: the product.
    """
    commits = [
        commit(number, message, files=CODE)
        if isinstance(message, str)
        else commit(number, message[0], author=message[1], files=CODE)
        for number, message in enumerate(messages, 1)
    ]
    releases = tuple(GitTag(tag, commits[-1].sha, *AUTHORS[0], commits[-1].committed_at + LATER, tag) for tag in tags)
    text, _, _ = written(JoinedWorld(WEEK, (RepositoryLog("acme/app", URL, "ok", tuple(commits), releases),)), product)
    return FRONT_MATTER_BLOCK.sub("", text, count=1).strip()


def read_line(text: str) -> str:
    """Return the line of counts at the end of a digest."""
    pattern = re.compile(r"(?:\b(?:person|people)|changes?, from Ada Lovelace)\b.*\.$")
    return next(line for line in text.splitlines() if pattern.search(line))


def revert_chain(length: int) -> list[str]:
    """Return the messages of a feature, its revert, the revert of that, and so on."""
    messages = ["feat: Sell day tickets (#10)"]
    for number in range(1, length):
        subject = messages[-1].partition("\n")[0]
        sha = commit(number, messages[-1]).sha
        messages.append(f'Revert "{subject}" (#{10 + number})\n\nThis reverts commit {sha}.')
    return messages


# --- Reverts


@pytest.mark.parametrize("product", [Product.X, Product.LINKEDIN, Product.CHAT, Product.DIGEST, Product.BLOG_POST])
@pytest.mark.parametrize("length", [2, 4])
def test_change_that_is_not_in_place_at_the_end_is_announced_nowhere(length: int, product: Product) -> None:
    text = print_product(*revert_chain(length), product=product)
    told = [line for line in text.splitlines() if "Sell day tickets" in line]
    assert told and all("was" in line and "reverted" in line for line in told)


def test_steps_of_a_chain_of_reverts_are_printed_in_order() -> None:
    text = print_product(*revert_chain(4))
    assert "Before that it was [reverted](https://github.com/acme/app/pull/11) and [brought back]" in text
    assert "[was reverted](https://github.com/acme/app/pull/13)" in text


def test_change_that_was_restored_is_announced() -> None:
    text = print_product(*revert_chain(3), product=Product.X)
    assert text.startswith("app: Sell day tickets")


def test_reverted_change_never_represents_a_story_with_another_change() -> None:
    feature, revert = revert_chain(2)
    text = print_product(
        feature, revert, "feat: Print day tickets in the office (#12)\n\nFollows #10.", product=Product.X
    )
    assert "Sell day tickets" not in text.partition("\n")[0] or "reverted" in text.partition("\n")[0]
    assert "Print day tickets" in text


# --- Titles


def test_features_of_two_scopes_with_one_title_name_their_scopes() -> None:
    text = print_product("feat(pier-map): add zoom", "feat(seat-map): add zoom", "feat(api)!: answer with JSON only")
    assert "- [pier-map: Add zoom]" in text
    assert "- [seat-map: Add zoom]" in text
    assert "**Breaking:** [Answer with JSON only]" in text


def test_fixes_of_two_scopes_with_one_title_name_their_scopes() -> None:
    text = print_product("fix(parser): handle empty input", "fix(printer): handle empty input")
    assert "[parser: Handle empty input]" in text and "[printer: Handle empty input]" in text


@pytest.mark.parametrize("product", [Product.X, Product.LINKEDIN, Product.DIGEST])
def test_prefixes_of_gitmoji_brackets_and_trackers_are_not_printed(product: Product) -> None:
    titles = (
        "✨ feat: Sell day tickets",
        ":sparkles: Add a map",
        "[feat] Print tickets",
        "FER-124 feat: Sell week tickets",
    )
    text = print_product(*titles, "chore(release): v1.2.3 [skip ci]", product=product)
    assert "Sell day tickets" in text
    assert not re.search(r"✨|:sparkles:|\[feat\]|FER-124|skip ci", text)


@pytest.mark.parametrize(
    "title",
    [
        "Initial commit", "wip", "chore(.gitignore)", "init from gpt51", "Ran cog", "Ran Black", "1.0.0 [skip ci]",
        "Squashed 'agents/' content from commit abc1234",
    ],
)  # fmt: skip
def test_title_that_says_nothing_never_leads(title: str) -> None:
    digest, post = print_product(title, "feat: Sell day tickets"), print_product(title, product=Product.X)
    assert digest.splitlines()[0] == "# app: Sell day tickets"
    assert post.startswith(("app: housekeeping", "Acme"))


def test_merge_that_names_only_a_branch_prints_no_branch_and_no_wip() -> None:
    text = print_product("wip (#42)")
    assert "Only housekeeping: [one change](https://github.com/acme/app/pull/42), from Ada Lovelace." in text


def test_body_of_bullets_gives_the_title_of_a_squashed_branch() -> None:
    text = print_product(
        "feature/night-ferry (#51)\n\n* Draw the night timetable\n* Ring at midnight",
        "fix: Close the gangway, closes (#13)",
    )
    assert "[Draw the night timetable](https://github.com/acme/app/pull/51)" in text
    assert "feature/night-ferry" not in text
    assert "[Close the gangway](https://github.com/acme/app/commit/" in text
    assert read_line(text).startswith("One pull request merged and one other change, from Ada Lovelace.")


def test_fix_that_came_with_a_release_is_no_fault_of_it() -> None:
    text = print_product("Fixes CVE-2025-49014 which was introduced in 1.8.0")
    assert "[Fixes CVE-2025-49014 which was introduced in 1.8.0]" in text
    assert ", by Ada" not in text


def test_person_of_the_only_change_is_named_once() -> None:
    text = print_product("Sell day tickets (#1)")
    assert text.count("Ada Lovelace") == 1


# --- Releases


def test_tags_of_prereleases_are_counted_and_listed_as_such() -> None:
    early = ("v10.0.0-preview.7.25380.108", "v3.0.0-next.3", "v5.0.0-rc.1+b5", "nightly-2025.11.12", "v5.0.0-M1")
    text = print_product("Sell day tickets", tags=early)
    assert text.splitlines()[0] == "# app: Sell day tickets"
    assert "- Five pre-releases: " in text
    assert read_line(text) == "One change, from one person; five pre-releases."


def test_release_beside_a_prerelease_is_counted_apart() -> None:
    text = print_product("Sell day tickets", "Draw a map", tags=("v1.1.0", "v1.2.0-rc.1"))
    assert read_line(text) == "Two changes, from Ada Lovelace; one release and one pre-release."


def test_lightweight_tag_has_no_title() -> None:
    first, second = commit(1, "Fix typo in tests"), commit(2, "Merge pull request #31 from acme/fix-ci")
    tag = GitTag("v1.1.0", second.sha, *AUTHORS[0], second.committed_at, second.message, is_annotated=False)
    text, _, _ = written(JoinedWorld(WEEK, (RepositoryLog("acme/app", URL, "ok", (first, second), (tag,)),)))
    assert "app 1.1.0" in text
    assert "fix-ci" not in text


# --- People


def test_author_without_a_name_is_neither_named_nor_thanked() -> None:
    text = print_product(("Ring at midnight", ("", "nameless@example.com")), "Draw a map")
    assert "[Ring at midnight]" in text
    assert "unknown" not in text and "somebody" not in text
    assert read_line(text) == "Two changes, from one person."


def test_bots_are_no_people_and_a_person_with_a_like_name_is_one() -> None:
    text = print_product(
        ("Draw a map", ("GitHub Action", "action@github.com")),
        ("Ring at midnight", ("k8s-ci-robot", "k8s-ci-robot@users.noreply.github.com")),
        ("Sell day tickets", ("Rita Renovated", "rita@example.com")),
    )
    assert "From Rita Renovated: [Sell day tickets]" in text
    assert read_line(text) == "Three changes, from one person."
    assert "robot" not in text and "GitHub Action" not in text


def test_co_authors_are_people_and_a_second_address_of_an_author_is_not() -> None:
    trailers = "Co-authored-by: Bob Stone <bob@example.com>\nCo-authored-by: Ada Lovelace <ada@home.example>"
    text = print_product(f"Sell day tickets (#1)\n\n{trailers}")
    assert read_line(text) == "One pull request merged, from two people."


def test_work_of_an_assistant_alone_names_no_person_and_counts_its_share() -> None:
    text = print_product(
        ("Sell day tickets", ("Claude", "noreply@anthropic.com")),
        "Ring at midnight\n\nCo-Authored-By: Claude <noreply@anthropic.com>",
    )
    assert "Claude" not in text
    assert "The only change by a person names a coding assistant." in read_line(text) or "Two of the two" in read_line(
        text
    )


# --- Quotations and words that judge


def test_greeting_is_not_quoted_as_a_reason() -> None:
    text = print_product("Repair the gangway (#4)\n\nHey devs, great tool as always, you're doing amazing work.")
    assert "Hey devs" not in text and "amazing" not in text


@pytest.mark.parametrize(
    ("body", "cut"),
    [
        ("Addresses https://github.com/acme/app/issues/1. Prints the path to the workspace root.", "Addresses Prints"),
        ("Example output:\n\n```\nFirst commit\n```\n\n* second commit is the actual change", "Example output: First"),
        ("Closes #12. This occurs when using a mounted file system in Docker.", "Closes This"),
    ],
)
def test_quotation_has_nothing_cut_from_its_middle(body: str, cut: str) -> None:
    message = f"Print the path (#4)\n\n{body}"
    text = print_product(message)
    for quoted in re.findall(r"“([^”]*)”", text.replace("\\", "")):
        assert " ".join(quoted.split()) in " ".join(message.split())
    assert cut not in text


@pytest.mark.parametrize("word", ["quiet", "usual", "comprehensive", "Nothing is left out", "It holds"])
def test_words_without_ground_are_not_printed(word: str) -> None:
    text = print_product("Add a comprehensive guide (#1)", "Bump uv from 0.9.1 to 0.9.2", tags=("v0.9.9",))
    assert not re.search(rf"\b{word}\b", re.sub(r"\[[^\]]*\]\([^)]*\)|^# .*|^\w+ [\d.]+ is out.*", "", text))
