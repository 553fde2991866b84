"""Products in the phrases of an owner: printed, checked, and marked as the owner's."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from sparky_assets.digests.compose import (
    DigestOptions,
    ProductInputs,
    RenderedProduct,
    build_manifest,
    render_within_limits,
)
from sparky_assets.digests.editions import Edition
from sparky_assets.digests.models import Product, ProductManifest, list_products
from sparky_assets.digests.render.own_words import reword_digest
from sparky_assets.digests.render.samples import build_sample, check_templates
from sparky_assets.digests.verify.verify import find_ungrounded
from sparky_assets.errors import DataError
from sparky_assets.insights.models import Insight
from sparky_assets.periods import PeriodKind
from sparky_assets.reader.evidence import EvidenceIndex
from sparky_assets.settings.load import find_shipped_folder
from sparky_assets.store import Audience
from sparky_assets.stories.models import PeriodStories, SentencePart, StorySentence
from sparky_assets.stories.printing.phrasing import (
    drop_stop,
    find_foreign_words,
    list_own_words,
    reword_sentence,
    tell,
)
from sparky_assets.stories.printing.sentences import count, join_parts
from sparky_assets.text.phrases import PHRASES_FILE, PhraseTable, load_shipped_phrases, parse_phrases
from tests.factories import sample_repository
from tests.factories.products import made
from tests.factories.sample_repository import DAY, run_job, settings_for, store_of
from tests.strategies.effort import limit_examples
from tests.strategies.git_history import World, worlds

SHIPPED = find_shipped_folder("templates")
SENTENCE = TypeAdapter(StorySentence)
MINE = """
[sections]
also = "Besides"
people = "Who is new"

[marks]
breaking = "Watch out"

[headlines]
release_news = "{news}: {project} {version} has it"

[quotes]
action = "{quotation} So it is written."

