"""The errors that resources raise. A message names the thing, the reason and the next step, in one sentence or two."""


class ResourceError(Exception):
    """Something outside the process did not do what we asked, and asking again will not help."""


class TransientError(ResourceError):
    """It may work when asked again: a lost network, a busy server, a lock held by somebody else."""


class StorageError(ResourceError):
    """A file of the store cannot be read or written; the message names it."""


class GitError(ResourceError):
    """A repository cannot be read or written; the message names it."""


class GitNetworkError(GitError, TransientError):
    """A remote repository could not be reached."""


class GitHubError(ResourceError):
    """GitHub answered something that we cannot use, and would answer it again."""


class GitHubDeniedError(GitHubError):
    """The token is missing, wrong, expired, or lacks a permission."""


class GitHubNetworkError(GitHubError, TransientError):
    """No usable answer came, after all attempts: a lost network, a broken proxy, a server that is down."""


class GitHubLimitError(GitHubError, TransientError):
    """A rate limit would have us wait longer than the ceiling allows; the message says until when."""


class GitHubTooHeavyError(GitHubError):
    """The query asked for more than GitHub computes at once. Asking for half of it helps, asking again does not."""
