"""Hostile repository text never blocks a digest: all products of hostile histories render and verify completely."""

import json
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from liquid import Environment

from resources.git.log import GitTag
from sparky_assets.digests.models import Product, get_suffix, list_products
from sparky_assets.digests.render.feeds import FeedEntry, FeedInfo, render_atom, render_json_feed
from sparky_assets.digests.render.templates import check_post_length
from sparky_assets.digests.verify.leave_out import leave_out_failing
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.periods import PeriodKind
from sparky_assets.text.redact import blank_metadata, find_leaks, find_mentions
from sparky_assets.text.x_rules import find_x_links
from tests.corpora.hostile_text import HOSTILE
from tests.digests.test_platforms import TITLES
from tests.factories.products import made, written
from tests.factories.sentences import make_sentence
from tests.strategies.effort import limit_examples
from tests.strategies.git_history import AUTHORS, WEEK, RepositoryLog, World, commit

PRODUCTS = list_products(PeriodKind.WEEKLY)
REMOTES = (
    "https://git.example.com/größe/fähre",
    "https://dev.azure.com/acme/My Project/_git/tool",
    "https://github.com/acme/tool",
    "https://git.example.com/a(b)/{{c}}/$d",
    None,
)
TAGS = (
    "@acme/pier-map@1.4.0",
    "core@3.0.0.Final",
    "v1.2.0",
    "release@acme.io",
    "web/v2.1.3",
    "REL_17_3",
    "v1.0-<!here>",
)
TITLE_PIECES = st.sampled_from(
    [*TITLES, "<!here>", "@all", "@acme/pier-map@1.4.0", "core@3.0.0.Final", "setup.py", "feat: ", "fix(x)!: ",
     ":bug: ", "✨ ", " (#12)", "closes #3", "{{", "{%", "$", "`", "``", "**", "|", "\\", "#", ". ", "”", "“", "<b>",
     "&amp;", "://", "www.a.com", "a", "Add", " ", "é", "کتاب\u200cها", "🧑\u200d💻", "---", "==", "%%",
     "ada@example.com", "<script>", "1.", "- "]
)  # fmt: skip
TITLE = st.lists(TITLE_PIECES, min_size=1, max_size=6).map("".join)


def build_world(titles: list[str], tags: tuple[str, ...] = (), url: str | None = REMOTES[2]) -> World:
    commits = tuple(commit(number, title) for number, title in enumerate(titles, 1))
    releases = tuple(
        GitTag(name, commits[0].sha, *AUTHORS[0], commits[0].committed_at + number, name)
        for number, name in enumerate(tags)
    )
    return World(WEEK, (RepositoryLog("acme/tool", url, "ok", commits, releases),))


def list_all_problems(world: World, product: Product) -> list[str]:
    """Return all problems that stages 4 and 5 find in a product as it was rendered, before anything is left out."""
    text, manifest, insight = written(world, product, page_url="https://blog.example.org/2025/11/week-2025-46")
    problems = [*find_ungrounded(text, manifest, insight), *find_leaks(text), *check_post_length(text, product)]
    if get_suffix(product) == "md":
        assert Environment().from_string(text).render() == text
    if get_suffix(product) != "html":
        problems += find_mentions(blank_metadata(text))
    if product is Product.X:
        problems += [link.url for link in find_x_links(text) if not link.has_scheme]
    return problems


@pytest.mark.parametrize("url", REMOTES)
@pytest.mark.parametrize("product", PRODUCTS)
def test_product_of_hostile_titles_and_tags_passes_every_check(product: Product, url: str | None) -> None:
    assert list_all_problems(build_world(list(TITLES), TAGS, url), product) == []


@pytest.mark.parametrize("product", [Product.DIGEST, Product.EMAIL_HTML, Product.X])
def test_product_of_the_hostile_corpus_passes_every_check(product: Product) -> None:
    titles = [text[:400] for text in HOSTILE if text.strip()]
    assert list_all_problems(build_world(titles[:40]), product) == []


@limit_examples(25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TITLE, min_size=1, max_size=4), st.sampled_from(PRODUCTS), st.sampled_from(REMOTES),
       st.lists(st.sampled_from(TAGS), max_size=2, unique=True))  # fmt: skip
def test_any_product_of_any_titles_passes_every_check(
    titles: list[str], product: Product, url: str | None, tags: list[str]
) -> None:
    assert list_all_problems(build_world(titles, tuple(tags), url), product) == []


# --- Sentences that fail


PLAIN = ["Sell day tickets", "Draw the night timetable", "Ring at midnight"]


@pytest.mark.parametrize(
    ("product", "after", "plant"),
    [
        (Product.DIGEST, "*Acme 42", "- The team had a great week."),
        (Product.DIGEST, "*Acme 42", "<script>alert(1)</script>"),
        (Product.DIGEST, "*Acme 42", "Write to ada@example.com today."),
        (Product.DIGEST, "*Acme 42", "| a |\n|---|\n| 77 |"),
        (Product.EMAIL_TEXT, "Acme 42, ", "* The team had a great week."),
        (Product.EMAIL_HTML, "<hr", "<p>The team had a <b>great</b> week.</p>"),
        (Product.LINKEDIN, "tool: Sell day tickets", "Ask @octocat about it."),
    ],
)
def test_failing_sentence_is_left_out_and_the_rest_stays(product: Product, after: str, plant: str) -> None:
    text, manifest, insight = written(build_world(PLAIN), product)
    assert after in text
    repaired = leave_out_failing(text.replace(after, f"{plant}\n\n{after}", 1), manifest, insight)
    assert repaired.left_out
    assert list(find_ungrounded(repaired.text, manifest, insight)) == []
    # Of a table only the row goes.
    assert repaired.text.replace("| a |\n|---|\n", "").split() == text.split()


