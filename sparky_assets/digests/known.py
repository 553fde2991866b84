"""What a text may say: the sentences, names, numbers and addresses that the store holds, as they are found in a text.

How a text is read by them: `accounting.py`.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sparky_assets.digests.escaping import BREAK
from sparky_assets.digests.figures import numbers
from sparky_assets.digests.products import Rendered
from sparky_assets.digests.titles import brief_title
from sparky_assets.insights.models import Insight
from sparky_assets.insights.sentences import short
from sparky_assets.numbers import numbers_in

_INDEXED = 8
"""Characters by which a text is looked up."""


@dataclass(frozen=True)
class Known:
    """Everything that a product of an insight may hold."""

    rendered: Rendered
    insight: Insight

    @cached_property
    def sentences(self) -> dict[str, Counter[str]]:
        """Each sentence without its full stop, with the references that it stands on.

        How often each: `#12` of one repository and `#12` of another can stand behind one sentence.
        """
        found: dict[str, Counter[str]] = {}
        for claim in self.insight.claims:
            cited = self.insight.cited(claim)
            spoken = plain(claim.text).rstrip(".")
            # With its place before it as well: else another sentence that begins with a place could take it.
            for text in (spoken, f"{short(claim.repository)}: {spoken}" if claim.repository else spoken):
                found[text] = found.get(text, Counter()) | Counter(plain(one.reference) for one in cited)
            if claim.section in {"change", "highlight"}:
                brief = plain(brief_title(cited[0])).rstrip(".")
                # Likewise with its place: "anvil: That" of nobody's name took the reference of Ada's "anvil: That".
                for text in (brief, f"{short(claim.repository)}: {brief}" if claim.repository else brief):
                    found[text] = found.get(text, Counter()) | Counter([plain(cited[0].reference)])
            if claim.section == "credit" and cited[0].author:
                # Without its full stop, as it is written: a week of Julian V. was held back for it.
                author = plain(cited[0].author).rstrip(".")
                # One line thanks a person for everything, whatever claims it was credited in.
                found[author] = found.get(author, Counter()) + Counter(plain(one.reference) for one in cited)
        own = (*self.rendered.statements, *self.rendered.corrections, self.rendered.title, self.rendered.description)
        for line in own:
            found.setdefault(plain(line).rstrip("."), Counter())
        # A title of nothing but a bracket would be found in front of every reference.
        return {text: labels for text, labels in found.items() if any(char.isalnum() for char in text)}

    @cached_property
    def labels(self) -> list[str]:
        """Names that stand alone: of repositories, rows, sections and the period; the longest first."""
        names = {name for item in self.insight.evidence for name in (item.repository, short(item.repository))}
        names |= {item.reference for item in self.insight.evidence if item.kind == "release"}
        # A title of nothing but signs is no sentence to be found; the reference behind it still is one of ours.
        names |= {item.reference for item in self.insight.evidence if not any(map(str.isalnum, item.title))}
        return sorted({plain(one) for one in (*names, *self.rendered.labels)} - {""}, key=len, reverse=True)

    @cached_property
    def figures(self) -> set[str]:
        """Numbers that a table may show."""
        rows = [text for row in numbers(self.insight) for text in (row.value, row.before)]
        return {figure for text in rows for figure in numbers_in(text)}

    @cached_property
    def addresses(self) -> dict[str, set[str]]:
        """Each address with the words that a link to it may show; none given: any that the text may hold."""
        found: dict[str, set[str]] = {url: set() for url in self.rendered.addresses}
        for item in self.insight.evidence:
            if item.url:
                found.setdefault(item.url, set()).add(plain(item.reference))
        return found

    @cached_property
    def beginnings(self) -> "Beginnings":
        """Finds the sentences in a text."""
        return Beginnings(self.sentences)


class Beginnings:
    """Texts by how they begin, to be found where a text is read."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._found: dict[str, list[str]] = {}
        for text in sorted(texts, key=len, reverse=True):
            self._found.setdefault(text[:_INDEXED], []).append(text)

    def longest_at(self, text: str, place: int) -> str:
        """The longest of them that begins here and ends at the end of a word; empty where none does."""
        for length in range(_INDEXED, 0, -1):
            for one in self._found.get(text[place : place + length], ()):
                if text.startswith(one, place) and not goes_on(text, place + len(one), one):
                    return one
        return ""


def goes_on(text: str, end: int, found: str) -> bool:
    """Whether a word or a number goes on behind what was found: a claim of `10` is not in `10.5` or `100`."""
    rest = text[end : end + 2]
    if not rest or not found:
        return False
    if found[-1].isdigit() and len(rest) == 2 and rest[0] in ".,:" and rest[1].isdigit():
        return True
    return found[-1].isalnum() and (rest[0].isalnum() or rest[0] == "_")


def plain(text: str) -> str:
    """Text as it is compared: without our invisible mark and the ticks of code, with single spaces."""
    return " ".join(text.replace(BREAK, "").replace("`", "").split())
