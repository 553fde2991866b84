"""Lengths and links of posts on X, judged by the conformance files of twitter-text 3.1."""

import re
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sparky_assets.text.x_rules import count_x_characters, find_x_links, neutralize_domains, neutralize_post

CORPUS = Path(__file__).parents[1] / "corpora" / "twitter_text"


@cache
def read_corpus(file: str) -> Any:
    """Return the cases of a file by section. libyaml's reader: the one in Python takes two seconds a process."""
    return yaml.load((CORPUS / file).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["tests"]


def load_cases(file: str, *sections: str) -> list[Any]:
    tests = read_corpus(file)
    return [
        pytest.param(case, id=f"{section}-{number}-{case['description'][:40]}")
        for section in sections
        for number, case in enumerate(tests[section])
    ]


@pytest.mark.parametrize(
    "case",
    load_cases(
        "validate.yml",
        "WeightedTweetsWithDiscountedEmojiCounterTest",
        "UnicodeDirectionalMarkerCounterTest",
    ),
)
def test_length_of_conformance_text_is_weighted_length(case: dict[str, Any]) -> None:
    assert count_x_characters(case["text"]) == case["expected"]["weightedLength"]


@pytest.mark.parametrize(
    "case", load_cases("extract.yml", "urls", "urls_with_directional_markers", "tco_urls_with_params")
)
def test_links_of_conformance_text_are_its_urls(case: dict[str, Any]) -> None:
    expected = [url["url"] if isinstance(url, dict) else url for url in case["expected"]]
    assert [link.url for link in find_x_links(case["text"])] == expected


@pytest.mark.parametrize("case", load_cases("extract.yml", "urls_with_indices"))
def test_links_of_conformance_text_have_its_positions(case: dict[str, Any]) -> None:
    links = [{"url": link.url, "indices": [link.start, link.end]} for link in find_x_links(case["text"])]
    assert links == case["expected"]


@pytest.mark.parametrize("case", load_cases("validate.yml", "WeightedTweetsCounterTest"))
def test_length_of_version_2_text_counts_each_part_of_an_emoji(case: dict[str, Any]) -> None:
    assert count_x_characters(case["text"], whole_emoji=False) == case["expected"]["weightedLength"]


@pytest.mark.parametrize("case", load_cases("validate.yml", "tweets"))
def test_length_of_version_1_text_agrees_on_its_limit(case: dict[str, Any]) -> None:
    limit = 140 if case["text"].isascii() or "é" in case["text"] else 280  # version 1 counted wide characters once
    assert (0 < count_x_characters(case["text"]) <= limit) is case["expected"]


@pytest.mark.parametrize("case", load_cases("validate.yml", "urls", "urls_without_protocol"))
def test_valid_url_without_its_scheme_is_no_link_after_it_is_neutralized(case: dict[str, Any]) -> None:
    text = re.sub(r"^\w+://", "", case["text"])
    assert find_x_links(neutralize_domains(text)) == []


MENTION = re.compile(r"(?:^|[^a-zA-Z0-9_!#$%&*@＠]|\bRT:?)[@＠][a-zA-Z0-9_]", re.IGNORECASE)
HASHTAG = re.compile(r"[#＃](?!\ufe0f|\u20e3)\w")
CASHTAG = re.compile(r"(?:^|\s)\$[a-z]{1,6}", re.IGNORECASE)


@pytest.mark.parametrize(
    "case",
    load_cases(
        "extract.yml", "mentions", "mentions_with_indices", "mentions_or_lists_with_indices", "replies", "hashtags",
        "hashtags_from_astral", "hashtags_with_indices", "cashtags", "cashtags_with_indices", "urls",
    )
    + load_cases("validate.yml", "usernames", "lists", "hashtags"),
)  # fmt: skip
def test_conformance_text_is_neutralized_without_mention_tag_or_domain(case: dict[str, Any]) -> None:
    post = neutralize_post(case["text"])
    assert not MENTION.search(post) and not HASHTAG.search(post) and not CASHTAG.search(post)
    assert all(link.has_scheme for link in find_x_links(post))
    assert post.replace("\u200b", "") == case["text"].replace("\u200b", "")
    if case["expected"] and isinstance(case["expected"], list) and "://" not in case["text"]:
        assert post != case["text"], "X finds something here, so something must be broken"


def test_file_names_are_no_links_and_count_their_letters() -> None:
    title = "Read user.name and user.id from app.py, api.py, web.py and README.md (v1.2.3)"
    assert [link.url for link in find_x_links(title)] == [
        "user.name", "user.id", "app.py", "api.py", "web.py", "README.md",
    ]  # fmt: skip
    post = neutralize_post(title)
    assert find_x_links(post) == []
    assert count_x_characters(post) == len(post)


def test_joined_emoji_count_two_each() -> None:
    assert count_x_characters("🧑\u200d💻🏳️\u200d🌈🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f") == 6


PARTS = st.sampled_from(
    ["a", "setup", ".", "py", "md", "com", "/", "://", "https://", "@", "#", "$", "é", "한국", "-", "_", " ", "xn--",
     "?", "\u200b", "\u2067", "🧑\u200d💻", "(", ")", "www.", "t.co/", "9"]
)  # fmt: skip


@given(st.lists(PARTS, max_size=30).map("".join))
def test_neutralized_text_links_nothing_without_a_scheme(text: str) -> None:
    post = neutralize_post(text)
    assert all(link.has_scheme for link in find_x_links(post))
    assert neutralize_post(post) == post


@given(
    st.lists(PARTS | st.sampled_from(["co.uk", "zuerich", "\u017f", "\u212a", "рф", "コム"]), max_size=30).map("".join)
)
def test_links_of_text_are_the_same_beside_a_rare_domain(text: str) -> None:
    rare = " beside.zuerich"  # only the patterns with all top-level domains find it
    links = find_x_links(text + rare)
    assert find_x_links(f"{text} beside ") == [link for link in links if link.start < len(text)]
    assert links[-1].url == rare.strip()


@pytest.mark.parametrize(
    "text", ["a" * 4_000, "a." * 2_000, "a-" * 2_000 + ".", "a.py " * 800, "http://a.com/" + ".(a" * 1_500, "(" * 4_000]
)
def test_hostile_text_takes_bounded_time(text: str) -> None:
    start = time.perf_counter()
    neutralize_post(text)
    count_x_characters(text)
    assert time.perf_counter() - start < 5
