"""Hostile records and hostile model answers: the output contains only text of the store."""

import json
import re
import tempfile
from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from resources.checks import CheckResult
from resources.llm.base import (
    CompletionRequest,
    CompletionResult,
    LanguageModelFactory,
    ModelInfo,
    ModelPlacement,
)
from resources.storage import Storage
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.insights.checks import find_ungrounded_claims
from sparky_assets.insights.llm.editor import edit_stories
from sparky_assets.insights.llm.prompts import make_delimiter
from sparky_assets.periods import PeriodKind
from sparky_assets.settings.services import LanguageModelSettings
from sparky_assets.stories.assemble import build_material_stories, gather_material
from sparky_assets.text.clean import MAX_EXCERPT_LENGTH, MAX_TITLE_LENGTH, clean_body, clean_title, sanitize_for_prompt
from sparky_assets.text.redact import SECRET_PATTERNS, contains_secret, redact_secrets
from sparky_assets.text.words import FRONT_MATTER_BLOCK
from tests.corpora.hostile_text import BOT_BODIES, HOSTILE, SECRET_PARTS
from tests.factories.products import made
from tests.strategies.effort import limit_examples
from tests.strategies.git_history import WEEK, RepositoryLog, World, commit, sha

# --- Cleaning


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_one_harmless_line_in_a_prompt(text: str) -> None:
    for line in (sanitize_for_prompt(clean_title(text)), sanitize_for_prompt(clean_body(text))):
        assert not re.search(r"[<>`|{}@\x00-\x1f\u200b-\u200f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]", line)
        assert "[INST]" not in line
        assert "://" not in line
        assert not any(part in line for part in SECRET_PARTS)
        assert len(line) <= MAX_EXCERPT_LENGTH + 2  # an ellipsis becomes three dots
        assert json.loads(json.dumps({"title": line})) == {"title": line}


@pytest.mark.parametrize("body", BOT_BODIES)
def test_summaries_of_bots_in_bodies_are_left_out(body: str) -> None:
    cleaned = clean_body(body)
    assert cleaned.startswith("Adds x.")
    assert cleaned.endswith("Bye.")
    assert "Confidence" not in cleaned


def test_body_keeps_its_words_and_loses_code_links_and_trailers() -> None:
    body = (
        "## Why\n\nReads [archives](https://x.example/a) of *any* size.\n\n```py\nrm -rf\n```\n![s](u.png)\n"
        "- [x] done\nSigned-off-by: Ada <ada@example.com>\nCloses #12\n"
    )
    assert clean_body(body) == "Why Reads archives of *any* size. done"


@pytest.mark.parametrize("text", [one for one in HOSTILE if any(part in one for part in SECRET_PARTS[:9])])
def test_secrets_are_redacted_anywhere_in_a_text(text: str) -> None:
    assert contains_secret(text)
    assert not any(part in clean_title(text) for part in SECRET_PARTS)
    assert not contains_secret(redact_secrets(text))


@pytest.mark.parametrize(
    "title",
    ["Rotate the password of the database", "Rename api_key to token", "Add secret: rotation for tokens",
     "Use SHA256 of deadbeefdeadbeefdeadbeefdeadbeef", "Bump sk-learn from 1.2.3 to 1.3.0", "feat(secrets): read them"],
)  # fmt: skip
def test_plain_titles_are_no_secrets(title: str) -> None:
    assert clean_title(title) == title


def test_at_least_twenty_patterns_of_secrets_exist() -> None:
    assert len(SECRET_PATTERNS) >= 20


def test_no_record_can_contain_the_end_marker_of_the_data() -> None:
    lines = ['{"title": "a"}', '{"title": "b"}']
    assert make_delimiter(lines) == make_delimiter(lines)
    assert make_delimiter([*lines, make_delimiter(lines)]) != make_delimiter(lines)


# --- Any record and any answer


class Adversary:
    """A model that answers as the test sets it, always in the requested form."""

    def __init__(self, billions: float, texts: list[str], cites: list[int]) -> None:
        self._identity = ModelInfo("ollama", "adversary", "0" * 64, billions, 8192)
        self._texts, self._cites = deque(texts), deque(cites)

    def complete(self, request: CompletionRequest, timeout_seconds: float) -> CompletionResult:
        answer = {key: self._fill(schema) for key, schema in request.schema["properties"].items()}
        return CompletionResult(json.dumps(answer | {"text": self._next(self._texts)}), 100, 50, 0.0)

    def _fill(self, schema: Any) -> Any:
        if "properties" in schema:  # several questions in one
            return {key: self._fill(part) for key, part in schema["properties"].items()}
        if "enum" in schema:
            return schema["enum"][self._next(self._cites) % len(schema["enum"])]
        return [self._fill(schema["items"]) for _ in range(schema["maxItems"])]

    @staticmethod
    def _next(values: deque[Any]) -> Any:
        values.rotate(-1)
        return values[-1]

    def check_health(self) -> CheckResult:
        return CheckResult("adversary", True, "here")

    def identify(self, wait_seconds: float = 0.0) -> ModelInfo:
        return self._identity

    def warm_up(self, timeout_seconds: float) -> None: ...

    def get_placement(self) -> ModelPlacement | None:
        return None

    def close(self) -> None: ...


