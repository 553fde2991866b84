"""Since when a pull request was a draft and when not, from its events. Pure.

GitHub tells whether it is a draft now; a raw row must tell how it was then, or the same day swept later would differ.
"""

from dataclasses import dataclass
from datetime import datetime

from sparky_assets.raw.github_item_models import GitHubEvent, GitHubPullRequest

IS_DRAFT_AFTER_EVENT = {"ReadyForReviewEvent": False, "ConvertToDraftEvent": True}


@dataclass(frozen=True)
class DraftHistory:
    """How a pull request was opened, and each time it became a draft (True) or ready (False), in order."""

    opened_at: datetime
    opened_as_draft: bool
    state_changes: tuple[tuple[datetime, bool], ...]

    @classmethod
    def from_events(cls, item: GitHubPullRequest, events: list[GitHubEvent]) -> "DraftHistory":
        """Read them from all events of a pull request."""
        turned = [one for one in events if one.typename in IS_DRAFT_AFTER_EVENT]
        turns = [
            (one.created_at, IS_DRAFT_AFTER_EVENT[one.typename])
            for one in sorted(turned, key=lambda one: one.created_at)
        ]
        # What turns first into the one was the other before.
        return cls(item.created_at, not turns[0][1] if turns else item.is_draft, tuple(turns))

    def is_draft(self, at: datetime) -> bool:
        """Whether it was a draft right after an instant."""
        return next((turn for when, turn in reversed(self.state_changes) if when <= at), self.opened_as_draft)

    def find_ready_at(self, at: datetime) -> datetime | None:
        """Since when it was ready for review, as far as an instant knows; None while it was a draft.

        As github-community-projects/issue-metrics has it: its first ready_for_review event, else its opening.
        """
        if self.is_draft(at):
            return None
        return next((when for when, turn in self.state_changes if not turn and when <= at), self.opened_at)

    def compute_draft_seconds(self, at: datetime) -> int:
        """How long it had been a draft until an instant."""
        total, began = 0.0, self.opened_at if self.opened_as_draft else None
        for when, turn in (*(one for one in self.state_changes if one[0] <= at), (at, False)):
            if began and not turn:
                total += (when - began).total_seconds()
            began = (began or when) if turn else None
        return int(total)
