"""Choose the sentence of a document that is printed, and the span of it: EDITORIAL.md, page 4.

Of an issue it is a sentence at the beginning that states the problem. Forms of issues ask for versions, steps and
expectations too. What is below these headings is no problem, and what follows the first paragraphs is mostly guesses.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from sparky_assets.documents.blocks import is_above_code
from sparky_assets.documents.models import DocumentSentence, ParsedDocument, Quotation, SentenceRole
from sparky_assets.documents.parse import fold_space
from sparky_assets.documents.scores.leaning import carries_on, leans_on_text
from sparky_assets.documents.scores.points import ASIDE_REASONS, count_sentence_words, has_hype, has_verb
from sparky_assets.documents.scores.roles import THIS_DOES
from sparky_assets.documents.sentences import mask_code
from sparky_assets.documents.similarity import repeats_title, score_shared_words, shares_subject
from sparky_assets.text.clean import contains_invisible
from sparky_assets.text.redact import contains_secret, find_address
from sparky_assets.text.words import find_code_names

MAX_QUOTED_WORDS = 40

MAX_SHORT_SENTENCES = 3
"""Sentences of a message that is about its change as a whole."""

_REFERS_BACK = re.compile(r"(?i)(?:\W*[\w'’-]+\W+){0,3}(?:this|it|its|these|they|also)\b|(?:needed|required)\b")

FOLLOWING_CHARACTERS = 400
"""Characters behind the first sentence of a section for users that say what the section is about."""

MIN_QUOTED_WORDS, MIN_VERBLESS_WORDS = 3, 6
"""Words of a sentence that is quoted, and of one without a verb."""

_EARLY_END = re.compile(
    r"\s--\s|\s—\s|[;:]\s|\s\(|,\s+(?:or|which|designed|providing|including|ensuring|making|enabling|offering|allowing|letting"
    r"|causing|leading|resulting|reducing|improving|increasing|so that|such as|we (?:have|also|now))\b"
)
_NEW_CLAUSE = re.compile(r",\s+we (?:have|also|now)\b")
"""A further sentence of the authors behind a comma: what limits it says nothing about the one before it."""

_TRAILING_ADDRESSES = re.compile(r"(?<=[.!?])(?:\s{1,4}<?https?://[^\s<>]{4,500}>?){1,6}\s*\Z")
"""Addresses behind a sentence: `Let's disable it. https://example.org/12`."""

_STRONG_MARK = re.compile(r"\*\*(?:\d{1,2}[.)] )?\Z")
_ANSWER = re.compile(r"(?:Yes|No|Yep)[,.:] (?=[`A-Z])")

_LIMITING_WORD = re.compile(r"\b(?:not|no|but|however|except|unless|only|if|without|never)\b|n['’]t\b", re.IGNORECASE)


def quote(document: ParsedDocument, sentence: DocumentSentence, max_words: int = MAX_QUOTED_WORDS) -> Quotation | None:
    """Return the span of a sentence that may be printed; None if a rule refuses it.

    The span is the whole sentence if it has at most `max_words` words and no hype. Else it ends early before a dash, a
    semicolon, a colon, a bracket or a participle, where a finite verb stands before and the rest limits nothing.
    """
    if not sentence.is_quotable:
        return None
    text = document.source.text
    start, end = sentence.start, sentence.end
    if count_sentence_words(sentence.text) > max_words or has_hype(sentence.text):
        early_end = _find_early_end(text[start:end], max_words)
        if early_end is not None:
            end = start + early_end
        elif count_sentence_words(sentence.text) > max_words:
            return None
    if (address := find_address(text[start:end])) is not None:
        # `Add -g to kill-session (from github at jiku dot jp)` ends before who asked for it.
        bracket = text.rfind(" (", start, start + address)
        end = bracket if count_sentence_words(text[start : max(bracket, start)]) >= MIN_QUOTED_WORDS else end
    if (trailing := _TRAILING_ADDRESSES.search(text, start, end)) and has_verb(text[start : trailing.start()]):
        end = trailing.start()
    # `You can hide it by setting` goes on in a block of code.
    if text[end - 1].isalnum() and not sentence.is_list_item and is_above_code(text, end):
        return None
    # An item of a list that goes on: `the map is gone;`.
    if text[end - 1] == ";" and has_verb(text[start : end - 1]):
        end -= 1
    # `6.2.15 was an erroneous release,` was left unfinished by its author.
    if text[start:end].rstrip().endswith(","):
        return None
    # `**The map is lost**, so …` and `**1. The map` have the first mark in front of the span.
    if text[start:end].count("**") % 2 and (mark := _STRONG_MARK.search(text, max(0, start - 6), start)):
        start = mark.start()
    # `Yes, ` answers a question of a form, which is not printed.
    if answer := _ANSWER.match(text, start, end):
        start = answer.end()
    quotation = Quotation(source=document.source.key, start=start, end=end, text=fold_space(text[start:end]))
    return quotation if is_valid_quotation(quotation, text) else None


MAX_PAIR_WORDS = 48
"""Words of two sentences that are quoted as one."""


def quote_with_sentence_before(document: ParsedDocument, sentence: DocumentSentence) -> Quotation | None:
    """Return a sentence and the one before it as one span, where it is about what that one says; else None.

    `Each visitor gets a map. Unfortunately, this map has no piers.`: the two are adjacent sentences of one paragraph.
    """
    if sentence.opens_block or sentence.is_list_item or not sentence.number:
        return None
    before = document.sentences[sentence.number - 1]
    text = document.source.text
    is_adjacent = before.section == sentence.section and not text[before.end : sentence.start].strip()
    if not is_adjacent or needs_sentence_before(document, before) or not (before.is_quotable and sentence.is_quotable):
        return None
    is_aside = any(reason.startswith(ASIDE_REASONS) for own in (before, sentence) for reason in own.reasons)
    if is_aside or before.score < 1 or has_hype(before.text) or has_hype(sentence.text):
        return None
    first, second = quote(document, before), quote(document, sentence)
    if first is None or second is None or first.end != before.end:
        return None
    printed = fold_space(text[first.start : second.end])
    if count_sentence_words(printed) > MAX_PAIR_WORDS:
        return None
    quotation = Quotation(source=document.source.key, start=first.start, end=second.end, text=printed)
    return quotation if is_valid_quotation(quotation, text) else None


def is_valid_quotation(quotation: Quotation, text: str) -> bool:
    """Return whether a quotation is an exact span of a text, without secrets, addresses and hidden characters."""
    if not 0 <= quotation.start < quotation.end <= len(text):
        return False
    printed = quotation.text
    return (
        fold_space(text[quotation.start : quotation.end]) == printed
        and bool(printed)
        and not contains_secret(printed)
        and find_address(printed) is None
        and not contains_invisible(printed)
    )


def rank_sentences(
    document: ParsedDocument, role: SentenceRole | None = None, title: str | None = None
) -> list[DocumentSentence]:
    """Return the sentences that may be quoted, the best first; ties by position.

    Args:
        document: the document.
        role: only sentences that have this role.
        title: title whose words count; by default that of the source.
    """

    def get_score(sentence: DocumentSentence) -> int:
        if title is None or title == document.source.title:
            return sentence.score
        own = score_shared_words(sentence.text, document.source.title)
        return sentence.score - own + score_shared_words(sentence.text, title)

    candidates = [
        sentence for sentence in document.sentences if sentence.is_quotable and (role is None or role in sentence.roles)
    ]
    return sorted(candidates, key=lambda sentence: (-get_score(sentence), sentence.number))


def choose_sentence(
    document: ParsedDocument,
    role: SentenceRole | None,
    title: str,
    used: Collection[Quotation] = (),
    *,
    paths: Sequence[str] = (),
    min_score: int = 1,
) -> DocumentSentence | None:
    """Return the best sentence of a document for print; None if none is good enough.

    Args:
        document: the document.
        role: what the sentence has to say; None for any.
        title: title of the change. A sentence that repeats it is not chosen.
        used: quotations that are printed already.
        paths: files of the change. A sentence must share a word with them or with the title, because a message may be
            pasted from another change.
        min_score: lowest score that is good enough.
    """
    candidates = list_candidates(document, title, used, role=role, paths=paths, min_score=min_score)
    return next(candidates, None)


_COMMIT_SUBJECT = re.compile(
    r"(?:build|chore|ci|docs?|feat|fix|perf|refactor|revert|style|tests?)(?:\([^()\s]{1,40}\))?!?: "
    r"|(?:ENH|BUG|MAINT|MNT|DOC|TST|BLD|DEP|REL|STY|TYP|PERF|CI|DEV|BENCH)(?:/[A-Z]{2,5})?: "
    r"|(?!(?:UTF|SHA|ISO|RFC|CVE|CWE|PEP|IEEE|ECMA|GPT|JDK|GHSA)-)[A-Z][A-Z0-9]{1,9}-\d{1,6}:? [A-Z]"
    r"|(?i:(?:this (?:is|pr is|commit is) )?(?:an? )?(?:manual |automat(?:ed|ic) )?"
    r"(?:back-?port|cherry[- ]?pick)(?:ed)? (?:of|from)\b)"
)
"""How a sentence begins that is a title, or names what is copied: `fix: wrong map`, `This is a backport of #12`."""


def list_candidates(
    document: ParsedDocument,
    title: str,
    used: Collection[Quotation] = (),
    *,
    role: SentenceRole | None = None,
    paths: Sequence[str] = (),
    min_score: int = 1,
) -> Iterator[DocumentSentence]:
    """Yield the sentences of a document that may be printed, the best first; arguments as `choose_sentence`."""
    used_spans = {(quotation.source, quotation.start) for quotation in used}
    for sentence in rank_sentences(document, role, title):
        if sentence.score < min_score:
            return
        # What a colon leads to is not quoted, nor the subject of a squashed commit, nor where a change is taken from.
        if sentence.text.endswith((":", "：")) or _COMMIT_SUBJECT.match(sentence.text):
            continue
        if (document.source.key, sentence.start) in used_spans or repeats_title(sentence.text, title):
            continue
        if not _is_about_change(document, sentence, title, paths):
            continue
        words = count_sentence_words(sentence.text)
        # `State mutation bug.` is a label of what follows.
        if words < MIN_QUOTED_WORDS or (words < MIN_VERBLESS_WORDS and not has_verb(sentence.text)):
            continue
        if quote(document, sentence) is None:
            continue
        yield sentence


def _is_about_change(document: ParsedDocument, sentence: DocumentSentence, title: str, paths: Sequence[str]) -> bool:
    """Return whether a sentence is about its change: it or the one before it, in the same section, shares a word.

    Notes of a release speak of many things, and their title is a version: there every sentence is. In a message of a
    few sentences `Without this …` or `Needed for …` is about what its title says. The first sentence of a section for
    users may say the same in other words: `Nushell now understands Semantic Versioning`, before examples of `semver`.
    """
    if not title or document.source.kind == "release_notes":
        return True
    if _REFERS_BACK.match(sentence.text) and _is_short_message(document):
        return True
    if shares_subject(sentence.text, title, paths):
        return True
    if _opens_user_section(document, sentence):
        following = document.source.text[sentence.end : sentence.end + FOLLOWING_CHARACTERS]
        if shares_subject(following, title, paths):
            return True
    before = document.sentences[sentence.number - 1] if sentence.number else None
    return before is not None and before.section == sentence.section and shares_subject(before.text, title, paths)


def _opens_user_section(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a sentence is the first of a section for users: what follows says what it is about."""
    before = document.sentences[sentence.number - 1] if sentence.number else None
    is_first = before is None or before.section != sentence.section
    return is_first and document.sections[sentence.section].kind == "user_facing"


