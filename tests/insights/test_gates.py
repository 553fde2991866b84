"""What no gate lets pass: planted faults by kind with their thresholds, and what peers did publish."""

from collections import Counter
from typing import Any

import pytest

from sparky_assets.insights.llm.gates import GATES, CandidateSentence, check_gates, compute_support
from sparky_assets.text.words import find_stems, stem_word
from tests.corpora.planted_faults import corpus
from tests.factories.evidence import evidence


def codes(text: str, *cited: Any, others: Any = ()) -> set[str]:
    return {one.gate for one in check_gates(CandidateSentence(text, cited, others))}


ARCHIVES = evidence(
    5, "feat(importer): read compressed archives from the wire", "Supports tar. Makes imports 40 % faster."
)
TRUE = "The importer now reads compressed archives from the wire."


# --- The corpus


def test_every_kind_of_planted_fault_is_caught() -> None:
    caught: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    for one in corpus():
        planted[one.fault] += 1
        caught[one.fault] += bool(check_gates(CandidateSentence(one.text, (one.cited,), one.others)))
    shares = {fault: caught[fault] / planted[fault] for fault in planted if fault}
    assert sum(planted.values()) > 500
    assert shares == dict.fromkeys(shares, 1.0)
    assert {"number", "citation", "name", "verb", "hype", "cause", "scope", "markup", "state"} <= shares.keys()


def test_true_sentences_pass() -> None:
    refused = {
        one.text: check_gates(CandidateSentence(one.text, (one.cited,), one.others))
        for one in corpus()
        if not one.fault
    }
    passed = sum(not reasons for reasons in refused.values())
    assert passed >= 0.9 * len(refused), {text: reasons for text, reasons in refused.items() if reasons}


# --- What was published elsewhere and was false


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("The team made progress by fixing 50 issues in the importer archives.", "direction without evidence: fix"),
        (
            "The team made progress by fixing fifty issues in the importer archives.",
            "number word without evidence: fifty",
        ),
        (
            "The number of active repositories remained steady at 32 with archives.",
            "number word without evidence: steady",
        ),
        (
            "The number of active repositories remained steady with the archives read.",
            "number word without evidence: remained",
        ),
        (
            "The importer archives saw contributions from four individuals this week.",
            "number word without evidence: four",
        ),
        (
            "The most active repositories reading archives were dgx-pixels and dgx-spark-mcp.",
            "number word without evidence: most",
        ),
        (
            "Several new workflows were added for reading archives in the importer.",
            "number word without evidence: several",
        ),
    ],
)
def test_the_false_claims_of_the_first_report_cannot_pass_and_the_reason_is_told(text: str, reason: str) -> None:
    assert reason in {one.reason.lower() for one in check_gates(CandidateSentence(text, (ARCHIVES,)))}


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Bump @faker-js/faker from 9.9.0 to 10.2.0", "The dependency @faker-js/faker was bumped from 8.3.1 to 8.4.1."),
        ("Bump ora from 9.0.0 to 9.0.1", "The dependency ora was bumped from 7.0.1 to 8.0.1 in the tool."),
        ("Bump date-fns from 3.6.0 to 4.1.0", "The dependency date-fns was bumped from 2.30.0 to 3.3.1."),
        ("Bump tailwindcss to 4.1.18", "The dependency tailwindcss was bumped from version three to four."),
    ],
)
def test_the_invented_version_bumps_of_a_peer_cannot_pass(title: str, text: str) -> None:
    numbers = {"G3"} if "three" in text else {"G2", "G3"}
    assert numbers <= codes(text, evidence(1, title))


# --- Gate by gate


def test_a_true_sentence_passes_all_gates_and_tells_its_support() -> None:
    assert codes(TRUE, ARCHIVES) == set()
    assert compute_support(CandidateSentence(TRUE, (ARCHIVES,))) == 1.0


@pytest.mark.parametrize(
    ("gate", "text"),
    [
        ("G2", "too short."),
        ("G2", "the importer now reads compressed archives from the wire."),
        ("G2", "The importer now reads\u200b compressed archives from the wire."),
        ("G2", "The importer now reads archives. And compressed ones from the wire."),
        ("G3", "The importer reads compressed archives from the wire in ３ ways."),
        ("G3", "The importer reads several compressed archives from the wire."),
        ("G4", "The importer reads compressed archives from Grace over the wire."),
        ("G5", "The importer was changed to come to some other place in the code."),
        ("G6", "The importer reads no compressed archives from the wire."),
        ("G6", "The importer stopped to read compressed archives from the wire."),
        ("G6", "The importer was released to read compressed archives from the wire."),
        ("G7", "The importer reads compressed archives from the wire faster."),
        ("G8", "The importer reads <b>compressed</b> archives from the wire."),
        ("G10", "The importer reads archives of ada@example.com from the wire."),
        ("G10", "The importer reads ghp_abcdefghijklmnopqrstuvwxyzABCDEFGHIJ archives."),
    ],
)
def test_each_gate_refuses_what_it_is_for(gate: str, text: str) -> None:
    assert gate in codes(text, ARCHIVES)


def test_what_an_author_claims_in_a_body_is_not_restated_as_a_fact() -> None:
    assert "G7" in codes("The importer makes imports of compressed archives faster.", ARCHIVES)


def test_the_names_of_people_are_in_no_evidence_that_vouches() -> None:
    assert "G4" in codes("The importer of Ada now reads compressed archives from the wire.", ARCHIVES)


def test_a_citation_for_show_is_refused() -> None:
    other = evidence(6, "fix: stop the scheduler from losing jobs on restart")
    assert "G5" in codes(TRUE, ARCHIVES, other)


def test_a_sentence_that_fits_other_evidence_as_well_is_refused() -> None:
    twin = evidence(7, "feat(exporter): read compressed archives from the wire")
    assert "G5" in codes("Compressed archives are now read from the wire.", ARCHIVES, others=(ARCHIVES, twin))


def test_a_revert_is_told_as_one() -> None:
    revert = evidence(8, 'Revert "feat: read compressed archives from the wire"')
    assert "G6" in codes("Compressed archives are read from the wire in the tool.", revert)
    assert codes("The change to read compressed archives from the wire was reverted.", revert) == set()


def test_a_second_sentence_with_the_same_words_is_refused() -> None:
    again = CandidateSentence(TRUE, (ARCHIVES,), (), (TRUE.replace("now ", ""),))
    assert {one.gate for one in check_gates(again)} == {"G9"}


def test_every_gate_has_its_code() -> None:
    assert list(GATES) == [f"G{number}" for number in range(2, 11)]


@pytest.mark.parametrize(
    "forms", [("add", "adds", "added", "adding"), ("drop", "dropped", "drops"), ("remove", "removed", "removing"),
              ("dependency", "dependencies"), ("fix", "fixes", "fixed"), ("cache", "cached", "caches")],
)  # fmt: skip
def test_the_forms_of_a_word_meet(forms: tuple[str, ...]) -> None:
    assert len({stem_word(form) for form in forms}) == 1


def test_the_parts_of_an_identifier_are_known_words() -> None:
    assert {"read", "config", "num", "ctx"} <= find_stems("readConfig of num_ctx")