class One(LanguageModelFactory):
    """The factory of one existing model."""

    def __init__(self, model: Any) -> None:
        super().__init__(backend="ollama")
        object.__setattr__(self, "model", model)

    def connect(self, model: str) -> Any:
        return self.model  # type: ignore[attr-defined]


HOSTILE_TEXTS = st.sampled_from([text[:300] for text in HOSTILE])
LOOSE = ("archives", "wire", "read", "removed", "grace", "berlin", "seven", "faster", "not", "the", "of", "login", "@x")
SHARED = (
    "Compressed archives are now read from the wire by the tool.",
    "Grace Hopper fixed fifty issues for all users.",
    "The importer was removed by Linus from the wire and the archives.",
    "Everything is better and faster in Berlin.",
)
WORDED = st.lists(
    HOSTILE_TEXTS
    | st.sampled_from(SHARED)
    | st.lists(
        st.sampled_from(LOOSE),
        min_size=5, max_size=12,
    ).map(lambda words: " ".join(words).capitalize() + "."),
    min_size=3, max_size=8,
)  # fmt: skip


@limit_examples(40)
@given(
    titles=st.lists(
        HOSTILE_TEXTS | st.sampled_from(["feat: read compressed archives from the wire", "test: cover the login form"]),
        min_size=2, max_size=7,
    ),
    texts=WORDED,
    cites=st.lists(st.integers(0, 50), min_size=3, max_size=9),
    billions=st.sampled_from([1.5, 8.0]),
)  # fmt: skip
def test_output_contains_only_text_of_the_store(
    titles: list[str], texts: list[str], cites: list[int], billions: float
) -> None:
    commits = tuple(
        commit(number, f"{title}\n\n{titles[0]}")._replace(sha=sha("hostile", number))
        for number, title in enumerate(titles)
    )
    half = len(commits) // 2
    world = World(WEEK, (RepositoryLog("acme/tool", "https://github.com/acme/tool", "ok", commits[:half], ()),
                         RepositoryLog("acme/web", None, "ok", commits[half:], ())))  # fmt: skip
    material = gather_material(world.raw())
    with tempfile.TemporaryDirectory() as folder:
        edited = edit_stories(
            material,
            PeriodKind.WEEKLY,
            One(Adversary(billions, texts, cites)),
            Storage(root=folder),
            LanguageModelSettings(backend="ollama"),
        )
    stories = build_material_stories(material, "UTC", edited.choices)
    insight = world.insight().model_copy(update={"stories": stories, "mode": edited.mode, "editor": edited.editor})
    assert list(find_ungrounded_claims(insight)) == []
    composed, rendered = made(insight, urls=world.urls())
    markdown = composed.text
    assert list(find_ungrounded(markdown, rendered, insight)) == []
    _nothing_alive(markdown)


def _nothing_alive(markdown: str) -> None:
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(FRONT_MATTER_BLOCK.sub("", markdown, count=1)):
        assert token.type != "html_block"
        for child in token.children or ():
            assert child.type not in {"html_inline", "image"}
            if child.type == "link_open":
                assert str(child.attrs["href"]).startswith("https://github.com/acme/tool")
    assert not re.search(r"@\w", FRONT_MATTER_BLOCK.sub("", markdown, count=1))


@pytest.mark.parametrize("text", HOSTILE)
def test_hundred_kilobytes_become_a_short_excerpt(text: str) -> None:
    """A pattern that reads a line again from each of its letters would hang here."""
    assert len(clean_body(text * max(1, 100_000 // len(text)))) <= MAX_EXCERPT_LENGTH
    assert len(clean_title(text * max(1, 100_000 // len(text)))) <= MAX_TITLE_LENGTH


def test_evidence_of_different_audiences_is_never_one_claim() -> None:
    world = World(WEEK, (RepositoryLog("acme/tool", None, "ok", (commit(1, "Add x"), commit(2, "Add y")), ()),))
    insight = world.insight()
    other = {"private": "public", "public": "private"}[insight.evidence[0].visibility]
    secret = insight.evidence[0].model_copy(update={"visibility": other})
    keys = tuple(item.key for item in insight.evidence)
    claim = insight.claims[0].model_copy(update={"id": "mixed", "text": "Both.", "evidence": keys, "facts": ()})
    mixed = insight.model_copy(update={"evidence": (secret, *insight.evidence[1:]), "claims": (claim,)})
    assert list(find_ungrounded_claims(mixed)) == ["mixed: mixes evidence of different visibility"]