def _is_short_message(document: ParsedDocument) -> bool:
    """Return whether a document is a message of one paragraph or two, without headings."""
    count = sum(sentence.is_quotable for sentence in document.sentences)
    return document.source.kind == "message" and len(document.sections) == 1 and count <= MAX_SHORT_SENTENCES


def _find_early_end(text: str, max_words: int) -> int | None:
    """Return the length of the longest beginning of a sentence that may stand alone; None if there is none."""
    masked = mask_code(text)
    for match in reversed(list(_EARLY_END.finditer(fold_line_ends(masked)))):
        head, rest = text[: match.start()], text[match.start() :]
        if count_sentence_words(head) > max_words or has_hype(head) or _goes_on(head, rest):
            continue
        # `Support for [MSC4388` ends within a link, `Drop Python 3.13t (3.14t and above continue` within an aside.
        if head.count("[") != head.count("]") or head.count("(") != head.count(")"):
            continue
        limits = _LIMITING_WORD.search(rest) and not _NEW_CLAUSE.match(rest)
        if count_sentence_words(head) < MIN_QUOTED_WORDS or not has_verb(head) or limits:
            continue
        if has_verb(_LAST_CLAUSE.sub("", head)):
            return len(head.rstrip())
    return None


_ASIDE = re.compile(r"\s\([^()]{0,80}\)(?=\s[a-z]|,)")
"""Brackets within a clause or list, which goes on behind them: `the helpers (of maps) throwing`, `night (dark),
day (bright)`."""
_LISTED = re.compile(r", [^,]{1,30}\Z")


