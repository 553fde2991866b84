"""Choose what is quoted about a change: the best sentence for each role, each sentence once.

The scores and spans come from `documents`; the labels are the templates of EDITORIAL.md, page 2.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from sparky_assets.documents.library import DocumentLibrary
from sparky_assets.documents.models import (
    CodeExample,
    DocumentSentence,
    ParsedDocument,
    Quotation,
    SentenceRole,
)
from sparky_assets.documents.quotes import (
    describes_title,
    find_report,
    list_candidates,
    needs_sentence_before,
    quote,
    quote_with_sentence_before,
)
from sparky_assets.documents.scores.points import (
    count_sentence_words,
    has_verb,
)
from sparky_assets.documents.scores.roles import names_doubt
from sparky_assets.documents.similarity import repeats_title, says_alike, shares_subject
from sparky_assets.documents.states import tells_change, tells_past_state
from sparky_assets.stories.choices import QuoteChoice, SentencePlace
from sparky_assets.stories.models import Change, SentencePart, StorySentence
from sparky_assets.stories.printing.phrasing import tell
from sparky_assets.stories.printing.quoting.documents import QuotableDocuments
from sparky_assets.stories.printing.quoting.examples import tell_example
from sparky_assets.stories.printing.quoting.labels import (
    PROBLEM_ROLES,
    SOURCE_PHRASES,
    join_neighbours,
    label_past,
    label_quotation,
    list_roles,
    mends_fault,
)
from sparky_assets.stories.printing.quoting.readers import (
    advises_reader,
    concerns_users,
    is_small_item,
    names_benefit,
    names_code_alone,
    tells_meeting,
)
from sparky_assets.stories.printing.releases.entries import (
    MIN_ENTRY_WORDS,
    drop_other_entries,
    follow_titles,
    is_entry_of_another,
)
from sparky_assets.stories.printing.releases.item_quotes import quote_item
from sparky_assets.stories.printing.sentences import (
    join_quotations,
    quotation,
    quote_sentence,
    repeats_change,
    title_link,
)
from sparky_assets.stories.titles.forms import is_label_alone, is_vague
from sparky_assets.stories.titles.parts import split_area
from sparky_assets.text.clean import clean_title

MAX_README_SENTENCES = 4
"""Sentences at the beginning of a README of which the first that may be quoted says what the repository is."""
MIN_DESCRIPTION_WORDS = 4
MIN_SCORE = 2
"""Score that a sentence needs to be printed as what a change does."""
MIN_SECOND_SCORE = 3
"""Score that a second sentence of the same change needs."""
MIN_ENTRY_RIVAL_SCORE = 4
"""Score from which a sentence of the message is quoted and not the changelog entry that came with the change."""
MAX_ENTRIES = 8
"""Entries that one change adds to a changelog; more are the notes of a release."""
MIN_ISSUE_TITLE_WORDS = 4
BARE_TEMPLATES = frozenset({"Q-SAYS", "Q-ADDS", "Q-WHO"})
"""Templates of quotations whose label says whose words they are, and not what they are about."""
REASON_TEMPLATES = frozenset({"Q-WHY", "Q-WENT", "Q-BEFORE"})
"""Templates of quotations that say why there is a change."""
MAX_HEADING_WORDS = 16
"""Words of an item of the notes that a heading has room for."""


class QuotationChooser(QuotableDocuments):
    """Chooses sentences of the documents of a period, and remembers what was printed."""

    def __init__(
        self,
        library: DocumentLibrary,
        choices: Mapping[str, QuoteChoice] | None = None,
        note_items: Mapping[str, SentencePlace] | None = None,
    ) -> None:
        """Remember what may be quoted.

        Args:
            library: the documents of the period.
            choices: the choices of an editor by the key of a change; the rules choose for all other changes.
            note_items: the item of release notes about a change, by the key of the change.
        """
        super().__init__(library)
        self._choices = choices or {}
        self._note_items = note_items or {}

    @property
    def noted_items(self) -> frozenset[SentencePlace]:
        """The items of release notes that are about one change of the period each."""
        return frozenset(self._note_items.values())

    def choose(
        self,
        documents: Iterable[ParsedDocument],
        role: SentenceRole | None,
        change: Change,
        min_score: int = MIN_SCORE,
        *,
        stands_alone: bool = False,
        skips_code: bool = False,
        is_second: bool = False,
        said: Sequence[str] = (),
    ) -> tuple[ParsedDocument, DocumentSentence, Quotation] | None:
        """Return the best sentence for a role, with its document and span; None if none is good enough.

        One that stands alone begins with no pronoun, unless the sentence before it is printed. One that skips code
        names little of it; every other one that is for who reads the diff says what users meet. A second one says what
        users meet, or is not printed: a cause alone is an aside. What is said beside it is not said again.
        """
        for document in documents:
            candidates = list_candidates(
                document, change.title, self.used, role=role, paths=change.paths, min_score=min_score
            )
            for sentence in candidates:
                if is_second and (not concerns_users(sentence) or is_small_item(sentence)):
                    continue
                pair = None
                if stands_alone and needs_sentence_before(document, sentence):
                    before = quote(document, document.sentences[sentence.number - 1])
                    if before is None or not self._is_used(before):
                        pair = quote_with_sentence_before(document, sentence)
                        if pair is None:
                            continue
                is_note = document.source.kind == "change_note"
                if is_note and is_entry_of_another(document, sentence, change):
                    continue
                if skips_code and not is_note and names_code_alone(sentence):
                    continue
                # A first sentence may name code where it says what users met: `setproctitle causes segfaults on macOS`.
                if not skips_code and not is_note and names_code_alone(sentence) and not tells_meeting(sentence):
                    continue
                quoted = pair or (quote_item(document, sentence) if is_note else quote(document, sentence))
                if quoted is None or self.is_said(quoted) or repeats_change(quoted.text, change):
                    continue
                if not any(repeats_title(quoted.text, text) or says_alike(text, quoted.text) for text in said):
                    return document, sentence, quoted
        return None

    def rate(self, change: Change) -> int:
        """Return the score of the best sentence about a change that says more than how its code works; 0 without."""
        chosen = self.choose(self.list_documents(change), None, change, stands_alone=True, skips_code=True)
        return chosen[1].score if chosen else 0

    def list_candidates(self, change: Change) -> list[tuple[ParsedDocument, DocumentSentence, Quotation]]:
        """Return all sentences that may be quoted about a change, the best of the best document first."""
        return [
            (document, sentence, quoted)
            for document in self.list_documents(change)
            for sentence in list_candidates(document, change.title, self.used, paths=change.paths)
            if (quoted := quote(document, sentence))
        ]

    def _find_chosen(
        self, change: Change, place: SentencePlace | None
    ) -> tuple[ParsedDocument, DocumentSentence, Quotation] | None:
        """Return the sentence that an editor chose; None if it may not be printed or is printed already."""
        if place is None:
            return None
        candidates = self.list_candidates(change)
        return next((item for item in candidates if (item[0].source.key, item[1].start) == place), None)

    def _tell_chosen(self, change: Change, limit: int) -> list[StorySentence]:
        """Return the sentences that an editor chose; none where it did not choose what changed.

        The labels follow from what the rules read in a sentence: an editor cannot call a sentence a reason.
        """
        choice = self._choices.get(change.key)
        what = self._find_chosen(change, choice.what) if choice else None
        if choice is None or what is None:
            return []
        is_fault = mends_fault(change) and "fault" in what[1].roles
        sentences = [self._tell_labelled(*what, "quotes.went_wrong" if is_fault else "", is_second=False)]
        why = self._find_chosen(change, choice.why)
        if why and limit > 1:
            sentences.append(self._tell_labelled(*why, "quotes.why" if "why" in why[1].roles else "", is_second=True))
        return sentences[:limit]

    def tell(self, change: Change, limit: int, *, said: Sequence[str] = ()) -> list[StorySentence]:
        """Return up to `limit` quotations about a change, each behind its label.

        A fix begins with what went wrong, everything else with its effect. The second sentence has another role. What
        is for who reads the diff is not quoted. What the heading has said already is not quoted in other words.
        """
        if limit > 0 and (chosen_sentences := self._tell_chosen(change, limit)):
            return chosen_sentences
        documents = drop_other_entries(self.list_documents(change), change.title)
        sentences: list[StorySentence] = []
        if limit > 0:
            sentences = self._tell_note_item(change) or self._tell_entry(change, documents)
        says_problem = begins_with_voice = False
        for role, label in list_roles(change):
            if len(sentences) >= limit:
                break
            if role == "report":
                if not says_problem and (report := self._tell_report(change, documents)):
                    sentences.insert(0 if mends_fault(change) else len(sentences), report)
                continue
            min_score = MIN_SECOND_SCORE if sentences else MIN_SCORE
            chosen = self.choose(
                documents,
                role,
                change,
                min_score,
                stands_alone=True,
                skips_code=bool(sentences),
                is_second=bool(sentences),
                said=[*said, *_list_quoted_texts(sentences)],
            )
            if chosen is None:
                continue
            is_second = self._ends_with_message(sentences)
            labelled = label_quotation(*chosen, label or label_past(change, chosen[1]), is_second=is_second)
            # A failure word in a sentence that no label fits is no problem that a change mends.
            is_bare = labelled.template in BARE_TEMPLATES and not names_benefit(chosen[1])
            if sentences and role != "effect" and is_bare:
                continue
            says_problem = says_problem or not PROBLEM_ROLES.isdisjoint(chosen[1].roles)
            self.use(chosen[2])
            begins_with_voice = begins_with_voice or (not sentences and "voice" in chosen[1].roles)
            sentences.append(labelled)
        if not sentences and limit > 0 and (documented := self._tell_documentation(change)):
            sentences.append(documented)
        if 0 < len(sentences) < limit and not says_problem and (closed := self._tell_closed_issue(change)):
            sentences.append(closed)
        joined = join_quotations(join_neighbours(sentences, self.sources))
        # `I think that is okay for now` stands behind the reason, and not in place of it.
        is_turned = begins_with_voice and len(joined) > 1 and joined[1].template in REASON_TEMPLATES
        return [joined[1], joined[0], *joined[2:]] if is_turned else joined

    def _tell_labelled(
        self, document: ParsedDocument, sentence: DocumentSentence, quoted: Quotation, phrase: str, *, is_second: bool
    ) -> StorySentence:
        return label_quotation(document, sentence, self.use(quoted), phrase, is_second=is_second)

    def _ends_with_message(self, sentences: Sequence[StorySentence]) -> bool:
        """Return whether the last sentence quotes a message, so that the next quotation of one may say `It adds`."""
        quoted = [part.quotation.source for part in sentences[-1].parts if part.quotation] if sentences else []
        return any(self.sources[key].kind == "message" for key in quoted)

    def _tell_documentation(self, change: Change) -> StorySentence | None:
        """Return what the help text or the documentation that came with a change says about it."""
        for document in self.list_documentation(change):
            if document.source.kind == "test":
                continue
            is_help = document.source.kind == "help_text"
            for sentence in list_candidates(document, change.title, self.used, min_score=-1 if is_help else MIN_SCORE):
                quoted = quote(document, sentence)
                if quoted is None or self.is_said(quoted):
                    continue
                # A definition of reStructuredText is indented below its term.
                is_definition = re.search(r"\n[ \t]{2,}", document.source.text[quoted.start : quoted.end])
                if is_help or (describes_title(sentence.text, change.title) and not is_definition):
                    template = "Q-HELP" if is_help else "Q-DOC"
                    return quote_sentence(template, SOURCE_PHRASES[document.source.kind], self.use(quoted))
        return None

    def _tell_note_item(self, change: Change) -> list[StorySentence]:
        """Return what the notes of a release say about a change; nothing where they only repeat its title."""
        quoted = self._find_note_item(change)
        return [quote_sentence("R-ALSO", "quotes.notes_about", self.use(quoted))] if quoted else []

    def _tell_entry(self, change: Change, documents: Sequence[ParsedDocument]) -> list[StorySentence]:
        """Return the beginning of the changelog entry that a change added, which its author wrote for users.

        Empty where a message says the effect well, or where the change added so many entries that they are a release.
        """
        messages = [document for document in documents if document.source.kind != "change_note"]
        if self.choose(messages, "effect", change, MIN_ENTRY_RIVAL_SCORE):
            return []
        quoted = self._find_entry(change, documents)
        return [quote_sentence("Q-SAYS", SOURCE_PHRASES["change_note"], self.use(quoted))] if quoted else []

    def _find_entry(self, change: Change, documents: Sequence[ParsedDocument]) -> Quotation | None:
        """Return the beginning of the changelog entry that a change added; None where it added many, or no news."""
        notes = [document for document in documents if document.source.kind == "change_note"]
        entries = [
            (document, sentence) for document in notes for sentence in document.sentences if sentence.opens_block
        ]
        for document, sentence in follow_titles(entries, change) if len(entries) <= MAX_ENTRIES else ():
            quoted = quote_item(document, sentence)
            if quoted is None or repeats_change(quoted.text, change):
                continue
            # Who edits several entries, such as for their words, wrote none of them.
            if len(entries) > 1 and not shares_subject(sentence.text, change.title):
                continue
            if not self._is_used(quoted) and not self.is_said(quoted):
                return quoted
        return None

    def _find_note_item(self, change: Change) -> Quotation | None:
        place = self._note_items.get(change.key)
        document = self.get_document(place[0]) if place else None
        if place is None or document is None:
            return None
        sentence = next((sentence for sentence in document.sentences if sentence.start == place[1]), None)
        quoted = quote_item(document, sentence) if sentence else None
        if quoted is None or repeats_change(quoted.text, change) or self._is_used(quoted):
            return None
        return quoted

    def tells_users(self, sentences: Sequence[StorySentence]) -> bool:
        """Return whether quotations say what users meet: in words for them, or of a text that is written for them."""
        for quoted in (part.quotation for sentence in sentences for part in sentence.parts if part.quotation):
            document = self.get_document(quoted.source)
            if document is None or document.source.kind != "message":
                return True
            own = [place for place in document.sentences if place.start < quoted.end and quoted.start < place.end]
            if any(map(concerns_users, own)):
                return True
        return False

    def tell_message(self, change: Change) -> list[StorySentence]:
        """Return the first whole sentence of a change's message, however well it is scored; empty without one.

        For a change whose title is known to say nothing: no sentence of its message shares a word with it.
        """
        for document in self.list_documents(change):
            for sentence in document.sentences:
                quoted = quote(document, sentence) if sentence.is_quotable and has_verb(sentence.text) else None
                if quoted and not self._is_used(quoted) and count_sentence_words(quoted.text) >= MIN_ENTRY_WORDS:
                    return [quote_sentence("Q-SAYS", SOURCE_PHRASES[document.source.kind], self.use(quoted))]
        return []

    def quote_instead_of_title(self, change: Change) -> SentencePart | None:
        """Return the item of release notes about a change whose title says little, as a link to the change; else None.

        `Update progress.py` is in the notes as “Fixed extraneous blank line on non-interactive disabled `Progress`”.
        Before a release it is the entry that came with the change.
        """
        # `Optimize the benchmark of maps` and `Revise the change for #12` are headings for who works on the project.
        is_label = is_label_alone(split_area(change.title.strip())[1]) or bool(_OWN_WORK.search(change.title))
        if not is_label and not is_vague(change.title):
            return None
        quoted = self._find_note_item(change)
        if quoted is None and is_label:
            quoted = self._find_entry(change, self.list_documents(change))
        if quoted is None or len(quoted.text.split()) > MAX_HEADING_WORDS:
            return None
        return quotation(self.use(quoted)).model_copy(update={"url": change.url, "evidence": change.key})

    def _tell_report(self, change: Change, documents: Sequence[ParsedDocument]) -> StorySentence | None:
        """Return how an issue that a change closes states the problem, if the change itself states none.

        The sentence names the issue, because its words are not those of the change's author.
        """
        if not change.issues or self.choose(documents, "why", change) or self.choose(documents, "fault", change):
            return None
        for key in change.issues:
            document = self.get_document(key)
            report = find_report(document, change.title, self.used, is_fix=mends_fault(change)) if document else None
            if document is None or report is None or self.is_said(report[1]):
                continue
            number = SentencePart(
                kind="datum", text=f"#{key.rpartition('#')[2]}", url=document.source.url, evidence=key
            )
            return tell("Q-REPORT", f"quotes.issue_{report[0]}", issue=number, quotation=quotation(self.use(report[1])))
        return None

    def _tell_closed_issue(self, change: Change) -> StorySentence | None:
        """Return the title of an issue that a change closes, as a link to it, if none of its words are quoted."""
        if any(quoted.source in change.issues for quoted in self.used):
            return None
        for key in change.issues:
            source = self.sources[key]
            title = clean_title(source.title)
            if len(title.split()) >= MIN_ISSUE_TITLE_WORDS and not repeats_change(title, change):
                self._named_issues.append(key)
                link = SentencePart(kind="title", text=title, url=source.url, evidence=key)
                return tell("S-CLOSES", "stories.closes", title=link)
        return None

    def tell_action(self, change: Change) -> StorySentence | None:
        """Return what a reader has to do because of a change; None if no one wrote it."""
        choice = self._choices.get(change.key)
        chosen = self._find_chosen(change, choice.action) if choice else None
        if chosen is None or "action" not in chosen[1].roles:
            chosen = self.choose(self.list_documents(change), "action", change, MIN_SECOND_SCORE)
        if chosen is None or not advises_reader(*chosen[:2]):
            return None
        return quote_sentence("Q-DO", "quotes.action", self.use(chosen[2]))

    def tell_doubt(self, change: Change) -> StorySentence | None:
        """Return what the author says about the risk of a change: `title: “…”`; None where nothing is said."""
        chosen = None if change.is_bot else self.choose(self.list_documents(change), "risk", change, MIN_SCORE)
        # A small letter begins in the middle of a sentence, and `Fixes the edge cases` doubts nothing.
        said = chosen[2].text if chosen else ""
        is_past = tells_past_state(said) and "voice" not in chosen[1].roles if chosen else False
        is_other = said[:1].islower() or tells_change(said) or is_past or bool(_OTHER_WAY.match(said))
        if chosen is None or not names_doubt(said) or is_other:
            return None
        return tell("Q-RISK", "quotes.titled", title=title_link(change), quotation=quotation(self.use(chosen[2])))

    def item_with_quotation(
        self, change: Change, title: SentencePart, role: SentenceRole | None
    ) -> StorySentence | None:
        """Return `title: “…”`, with the best sentence for a role; None if none is good enough."""
        choice = self._choices.get(change.key)
        chosen = self._find_chosen(change, choice.what) if choice and role is None else None
        documents = drop_other_entries(self.list_documents(change), change.title)
        chosen = chosen or self.choose(documents, role, change, stands_alone=True, skips_code=True)
        if chosen is None:
            return None
        return tell("Q-ITEM", "quotes.titled", title=title, quotation=quotation(self.use(chosen[2])))

    def tell_repository(self, repository: str) -> StorySentence | None:
        """Return what a repository is: the first sentence of its README, else its description; None without either."""
        for key in (f"readme:{repository}", f"description:{repository}"):
            document = self.get_document(key)
            for sentence in document.sentences[:MAX_README_SENTENCES] if document else ():
                quoted = quote(document, sentence) if document else None
                if document and quoted and count_sentence_words(quoted.text) >= MIN_DESCRIPTION_WORDS:
                    template = "G-README" if document.source.kind == "readme" else "Q-SAYS"
                    return quote_sentence(template, SOURCE_PHRASES[document.source.kind], self.use(quoted))
        return None

    def find_example(
        self, change: Change, *, is_first_of_several: bool = False
    ) -> tuple[CodeExample, StorySentence] | None:
        """Return an example of a change with the sentence that says where it is from; None if there is none.

        Args:
            change: the change.
            is_first_of_several: whether other changes are printed between it and the example.
        """
        return tell_example(
            change,
            self.list_documents(change),
            self.list_documentation(change),
            is_first_of_several=is_first_of_several,
        )


def _list_quoted_texts(sentences: Sequence[StorySentence]) -> list[str]:
    return [part.quotation.text for sentence in sentences for part in sentence.parts if part.quotation]


_OWN_WORK = re.compile(r"(?i)\b(?:benchmarks?|tests?|test suite|CI)\b|(?<![\w/])#\u200b?\d{1,7}\b")
"""What a title names that only the people of a project know: a benchmark, an issue by its number."""


_OTHER_WAY = re.compile(
    r"(?i)(?:this|these) (?:limitation|problem|issue|bug|gap|shortcoming)s?\b|alternatively\b"
    r"|(?:another|one|an alternative|the other) (?:option|idea|way|approach|possibility)\b"
)
"""How a sentence begins about what was not done, or was mended: `Another option may be to split the map`."""
