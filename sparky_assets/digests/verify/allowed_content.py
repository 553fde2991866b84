"""What a text may say: the sentences, names, numbers and addresses that the store holds, as they are found in a text.

How a text is read by them: `accounting.py`.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sparky_assets.digests.figures import numbers_table
from sparky_assets.digests.products import ProductManifest
from sparky_assets.digests.titles import format_brief_title
from sparky_assets.insights.models import Insight
from sparky_assets.insights.sentences import short_name
from sparky_assets.numbers import find_numbers
from sparky_assets.text.escape import ZERO_WIDTH_SPACE

_PREFIX_LENGTH = 8
"""Characters by which a text is looked up."""


@dataclass(frozen=True)
class AllowedContent:
    """Everything that a product of an insight may hold."""

    manifest: ProductManifest
    insight: Insight

    @cached_property
    def sentences(self) -> dict[str, Counter[str]]:
        """Each sentence without its full stop, with the references that it stands on.

        How often each: `#12` of one repository and `#12` of another can stand behind one sentence.
        """
        found: dict[str, Counter[str]] = {}
        for claim in self.insight.claims:
            cited = self.insight.get_cited_evidence(claim)
            spoken = normalize(claim.text).rstrip(".")
            # With its place before it as well: else another sentence that begins with a place could take it.
            for text in (spoken, f"{short_name(claim.repository)}: {spoken}" if claim.repository else spoken):
                found[text] = found.get(text, Counter()) | Counter(normalize(one.reference) for one in cited)
            if claim.section in {"change", "highlight"}:
                brief = normalize(format_brief_title(cited[0])).rstrip(".")
                # Likewise with its place: "anvil: That" of nobody's name took the reference of Ada's "anvil: That".
                for text in (brief, f"{short_name(claim.repository)}: {brief}" if claim.repository else brief):
                    found[text] = found.get(text, Counter()) | Counter([normalize(cited[0].reference)])
            if claim.section == "credit" and cited[0].author:
                # Without its full stop, as it is written: a week of Julian V. was held back for it.
                author = normalize(cited[0].author).rstrip(".")
                # One line thanks a person for everything, whatever claims it was credited in.
                found[author] = found.get(author, Counter()) + Counter(normalize(one.reference) for one in cited)
        own = (*self.manifest.statements, *self.manifest.corrections, self.manifest.title, self.manifest.description)
        for line in own:
            found.setdefault(normalize(line).rstrip("."), Counter())
        # A title of nothing but a bracket would be found in front of every reference.
        return {text: labels for text, labels in found.items() if any(char.isalnum() for char in text)}

    @cached_property
    def labels(self) -> list[str]:
        """Names that stand alone: of repositories, rows, sections and the period; the longest first."""
        names = {name for item in self.insight.evidence for name in (item.repository, short_name(item.repository))}
        names |= {item.reference for item in self.insight.evidence if item.kind == "release"}
        # A title of nothing but signs is no sentence to be found; the reference behind it still is one of ours.
        names |= {item.reference for item in self.insight.evidence if not any(map(str.isalnum, item.title))}
        return sorted({normalize(one) for one in (*names, *self.manifest.labels)} - {""}, key=len, reverse=True)

    @cached_property
    def numbers(self) -> set[str]:
        """Numbers that a table may show."""
        rows = [text for row in numbers_table(self.insight) for text in (row.value, row.before)]
        return {figure for text in rows for figure in find_numbers(text)}

    @cached_property
    def link_labels(self) -> dict[str, set[str]]:
        """Each address with the words that a link to it may show; none given: any that the text may hold."""
        found: dict[str, set[str]] = {url: set() for url in self.manifest.addresses}
        for item in self.insight.evidence:
            if item.url:
                found.setdefault(item.url, set()).add(normalize(item.reference))
        return found

    @cached_property
    def sentence_index(self) -> "PrefixIndex":
        """Finds the sentences in a text."""
        return PrefixIndex(self.sentences)


class PrefixIndex:
    """Texts by how they begin, to be found where a text is read."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts_by_prefix: dict[str, list[str]] = {}
        for text in sorted(texts, key=len, reverse=True):
            self._texts_by_prefix.setdefault(text[:_PREFIX_LENGTH], []).append(text)

    def find_longest(self, text: str, position: int) -> str:
        """The longest of them that begins here and ends at the end of a word; empty where none does."""
        for length in range(_PREFIX_LENGTH, 0, -1):
            for one in self._texts_by_prefix.get(text[position : position + length], ()):
                if text.startswith(one, position) and not continues_word(text, position + len(one), one):
                    return one
        return ""


def continues_word(text: str, end: int, matched: str) -> bool:
    """Whether a word or a number goes on behind what was found: a claim of `10` is not in `10.5` or `100`."""
    rest = text[end : end + 2]
    if not rest or not matched:
        return False
    if matched[-1].isdigit() and len(rest) == 2 and rest[0] in ".,:" and rest[1].isdigit():
        return True
    return matched[-1].isalnum() and (rest[0].isalnum() or rest[0] == "_")


def normalize(text: str) -> str:
    """Text as it is compared: without our invisible mark and the ticks of code, with single spaces."""
    return " ".join(text.replace(ZERO_WIDTH_SPACE, "").replace("`", "").split())