def _goes_on(head: str, rest: str) -> bool:
    """Return whether an early end would cut a clause around an aside, or the last part of a list: `added, removed`."""
    # The verb of `a map — or a pier, or a lamp — sank` is behind the aside.
    is_in_aside = any(f" {dash} " in head and f"{dash} " in rest for dash in ("—", "–", "--"))
    return is_in_aside or bool(_ASIDE.match(rest)) or (rest.startswith(", or ") and bool(_LISTED.search(head)))


_LAST_CLAUSE = re.compile(
    r".*\b(?:so|because|since|when|if|while|although|until|that)\b(?= )", re.DOTALL | re.IGNORECASE
)
"""What comes before the last clause, which is cut where it has no verb: `so a pier at the top (of a map) sank`."""


def fold_line_ends(text: str) -> str:
    """Return a text of the same length with line ends as spaces."""
    return text.replace("\n", " ").replace("\r", " ")


_PRONOUN = re.compile(
    r"(?:For (?:example|instance)\b|(?:Also|Additionally|Furthermore|Moreover|Likewise|Otherwise)\b,?"
    r"|Both(?= (?:now|are|were|have|had|can|cannot|use|of (?:these|those|them)))|Doing (?:so|this)|Instead(?! of)"
    r"|Such(?! as)|(?:Previously|Before|Formerly|Currently|Until now),? (?:it|they|these|those))\b"
    r"|(?:It|They|This|These|That|Those|He|She)(?:['’](?:s|re|ll|d|ve))?\s"
    r"(?!(?:PR|MR|commit|change|patch|pull|fix|branch|release)\b|also (?:adds|fixes|removes)\b"
    r"|is (?:now |not |also )?(?:possible|important|necessary) (?:to|for|that)\b)"
)


