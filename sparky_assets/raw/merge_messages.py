"""Read the merged pull request that a commit names, as GitHub, GitLab, Gitea, Bitbucket and Azure write it.

Every forge writes its own subject, and each has settings that change it. The message is untrusted: every pattern reads
it once, from its start. Pure.
"""

import re
from dataclasses import dataclass

from sparky_assets.text.messages import split_message

MAX_SUBJECT_CHARACTERS = 1_000
"""Characters of a subject that are searched for the number of a pull request."""

MAX_BULLET_LINES = 200

_MERGE_SUBJECTS = (
    # GitHub: Merge pull request #7 from octocat/morning
    re.compile(r"Merge pull request #(?P<number>\d{1,9}) from (?P<head>\S+)$"),
    # Gitea and Forgejo: Merge pull request 'Sell tickets' (#42) from ferry into main
    re.compile(r"Merge pull request '(?P<title>.*)' \(#(?P<number>\d{1,9})\) from (?P<head>\S+)(?: into \S+)?$"),
    # Bitbucket Server until 5: Merge pull request #42 in FER/app from ferry to main
    re.compile(r"Merge pull request #(?P<number>\d{1,9}) in \S+ from (?P<head>\S+) to \S+$"),
)

_MERGE_OR_SQUASH_SUBJECTS = (
    # Bitbucket Server: Pull request #42: Sell tickets
    re.compile(r"Pull request #(?P<number>\d{1,9}): (?P<title>\S.*)$"),
    # Bitbucket Cloud: Merged in ferry (pull request #42)
    re.compile(r"Merged in (?P<head>\S+) \(pull request #(?P<number>\d{1,9})\)$"),
    # Azure DevOps: Merged PR 42: Sell tickets
    re.compile(r"Merged PR (?P<number>\d{1,9}): (?P<title>\S.*)$"),
)

_TOOL_SUBJECT = re.compile(
    r"(?:bug|deprecat\w{1,5}|docs?|enhancement|feature|minor|security) #(?P<number>\d{1,9}) (?P<title>\S.{0,500}?) "
    r"\([\w.,@+ -]{1,120}\)"
)
_TOOL_BODY = re.compile(r"\s{0,4}This PR was (?:merged|squashed|submitted)\b")
"""Symfony's tool for merges: `bug #42 [Ferry] Sell tickets (ada)`, and where the pull request was merged below it."""

_GITLAB_REFERENCE = re.compile(r"^See merge request \S*!(\d{1,9})$", re.MULTILINE)

_PLAIN_MERGE = re.compile(r"Merge (?:branch|branches|commit|remote-tracking|tag)\b")

_SQUASH_SUBJECT = re.compile(r"(.*\S)\s{1,9}\((?:#|!|pull request #)(\d{1,9})\)")

_ISSUE_REFERENCE = re.compile(
    r"(?i)(?:\b(?:closes|resolves)|[,;.(–—-] ?(?:closed?|fix(?:e[sd])?|resolved?|refs?|references|see|addresses|issue"
    r"|related to|part of))[: ]*$"
)
"""What stands before the number of an issue: `Close the gangway, closes (#13)`, but not `Various fixes (#13)`."""

_BRANCH_NAME = re.compile(
    r"[\w.+-]+(?:/[\w.+#-]+)+|[a-z0-9]+(?:[-_][a-z0-9]+)+"
    r"|(?i:feature|feat|fix|bugfix|hotfix|chore|docs|task|users?|dependabot|renovate)/[\w. #/-]+"
)

_BULLET = re.compile(r"\s{0,8}[*-] +(\S.*)")

_EMPTY_TITLE = re.compile(
    r"(?i)(?:wip|fix(?:es|ed)?|fixup!?.*|squash!.*|updates?|cleanup|lint|typo|tests?|initial commit|merge\b.*)[.!]*"
)
"""Bullets that say nothing about a pull request."""

_SERVICE_LINE = re.compile(r"(?i)(?:See merge request |Approved-by:|Merge in \S+ from |\* commit ').*")
"""Lines that a forge adds to a body; none is a title."""


@dataclass(frozen=True)
class MergedPullRequest:
    """The pull request that a message names. `title` is empty where it names only a branch; `head` is that branch."""

    number: int
    title: str
    head: str | None


def parse_merged_pull_request(subject: str, body: str, *, is_merge: bool) -> MergedPullRequest | None:
    """Read the merged pull request from a message, or return None.

    A squash subject names its own pull request last: `Revert "Add x (#12)" (#15)` is number 15. GitHub lets a
    repository choose the title for merge commits too: `Add x (#12)`.

    Args:
        subject: the first line of the message.
        body: the other lines.
        is_merge: whether the commit has several parents.
    """
    subject = subject.strip()
    if len(subject) > MAX_SUBJECT_CHARACTERS:
        subject = subject[: MAX_SUBJECT_CHARACTERS // 2] + subject[-MAX_SUBJECT_CHARACTERS // 2 :]
    for pattern in (*_MERGE_SUBJECTS, *_MERGE_OR_SQUASH_SUBJECTS) if is_merge else _MERGE_OR_SQUASH_SUBJECTS:
        if match := pattern.match(subject):
            fields = match.groupdict()
            title = fields.get("title") or _find_first_line(body)
            return MergedPullRequest(int(fields["number"]), _choose_title(title, body), fields.get("head"))
    if _TOOL_BODY.match(body) and (match := _TOOL_SUBJECT.fullmatch(subject)):
        return MergedPullRequest(int(match["number"]), match["title"], None)
    if is_merge and (match := _GITLAB_REFERENCE.search(body)):
        return MergedPullRequest(int(match[1]), _choose_title(_find_first_line(body), body), None)
    if is_merge and _PLAIN_MERGE.match(subject):
        return None
    match = _SQUASH_SUBJECT.fullmatch(subject)
    if not match or _ISSUE_REFERENCE.search(match[1]):
        return None
    return MergedPullRequest(int(match[2]), _choose_title(match[1], body), None)


def parse_merged_message(message: str, *, is_merge: bool) -> MergedPullRequest | None:
    """Read the merged pull request from a whole message, or return None."""
    return parse_merged_pull_request(*split_message(message), is_merge=is_merge)


def read_title(message: str, *, is_merge: bool) -> str:
    """Return the title of a commit; of the merge of a pull request, that of the pull request."""
    merged = parse_merged_message(message, is_merge=is_merge)
    return merged.title if merged and merged.title else split_message(message)[0]


def is_branch_name(text: str) -> bool:
    """Return whether a title is only the name of a branch: `feature/night-ferry`, `patch-1`, `Feature/night ferry`."""
    return bool(_BRANCH_NAME.fullmatch(text.strip()))


def _choose_title(title: str, body: str) -> str:
    """Return a title; instead of the name of a branch the first bullet of the body that says something, or nothing."""
    return _find_first_bullet(body) if is_branch_name(title) else title


def _find_first_line(body: str) -> str:
    line = next((line.strip() for line in body.splitlines() if line.strip()), "")
    return "" if _SERVICE_LINE.fullmatch(line) else line


def _find_first_bullet(body: str) -> str:
    matches = (_BULLET.fullmatch(line) for line in body.splitlines()[:MAX_BULLET_LINES])
    bullets = [match[1].strip() for match in matches if match and not _SERVICE_LINE.fullmatch(match[0].strip())]
    return next((text for text in bullets if not _EMPTY_TITLE.fullmatch(text) and not is_branch_name(text)), "")
