"""The gates at their thresholds, and the reasons that they give. Most tests kill a mutant that no other test kills."""

import pytest

from sparky_assets.insights.llm.gates import CandidateSentence, check_gates, compute_support
from sparky_assets.insights.models import Evidence
from sparky_assets.metrics.classify import ChangeTheme
from tests.factories.evidence import evidence

ARCHIVES = evidence(5, "feat(importer): read compressed archives from the wire")
TRUE = "The importer now reads compressed archives from the wire."


def reasons(text: str, *cited: Evidence, others: tuple[Evidence, ...] = (), accepted: tuple[str, ...] = ()) -> set[str]:
    found = check_gates(CandidateSentence(text, cited or (ARCHIVES,), others, accepted))
    return {f"{one.gate}: {one.reason}" for one in found}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("too short.", "G2: is not one plain sentence of 32 to 222 letters"),
        ("The importer now reads\u200b compressed archives from the wire.", "G2: contains invisible characters"),
        ("The importer now reads 3 compressed archives from the wire.",
         "G3: contains a number; only templates write numbers"),
        ("The importer reads several compressed archives from the wire.", "G3: number word without evidence: several"),
        ("The importer reads compressed archives of Berlin from the wire.", "G4: word without evidence: berlin"),
        ("The importer was shipped to read compressed archives from the wire.",
         "G6: says ship, but the evidence is merged"),
        ("The importer reads no compressed archives from the wire.", "G6: negates what the evidence affirms"),
        ("The importer reads compressed archives from the wire faster.", "G7: judges or explains: faster"),
        ("The importer reads <b>compressed</b> archives from the wire.", "G8: contains markup, a mention or a link"),
        ("The importer reads archives of ada@example.com from the wire.",
         "G10: contains a secret or an e-mail address"),
    ],
)  # fmt: skip
def test_a_refusal_says_why_since_the_model_is_told_and_people_read_it(text: str, reason: str) -> None:
    assert reason in reasons(text)


@pytest.mark.parametrize("char", ["\u200b", "\u0007", "\ue000", "\U000e0fff", "\ud800"])
def test_every_kind_of_character_that_nobody_sees_is_refused(char: str) -> None:
    """Format, control, private, unassigned, half of a pair."""
    assert "G2: contains invisible characters" in reasons(TRUE.replace("now", f"now{char}"))


@pytest.mark.parametrize(
    ("word", "gate"),
    [("several", "G3"), ("better", "G7"), ("never", "G6"), ("removed", "G6"), ("deployed", "G6")],
)
def test_a_word_with_a_gate_of_its_own_is_not_refused_as_unknown_too(word: str, gate: str) -> None:
    gates = {one.partition(":")[0] for one in reasons(f"The importer {word} reads compressed archives from the wire.")}
    assert gate in gates
    assert "G4" not in gates


@pytest.mark.parametrize("said", ["thumbnails", "several thumbnails"])
def test_each_cited_thing_vouches_for_its_own_words_in_any_order(said: str) -> None:
    gallery = evidence(2, f"{said.capitalize()} in the gallery")
    both = f"The importer reads compressed archives as {said} of the gallery from the wire."
    assert reasons(both, ARCHIVES, gallery) == reasons(both, gallery, ARCHIVES) == set()


@pytest.mark.parametrize("name", ["loadCatalog", "load_catalog"])
def test_an_identifier_vouches_for_its_parts(name: str) -> None:
    named = evidence(3, f"Importer keeps results of {name} between restarts")
    text = "The importer keeps the load and the catalog between restarts."
    assert reasons(text, named) == set()


# --- G5: about what it cites


def test_half_of_the_words_are_enough_and_less_is_not() -> None:
    scheduler = evidence(1, "Scheduler restart")
    half = "The scheduler of this piece and that thing can restart."
    assert compute_support(CandidateSentence(half, (scheduler,))) == 0.5
    assert not [one for one in reasons(half, scheduler) if "of its words are in what it cites" in one]
    less = "The scheduler of this piece and that thing or area can restart."
    assert "G5: only 40% of its words are in the cited evidence" in reasons(less, scheduler)