def test_text_that_passes_stays_byte_for_byte() -> None:
    for product in PRODUCTS:
        text, manifest, insight = written(build_world(PLAIN, ("v1.0.0",)), product)
        repaired = leave_out_failing(text, manifest, insight)
        assert (repaired.text, repaired.left_out) == (text, ())


def test_only_the_failing_sentence_of_a_paragraph_is_left_out() -> None:
    text, manifest, insight = written(build_world(PLAIN), Product.CHAT)
    sentence = "Three changes, from Ada Lovelace"
    assert sentence in text
    planted = text.replace(sentence, f"Everybody is happy! {sentence}", 1)
    repaired = leave_out_failing(planted, manifest, insight)
    assert repaired.text == text
    assert repaired.left_out == (f"no record says: {repaired.left_out[0].removeprefix('no record says: ')}",)


def test_heading_without_anything_below_goes_with_its_sentences() -> None:
    text, manifest, insight = written(build_world(PLAIN))
    planted = f"{text}\n## Heroes\n\n- Everybody is happy.\n"
    assert "Heroes" not in leave_out_failing(planted, manifest, insight).text


def test_sentence_that_names_a_hidden_repository_is_left_out() -> None:
    text, manifest, insight = written(build_world([*PLAIN, "Move the map from acme/secret"]))
    repaired = leave_out_failing(text, manifest, insight, frozenset({"acme/secret"}))
    assert "acme/secret" in text and "acme/secret" not in repaired.text
    assert list(find_ungrounded(repaired.text, manifest, insight)) == []


def test_message_about_a_left_out_sentence_repeats_no_secret() -> None:
    text, manifest, insight = written(build_world(PLAIN))
    planted = text.replace("*Acme 42", "Ask ada@example.com or ghp_abcdefghijklmnopqrstuvwxyzABCDEFGHIJ.\n\n*Acme 42")
    left_out = " ".join(leave_out_failing(planted, manifest, insight).left_out)
    assert left_out and "ada@" not in left_out and "ghp_" not in left_out


@pytest.mark.parametrize("product", [Product.LINKEDIN, Product.CHAT, Product.X])
def test_post_that_is_too_long_loses_its_last_lines(product: Product) -> None:
    text, manifest, insight = written(build_world(PLAIN), product)
    sentence = text.strip().split("\n")[-1]
    long_text = (
        text.rstrip("\n") + f" {sentence}" * 60 + "\n" if product is Product.CHAT else text + f"{sentence}\n" * 200
    )
    repaired = leave_out_failing(long_text, manifest, insight)
    assert list(check_post_length(repaired.text, product)) == []
    assert repaired.text.startswith(text[:40])


def test_post_that_is_too_long_is_not_cut_within_a_quotation() -> None:
    text, manifest, insight = written(build_world(PLAIN), Product.X)
    quoted = make_sentence("B-BRIEF", f"Removed: “The old API is gone; {'clients of it ' * 40}get 410.”")
    grown = manifest.model_copy(update={"sentences": (*manifest.sentences, quoted)})
    repaired = leave_out_failing(f"{text.strip()} {quoted.text}\n", grown, insight)
    assert repaired.text == text
    assert list(find_ungrounded(repaired.text, grown, insight)) == []


# --- Feeds


def test_feeds_of_hostile_titles_are_valid() -> None:
    composed, manifest = made(build_world([*TITLES, "null \uffff and 🧑\u200d💻"]).insight())
    entry = FeedEntry(
        manifest.model_copy(update={"title": "A <b> & \uffff 🧑\u200d💻"}), "a.md", "https://x.y/a", composed.text
    )
    feed = FeedInfo("Acme", "Acme & <co>", "https://x.y/", "https://x.y/", "https://x.y/feed.xml")
    root = ElementTree.fromstring(render_atom(feed, [entry]))
    atom = "{http://www.w3.org/2005/Atom}"
    # RFC 4287, 4.1.1 and 4.1.2: what a feed and an entry must have exactly once.
    for element in (root, *root.findall(f"{atom}entry")):
        assert [len(element.findall(f"{atom}{name}")) for name in ("id", "title", "updated")] == [1, 1, 1]
    (item,) = root.findall(f"{atom}entry")
    assert item.findtext(f"{atom}title") == "A <b> &  🧑\u200d💻"
    content = item.find(f"{atom}content")
    assert content is not None and content.get("type") == "html" and "<script" not in (content.text or "")
    document = json.loads(render_json_feed(feed, [entry]))
    assert document["version"] == "https://jsonfeed.org/version/1.1" and document["title"] == "Acme & <co>"
    assert all(isinstance(value["id"], str) and value["content_html"] for value in document["items"])