def needs_sentence_before(document: ParsedDocument, sentence: DocumentSentence) -> bool:
    """Return whether a sentence of a message is about what the one before it says: `It …`, `So …`, `this logic`."""
    if document.source.kind not in {"message", "issue"} or sentence.number == 0:
        return False
    # `This patch speeds up this case` in front of a paragraph says what was done: that is worth more than the case.
    if sentence.opens_block and THIS_DOES.match(sentence.text):
        return False
    if leans_on_text(sentence.text, document.source.title):
        return True
    begins_item = sentence.is_list_item and sentence.opens_block
    return carries_on(sentence.text) or (not begins_item and bool(_PRONOUN.match(sentence.text)))


MIN_SHARED_WORDS = 2
"""Words of a title that a sentence of documentation shares, if it names nothing else of it."""
MIN_NAME_LENGTH = 4
"""Characters of a name of code in a title by which a sentence is about it."""
_CAPITALS = re.compile(r"[A-Z]{2,}\w{2,}")
_PLAIN_SENTENCE = re.compile(r"[A-Z`][^<>{}\[\]|]{20,}[.`]")
_DEPENDENT_START = re.compile(
    r"(?:See|Note|For (?:example|more|details|instance)|In (?:this|that|some|such|these) |However|Also|Then|Next"
    r"|Alternatively|Instead|Otherwise|Similarly|Here|This|These|Those|That|It|They|If you|Once|After|Finally"
    r"|Additionally|Further)\b"
)
"""Beginnings of sentences that need the one before them."""


