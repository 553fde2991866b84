"""Names of files as file systems see them. Apart from what needs git, since settings are checked by it too."""

import unicodedata


def fold_name(name: str) -> str:
    """A name as a file system sees it that tells neither case nor two ways to write an accent apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
