"""The content of a product: every sentence in print is listed once, in the order of print."""

from sparky_assets.stories.models import BoxRow, Story, StoryGroup, StoryItem, StorySentence
from sparky_assets.stories.printing.edition import EditionContent
from tests.factories.sentences import make_sentence


def say(text: str) -> StorySentence:
    return make_sentence("T", text)


def make_item(*texts: str) -> StoryItem:
    return StoryItem(sentences=tuple(map(say, texts)))


def make_story(*, heading: str, brief: str, sentence: str, item: str, closing: str) -> Story:
    group = StoryGroup(id="s", kind="feature", head="k", changes=("k",), repositories=("acme/tool",), people=())
    return Story(
        group=group, heading=say(heading), brief=say(brief), sentences=(say(sentence),), items=(make_item(item),),
        closing=(say(closing),),
    )  # fmt: skip


def test_sentences_of_all_parts_are_listed_in_order() -> None:
    edition = EditionContent(
        headline_sentence=say("Headline"), dateline_sentence=say("Date"), lede=(say("lede"),),
        brief=(make_item("brief"),),
        box_rows=(BoxRow(mark="Breaking", label="Breaking", sentences=(say("row"), say("row 2"))),),
        stories=(make_story(heading="heading", brief="not in print", sentence="story", item="item", closing="end"),),
        also=(make_item("also", "also 2"),), more=say("more"), dependencies=say("dependencies"), counts=say("counts"),
        coming=(say("coming"),), people=(say("people"),), trends=(say("trend"),),
    )  # fmt: skip
    assert [sentence.text for sentence in edition.sentences] == [
        "lede", "brief", "row", "row 2", "heading", "story", "end", "item", "also", "also 2", "more", "dependencies",
        "counts", "coming", "people", "trend",
    ]  # fmt: skip


def test_edition_without_parts_has_no_sentence() -> None:
    assert EditionContent(headline_sentence=say("Headline"), dateline_sentence=say("Date")).sentences == ()


def test_edition_is_read_back_as_it_was_stored() -> None:
    edition = EditionContent(
        headline_sentence=say("Headline"),
        dateline_sentence=say("Date"),
        counts=say("counts"),
        also=(make_item("also"),),
    )
    assert EditionContent.model_validate_json(edition.model_dump_json()) == edition
