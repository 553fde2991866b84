"""Reports of documents: entries by change, release and issue, lines of sentences, and text that may be shown."""

from datetime import UTC, datetime

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import SourceText
from sparky_assets.documents.report import build_report, format_report
from sparky_assets.raw.window import RawWindow
from tests.factories.github_week import pull, raw_of

SECRET = "ghp_" + "b2" * 20
SHA = "5" * 40


def make_window() -> RawWindow:
    merged_at = datetime(2025, 11, 12, tzinfo=UTC)
    return raw_of(pull_requests=[pull(5, "Read tabs") | {"commit": SHA, "at": merged_at}])


def make_sources(*keys: str) -> DocumentLibrary:
    text = "The parser crashed on tabs."
    return DocumentLibrary({key: SourceText(key=key, kind="message", repository="x", text=text) for key in keys})


def test_documents_of_a_change_are_one_entry() -> None:
    repository = make_window().pull_requests["repository"][0]
    library = make_sources(f"message:{repository}@{SHA}", f"body:{repository}#5", f"note:{repository}@{SHA}:NEWS.md")
    (entry,) = build_report(make_window(), library)
    assert entry["key"] == f"pr:{repository}#5"
    assert len(entry["documents"]) == 3


def test_entries_are_sorted_by_the_key_of_their_subject() -> None:
    library = make_sources(
        "notes:acme/tool@v1", "guide:acme/tool@v1:2", "message:acme/tool@777", "issue:acme/tool#8", "body:acme/tool#6"
    )
    assert [entry["key"] for entry in build_report(make_window(), library)] == [
        "commit:acme/tool@777", "issue:acme/tool#8", "pr:acme/tool#6", "release:acme/tool@v1",
    ]  # fmt: skip


def test_sentence_has_its_span_and_its_lines_in_the_file() -> None:
    text = "The parser crashed on tabs.\n\nUsers can now write tabs\nin lists."
    key = "message:acme/tool@777"
    source = SourceText(key=key, kind="message", repository="acme/tool", text=text, first_line=10)
    (entry,) = build_report(make_window(), DocumentLibrary({key: source}))
    first, second = entry["documents"][0]["sentences"]
    assert text[slice(*first["span"])] == "The parser crashed on tabs."
    assert (first["lines"], second["lines"]) == ([10, 10], [12, 13])
    assert entry["documents"][0]["first_choice"] in {first["number"], second["number"]}


def test_report_shows_no_secret_and_no_address() -> None:
    text = f"The key is {SECRET} now. Ask ada@example.com about it."
    key = "message:acme/tool@777"
    source = SourceText(key=key, kind="message", repository="acme/tool", text=text, title=f"Use {SECRET}")
    entries = build_report(make_window(), DocumentLibrary({key: source}))
    shown = f"{entries}" + "\n".join(format_report(entries, 9))
    assert SECRET not in shown
    assert "ada@example.com" not in shown
    assert "about it." in shown


def test_text_report_marks_the_choice_and_stops_at_the_limit() -> None:
    text = "The parser crashed on tabs. Users can now write tabs in lists. It was slow. It is fast."
    key = "message:acme/tool@777"
    source = SourceText(key=key, kind="message", repository="acme/tool", text=text, title="Read tabs")
    entries = build_report(make_window(), DocumentLibrary({key: source}))
    lines = list(format_report(entries, 2))
    assert lines[:2] == ["commit:acme/tool@777  Read tabs", "  message:acme/tool@777"]
    assert len(lines) == 2 + 2 * 2
    assert sum(line.startswith("  > ") for line in lines) == 1
    assert len(list(format_report(entries, 9))) == 2 + 4 * 2


def test_empty_library_gives_an_empty_report() -> None:
    assert build_report(make_window(), DocumentLibrary({})) == []
    assert list(format_report([], 3)) == []


def test_lines_of_a_diff_have_no_sentences_and_say_what_changed() -> None:
    key = f"note:acme/tool@{SHA}:a.py"
    text = "-DEFAULT_LIMIT = 5\n+DEFAULT_LIMIT = 9"
    source = SourceText(key=key, kind="diff", repository="acme/tool", text=text, path="a.py")
    (entry,) = build_report(make_window(), DocumentLibrary({key: source}))
    (document,) = entry["documents"]
    (consequence,) = document["consequences"]
    assert (document["sentences"], document["lines"]) == ([], text.split("\n"))
    assert (consequence["kind"], consequence["old"], consequence["new"]) == (
        "changed_default", "DEFAULT_LIMIT = 5", "DEFAULT_LIMIT = 9",
    )  # fmt: skip
    assert "    +DEFAULT_LIMIT = 9" in format_report([entry], 3)