def describes_title(sentence: str, title: str) -> bool:
    """Return whether a sentence of documentation can stand alone and is about the subject of a title."""
    if not _PLAIN_SENTENCE.fullmatch(sentence) or _DEPENDENT_START.match(sentence):
        return False
    names = find_code_names(title, MIN_NAME_LENGTH).union(_CAPITALS.findall(title))
    shares_name = any(name.casefold() in sentence.casefold() for name in names)
    return shares_name or score_shared_words(sentence, title) >= MIN_SHARED_WORDS


MAX_PROBLEM_SENTENCES = 5
"""Sentences at the beginning of the first section with a problem that are considered."""

MIN_FAULT_SCORE = 2

MIN_REQUEST_SCORE = -1
"""A request begins with `It would be`, which costs other sentences two points."""

_OTHER_SECTION = re.compile(
    r"(?i)expect|reproduc|\bsteps?\b|environment|\bversions?\b|platform|operating system|system info|config|alternativ"
    r"|solution|proposal|suggest|additional|\blogs?\b|stack ?trace|traceback|screenshot|workaround|possible fix|how to"
    r"|minimal|prerequisite|check ?list|search terms"
)

_EXPECTATION = re.compile(r"(?i)\b(?:should|expect(?:s|ed|ing)?|would)\b")
"""Words of sentences that say what is wanted, not what happens."""

_REQUEST = re.compile(
    r"(?i)\bit (?:would|will) be (?:\w+ ){0,2}(?:nice|great|useful|helpful|good|handy|cool|convenient)\b"
    r"|\bi(?:['’]d| would) (?:like|love)\b|\bplease (?:add|support|allow|provide)\b|\b(?:we|i|users?) (?:need|want)\b"
    r"|\bshould be (?:possible|able|allowed)\b|\bthere (?:is|was|['’]s) (?:currently )?no (?:\w+ )?way\b"
)


def find_report(
    document: ParsedDocument, title: str, used: Sequence[Quotation] = (), *, is_fix: bool
) -> tuple[str, Quotation] | None:
    """Return the verb and the sentence with which an issue states its problem: `reports`, `asks` or `says`.

    Args:
        document: the text of the issue.
        title: the title of the change that closes it; a sentence that repeats it is not chosen.
        used: quotations that are printed already.
        is_fix: whether the change is a fix: then only what goes wrong is a problem.

    Returns:
        None if no sentence is good enough.
    """
    beginning = {sentence.number for sentence in _list_beginning(document)}
    candidates = [
        (sentence, quoted)
        for sentence in list_candidates(document, "", used, min_score=MIN_REQUEST_SCORE)
        if sentence.number in beginning
        and (quoted := quote(document, sentence))
        and not repeats_title(quoted.text, title)
    ]
    requests = [quoted for _, quoted in candidates if _REQUEST.search(quoted.text)]
    if not is_fix and requests:
        return "asks", requests[0]
    for sentence, quoted in candidates:
        if sentence.score < MIN_FAULT_SCORE or _EXPECTATION.search(quoted.text):
            continue
        if "fault" in sentence.roles:
            return "reports", quoted
        if "why" in sentence.roles and not is_fix:
            return "says", quoted
    return None


def _list_beginning(document: ParsedDocument) -> Iterator[DocumentSentence]:
    """Yield the first sentences of the first section that may state the problem, without list items and questions."""
    section: int | None = None
    count = 0
    for sentence in document.sentences:
        own = document.sections[sentence.section]
        if own.kind == "skipped" or _OTHER_SECTION.search(own.heading) or sentence.is_list_item:
            continue
        section = sentence.section if section is None else section
        if sentence.section != section or count == MAX_PROBLEM_SENTENCES:
            return
        count += 1
        if not sentence.text.rstrip().endswith("?"):
            yield sentence