def test_two_words_of_a_title_are_a_citation_and_one_is_not() -> None:
    gallery = evidence(2, "Thumbnails gallery view")
    both = "The importer reads compressed archives as thumbnails of the gallery from the wire."
    assert "G5: cites #2 without being about it" not in reasons(both, ARCHIVES, gallery)
    one = "The importer reads compressed archives as thumbnails over the wire."
    assert "G5: cites #2 without being about it" in reasons(one, ARCHIVES, gallery)


def test_other_evidence_may_come_near_but_not_within_a_tenth() -> None:
    words = "alpha bravo carbon delta engine forest garden harbor island jungle"
    cited, said = evidence(3, words), f"{words.capitalize()}."
    nine, ten = evidence(4, words.removesuffix(" jungle")), evidence(5, f"{words} kernel")
    assert reasons(said, cited, others=(cited, nine)) == set()
    assert reasons(said, cited, others=(cited, ten)) == {
        "G5: fits other evidence as well as the evidence that it cites"
    }


def test_a_sentence_of_glue_has_no_support() -> None:
    assert compute_support(CandidateSentence("It was there and then they were not.", (ARCHIVES,))) == 0.0


def test_only_the_last_part_of_a_repositorys_name_vouches() -> None:
    deep = evidence(5, "Show progress", repository="north/south/group")
    known = CandidateSentence("x", (deep,)).evidence_stems
    assert "group" in known
    assert not known & {"north", "south"}


# --- G6: which way it goes


def test_the_theme_vouches_for_its_own_direction() -> None:
    quiet = evidence(6, "Scheduler loses jobs on restart", theme=ChangeTheme.FIX)
    assert reasons("The scheduler was corrected where jobs on restart were concerned.", quiet) == set()
    same = evidence(6, "Scheduler loses jobs on restart", theme=ChangeTheme.OTHER)
    said = reasons("The scheduler was corrected where jobs on restart were concerned.", same)
    assert "G6: direction without evidence: correct" in said


def test_a_title_vouches_for_the_other_words_of_its_direction_whatever_the_theme() -> None:
    titled = evidence(7, "Introduce rotating webhook keys", theme=ChangeTheme.FIX)
    assert reasons("Rotating webhook keys were added for the work.", titled) == set()


def test_a_theme_does_not_vouch_against_its_own_title() -> None:
    contrary = evidence(8, "Remove legacy token endpoint", theme=ChangeTheme.FEATURE)
    assert "G6: direction without evidence: add" in reasons(
        "The legacy token endpoint was added to the work.", contrary
    )


def test_every_state_of_what_is_cited_is_named_where_none_of_them_is_said() -> None:
    waiting = evidence(12, "Thumbnails in the gallery", state="opened")
    said = reasons("The importer was shipped with archives and thumbnails in the gallery.", ARCHIVES, waiting)
    assert "G6: says ship, but the evidence is merged, opened" in said


def test_what_is_negated_stays_negated() -> None:
    negated = evidence(9, "Parser does not crash on empty configuration files")
    assert "G6: affirms what the evidence negates" in reasons(
        "The parser does crash on empty configuration files.", negated
    )
    assert reasons("The parser does not crash on empty configuration files.", negated) == set()


def test_a_revert_that_is_told_as_news_is_refused_in_so_many_words() -> None:
    revert = evidence(10, 'Revert "feat: read compressed archives from the wire"')
    said = reasons("Compressed archives are read from the wire in the tool.", revert)
    assert "G6: does not say that the change is a revert" in said


# --- G9: not twice


def test_a_sentence_is_told_before_when_four_fifths_of_the_words_are_the_same() -> None:
    told = "G9: repeats another sentence"
    title = evidence(11, "Parser lexer grammar tokens files")
    text = "The parser, the lexer, the grammar and the tokens are there."
    assert told in reasons(text, title, accepted=("The parser, the lexer, the grammar, the tokens and the files.",))
    assert told not in reasons(text, title, accepted=("The parser, the lexer, the grammar and the files are there.",))
    assert told not in reasons(text, title, accepted=("Thumbnails are loaded lazily in the gallery view.",))
