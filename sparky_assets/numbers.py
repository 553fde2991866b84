"""What counts as a number in a text, for everyone who checks that a printed number is a known one."""

import re
from collections.abc import Iterator

_NUMBER_PATTERN = re.compile(r"\d+(?:[.,:]\d+)*")


def find_numbers(text: str) -> Iterator[str]:
    """Each run of digits with the dots, commas and colons inside it: `1,234`, `2.10.0`, `00:15`."""
    return (match[0] for match in _NUMBER_PATTERN.finditer(text))
