"""Result of a check of a service or a setting. `sparky doctor`, `sparky status` and the reader print it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckResult:
    """Result of a check: what was checked, whether it is ok, and details for people.

    `warnings` name what works but should be changed.
    """

    name: str
    ok: bool
    detail: str
    warnings: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The detail and the warnings in one line."""
        return "; ".join((self.detail, *self.warnings))