[counts]
line = "In numbers: {counts}."
merged.other = "merges: {number}"
"""
SENTENCES = {key: it.text for key, it in load_shipped_phrases().frames.items() if not key.startswith("numbers.")}
WHOLE = PhraseTable(load_shipped_phrases().frames, SENTENCES)
"""The shipped phrases as those of an owner: every sentence is built again from its slots."""


def render(
    insight: Insight, folder: Path, product: Product = Product.DIGEST
) -> tuple[RenderedProduct, ProductManifest]:
    rendered = render_within_limits(insight, DigestOptions(product, Audience.INTERNAL), [folder, SHIPPED], "quartz")
    return rendered, build_manifest(rendered, ProductInputs(insight, "", {}), Edition(insight))


def write_table(folder: Path, text: str) -> Path:
    (folder / PHRASES_FILE).write_text(text)
    return folder


def make_table(**phrases: str) -> PhraseTable:
    lines = [f"{key.replace('__', '.')} = {text!r}" for key, text in phrases.items()]
    return parse_phrases("\n".join(lines), "mine")


def test_phrases_of_the_owner_are_printed_and_pass_the_check(tmp_path: Path) -> None:
    insight = build_sample(PeriodKind.WEEKLY)
    rendered, manifest = render(insight, write_table(tmp_path, MINE))
    for words in ("## Who is new", "**Watch out:**", "” So it is written.", ": tool 1.2.0 has it\n"):
        assert words in rendered.text
    assert "People" not in rendered.text
    assert "What to do" not in rendered.text
    assert list(find_ungrounded(rendered.text, manifest, insight)) == []


def test_every_template_passes_the_check_with_phrases_of_the_owner(tmp_path: Path) -> None:
    assert list(check_templates([write_table(tmp_path, MINE), SHIPPED])) == []


def test_manifest_lists_the_phrases_of_the_owner_that_are_in_the_text(tmp_path: Path) -> None:
    _, manifest = render(build_sample(PeriodKind.WEEKLY), write_table(tmp_path, MINE))
    assert manifest.phrases["quotes.action"] == "{quotation} So it is written."
    assert "counts.merged.other" in manifest.phrases
    assert {"Who is new", "Watch out"} <= set(manifest.own_words)
    _, shipped = render(build_sample(PeriodKind.WEEKLY), SHIPPED)
    assert (shipped.phrases, shipped.own_words) == ({}, ())


def test_reader_says_which_words_the_owner_wrote(tmp_path: Path) -> None:
    insight = build_sample(PeriodKind.WEEKLY)
    _, manifest = render(insight, write_table(tmp_path, MINE))
    index = EvidenceIndex(insight, manifest)
    origins = {index.find_evidence(span.key).written_by for sentence in manifest.sentences
               for span in index.matcher.find_spans(sentence.text.replace("`", "")) if span.key}  # fmt: skip
    own = "The owner of the phrases wrote “So it is written”; no record supports these words."
    assert f"{own} Quoted exactly from these records." in origins
    assert any("“has it”" in origin for origin in origins)


def test_words_that_the_phrase_of_the_manifest_has_not_are_refused(tmp_path: Path) -> None:
    insight = build_sample(PeriodKind.WEEKLY)
    rendered, manifest = render(insight, write_table(tmp_path, MINE))
    lie = rendered.text.replace("So it is written", "So Ada resigned")
    sentences = tuple(
        SENTENCE.validate_json(SENTENCE.dump_json(sentence).replace(b"So it is written", b"So Ada resigned"))
        for sentence in manifest.sentences
    )
    altered = manifest.model_copy(update={"sentences": sentences})
    assert any("So Ada resigned" in problem for problem in find_ungrounded(lie, altered, insight))


def test_title_description_and_posts_have_one_headline_in_own_words(tmp_path: Path) -> None:
    write_table(tmp_path, MINE)
    for product in (Product.DIGEST, Product.X, Product.LINKEDIN, Product.CHAT, Product.EMAIL_TEXT):
        rendered, manifest = render(build_sample(PeriodKind.WEEKLY), tmp_path, product)
        assert manifest.title.endswith(": tool 1.2.0 has it")
        assert manifest.description == f"{manifest.title}."
        assert manifest.title.replace("`", "") in rendered.text.replace("`", "")


def test_asset_prints_the_phrases_of_the_settings(tmp_path: Path) -> None:
    repository = sample_repository.build(tmp_path / "newsroom")
    own = tmp_path / "mine"
    own.mkdir()
    write_table(own, '[headlines]\ndateline = "{dates}: {organisation} {zone}"\n')
    settings = settings_for(tmp_path / "home", [repository], digests={"templates": str(own)})
    result = run_job(settings, "daily", DAY)
    assert result.success, sample_repository.failure_of(result)
    manifest = store_of(settings).read_document("digests/daily", DAY, ProductManifest)
    text = store_of(settings).read_text("digests/daily", DAY)
    assert "*Wednesday, November 12, 2025: newsroom UTC*" in text
    assert manifest.problems == ()
    assert not [remark for remark in manifest.remarks if remark.startswith("left out")]
    assert "headlines.dateline" in manifest.phrases


def test_fault_of_a_table_stops_the_product_with_its_line(tmp_path: Path) -> None:
    write_table(tmp_path, "[sections]\nalso = 3\n")
    with pytest.raises(DataError, match=r"phrases\.toml, line 2: sections\.also: must be a text"):
        render(build_sample(PeriodKind.WEEKLY), tmp_path)
    assert len(list(check_templates([tmp_path, SHIPPED]))) == 1


# --- Single sentences


def test_placeholders_may_change_their_order_and_keep_their_links() -> None:
    release = SentencePart(kind="version", text="jq 1.8", url="https://example.org", evidence="release:jq")
    sentence = tell("R-NOTIN", "releases.not_in", release=release)
    reworded = reword_sentence(sentence, make_table(releases__not_in="{release} lacks it."))
    assert reworded.text == "jq 1.8 lacks it."
    assert reworded.parts[0].url == "https://example.org"
    assert reworded.template == "R-NOTIN"


def test_number_that_begins_a_sentence_no_more_is_written_small() -> None:
    sentence = tell("L-BOX", "box.count", number=count(2, starts_sentence=True))
    assert reword_sentence(sentence, make_table(box__count="Look: {number} things.")).text == "Look: two things."
    later = tell("R-COMMITS", "releases.contains", number=count(3), version="1.0")
    assert reword_sentence(later, make_table(releases__contains="{number} since {version}.")).text == "Three since 1.0."


def test_number_words_and_separators_are_phrases() -> None:
    sentence = tell("R-WITH", "releases.in", releases=join_parts(["a", "b", "c"]))
    own = parse_phrases('[lists]\nlast = " plus "\n', "mine")
    assert reword_sentence(sentence, own).text == "It is in a, b plus c."
    counted = tell("L-BOX", "box.count", number=count(2, starts_sentence=True))
    own = parse_phrases('[numbers]\n2 = "a pair of"\n', "mine")
    reworded = reword_sentence(counted, own)
    assert reworded.text.startswith("A pair of changes can break")
    assert list_own_words(reworded, own.own) == ("a pair of",)
    assert list(find_foreign_words(reworded, own.own)) == []
    assert list(find_foreign_words(reworded, {"numbers.2": "three"})) != []


def test_stop_behind_a_quotation_is_printed_once_wherever_it_is() -> None:
    part = SentencePart(kind="quotation", text="“It reads tabs.”")
    sentence = tell("Q-SAYS", "quotes.message", quotation=part)
    assert sentence.text == "The message says: “It reads tabs.”"
    assert reword_sentence(sentence, make_table(quotes__message="{quotation}, they say.")).text == (
        "“It reads tabs.”, they say."
    )


def test_headline_without_its_stop_has_none_in_other_words() -> None:
    sentence = tell("R-NOTIN", "releases.not_in", release="x")
    headline = sentence.model_copy(update={"parts": drop_stop(sentence).parts})
    assert reword_sentence(headline, WHOLE) == headline
    assert reword_sentence(sentence, WHOLE) == sentence


def test_sentence_of_an_earlier_version_stays_as_it_is() -> None:
    sentence = StorySentence(template="R-NOTIN", parts=(SentencePart(kind="words", text="It is not in it."),))
    assert reword_sentence(sentence, WHOLE) == sentence
    renamed = tell("R-NOTIN", "releases.not_in", release="x").model_copy(update={"phrase": "releases.gone"})
    assert reword_sentence(renamed, WHOLE).text == "It is not in x."


def test_headlines_of_an_earlier_version_are_read_as_sentences() -> None:
    stories = PeriodStories.model_validate({"release_headlines": {"release:a": "tool 2.0 is out: two fixes"}})
    assert stories.release_headlines["release:a"].text == "tool 2.0 is out: two fixes"


def test_phrase_with_another_placeholder_is_a_fault_of_the_caller() -> None:
    with pytest.raises(KeyError, match="releases"):
        tell("R-NOTIN", "releases.not_in", version="1.0")


# --- Any table


@limit_examples(10)
@given(worlds())
def test_digest_reworded_in_the_shipped_phrases_is_the_same(world: World) -> None:
    digest = made(world.insight())[0].digest
    assert reword_digest(digest, WHOLE).model_dump_json() == digest.model_dump_json()


def test_samples_reworded_in_the_shipped_phrases_are_the_same() -> None:
    for kind in PeriodKind:
        for product in list_products(kind):
            digest = made(build_sample(kind), product)[0].digest
            assert reword_digest(digest, WHOLE).model_dump_json() == digest.model_dump_json()


WORDS = st.text("abcé ÄZ,.;:-&#*_[]<>!?0123456789'\"", max_size=25)


@st.composite
def tables(draw: st.DrawFn) -> Mapping[str, str]:
    """Draw phrases by key: their own placeholders in any order, with any words around them."""
    keys = draw(st.lists(st.sampled_from(sorted(load_shipped_phrases().frames)), min_size=1, max_size=60, unique=True))
    phrases = {}
    for key in keys:
        names = draw(st.permutations(load_shipped_phrases().frames[key].placeholders))
        pieces = [draw(WORDS), *(piece for name in names for piece in (f"{{{name}}}", draw(WORDS)))]
        phrases[key] = "".join(pieces)
    return phrases


@limit_examples(25)
@given(tables(), st.sampled_from(list(PeriodKind)), st.data())
def test_any_phrases_pass_the_check_or_are_refused(
    phrases: Mapping[str, str], kind: PeriodKind, data: st.DataObject
) -> None:
    product = data.draw(st.sampled_from(list_products(kind)))
    accepted = []
    for key, text in phrases.items():
        line = f"{key} = {json.dumps(text)}"
        try:
            parse_phrases(line, "mine")
        except DataError as error:
            assert str(error).startswith(f"mine, line 1: {key}: ")
        else:
            accepted.append(line)
    insight = build_sample(kind)
    with TemporaryDirectory() as folder:
        rendered, manifest = render(insight, write_table(Path(folder), "\n".join(accepted)), product)
    assert list(find_ungrounded(rendered.text, manifest, insight)) == []
    assert manifest.title == rendered.digest.edition.headline


@limit_examples(10)
@given(worlds())
def test_every_sentence_of_a_digest_is_a_phrase_of_the_table(world: World) -> None:
    for product in (Product.DIGEST, Product.CHAT, Product.X, Product.LINKEDIN):
        digest = made(world.insight(), product)[0].digest
        sentences = (*digest.sentences, *digest.edition.headings, *(line.heading for line in digest.note))
        assert [sentence.text for sentence in sentences if not sentence.phrase] == []
        assert [fault for sentence in sentences for fault in find_foreign_words(sentence, WHOLE.own)] == []


def test_phrases_of_stories_lists_and_their_items_are_those_of_the_owner(tmp_path: Path) -> None:
    own = '[stories]\nfix_from = "Work of {person}."\n[quotes]\nwent_wrong = "Oh: {quotation}"\n'
    rendered, manifest = render(build_sample(PeriodKind.DAILY), write_table(tmp_path, own))
    assert "Work of Bob." in rendered.text
    assert "Oh: “Previously, y failed" in rendered.text
    assert list(find_ungrounded(rendered.text, manifest, build_sample(PeriodKind.DAILY))) == []
