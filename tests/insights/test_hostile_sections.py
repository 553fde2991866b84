"""Hostile text in titles, bodies, names, tags and paths: every section stays grounded and inert."""

import re
import unicodedata
from typing import Any

from hypothesis import Phase, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from sparky_assets.digests.models import Product, get_suffix, list_products
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.insights.checks import find_ungrounded_claims
from sparky_assets.insights.models import Insight
from sparky_assets.periods import PeriodKind
from sparky_assets.raw.people import clean_name
from sparky_assets.raw.window import RawWindow
from sparky_assets.text.words import FRONT_MATTER_BLOCK, split_words
from tests.corpora.hostile_text import HOSTILE, SECRET_PARTS
from tests.factories.github_week import WEEK, at, commit, insight_of, issue, pull, raw_of, release, review, sha
from tests.factories.products import made
from tests.strategies.effort import limit_examples

TEMPLATES = set(
    split_words(
        "quiet it was no commit commits merged pull request requests or release releases recorded in the repository "
        "repositories read reviews opened issue issues closed all same from person people by bots and one s of "
        "touched files file lines released reverted a revert landed week which had undo mend another among them "
        "updated word is titles as bumped reviewed published pre changed open for hours hour days day includes "
        "change changes without merging again draft not planned duplicate reviewing together written with committed "
        "active similar changes"
    )
)
SHORT = [text[:200] for text in HOSTILE]
BUMPS, REVERTS = [f"Bump {text} from 1 to 2" for text in SHORT], [f'Revert "{text}"' for text in SHORT]
TITLES = st.sampled_from([*SHORT, *BUMPS, *REVERTS, "Read archives from 3 wires", "Bump ink from 1.0 to 1.1"])
NAMES = st.sampled_from(
    # An address with a password in it loses its end where names are read, and does not look like a secret any more.
    [
        *(clean_name(text) or "x" for text in SHORT if "s3cretpass" not in text),
        "Ada Lovelace",
        "R2-D2 [42]",
        "<script>alert(1)</script>",
    ]
)
PATHS = st.sampled_from([*(f"{text}/a.py" for text in SHORT), "src/a.py", "v2/9/x", "@octocat/x", "www.evil.example/x"])


@st.composite
def weeks(draw: st.DrawFn) -> RawWindow:
    """Return work of every kind in two repositories, with hostile text in each field that a stranger controls."""

    def person() -> dict[str, Any]:
        name = draw(NAMES)
        return {"key": name, "name": name, "login": None, "is_bot": False}

    rows: dict[str, list[dict[str, Any]]] = {
        "pull_requests": [], "commits": [], "issues": [], "reviews": [], "releases": []
    }  # fmt: skip
    for number in range(1, draw(st.integers(2, 6))):
        name = draw(st.sampled_from(["acme/tool", "acme/web"]))
        event = draw(st.sampled_from(["merged", "opened", "closed"]))
        rows["pull_requests"].append(
            pull(number, draw(TITLES), name, event=event, author=person(), actor=person(), commit=sha(number),
                 body=f"Fixes #{number + 50} {draw(TITLES)}", opened_at=at(number) - (at(40) - at(0)))
        )  # fmt: skip
        rows["commits"].append(
            commit(number, draw(TITLES), name, author=person(), committer=person(), co_authors=[person()],
                   body=f"This reverts commit {sha(number - 1)}.", changed_files=1,
                   files=[{"path": draw(PATHS), "insertions": 1, "deletions": 0}])
        )  # fmt: skip
        rows["issues"].append(
            issue(number + 50, draw(TITLES), name, event=draw(st.sampled_from(["opened", "closed"])), actor=person())
        )
        rows["reviews"].append(review(number, person(), name))
        tag = draw(st.sampled_from(["v1.0", "nightly", SHORT[12], SHORT[22]])) + str(number)
        rows["releases"].append(release(tag, name, title=draw(TITLES), author=person(), commit=sha(number)))
    return raw_of(WEEK, **rows)


@limit_examples(40, phases=[Phase.generate])
@given(weeks())
def test_every_section_of_a_hostile_week_is_grounded_and_inert(raw: RawWindow) -> None:
    insight = insight_of(raw)
    assert list(find_ungrounded_claims(insight)) == []
    for claim in insight.claims:
        assert not {unicodedata.category(char) for char in claim.text} & {"Cc", "Cf", "Co", "Cs"}, claim.text
        assert not any(part in claim.text for part in SECRET_PARTS), claim.text
    _has_only_words_of_the_store(insight, raw)


@limit_examples(25, phases=[Phase.generate])
@given(weeks(), st.sampled_from(list_products(PeriodKind.WEEKLY)))
def test_rendered_hostile_text_is_inert(raw: RawWindow, product: Product) -> None:
    insight = insight_of(raw)
    composed, rendered = made(insight, product, urls={})
    assert list(find_ungrounded(composed.text, rendered, insight)) == []
    if get_suffix(product) != "md":
        return
    body = FRONT_MATTER_BLOCK.sub("", composed.text, count=1)
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(body):
        assert token.type != "html_block"
        for child in token.children or ():
            assert child.type not in {"html_inline", "image"}
            if child.type == "link_open":
                assert str(child.attrs["href"]).startswith("https://github.com/acme/")
    assert not re.search(r"@\w", re.sub(r"`[^`]*`", "", body))


def _has_only_words_of_the_store(insight: Insight, raw: RawWindow) -> None:
    texts = [f"{one.title} {one.author} {one.repository} {one.reference} {' '.join(one.people)}"
             for one in insight.evidence]  # fmt: skip
    paths = [file["path"] for files in raw.commits["files"].to_list() for file in files or ()]
    known = {word for text in (*texts, *paths) for word in split_words(text)} | TEMPLATES
    for claim in insight.claims:
        foreign = set(split_words(claim.text)) - known
        assert not foreign, (claim.text, foreign)
