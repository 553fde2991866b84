"""The errors that resources raise. A message names the thing, the reason and the next step, in one sentence or two."""


class ResourceError(Exception):
    """Something outside the process did not do what we asked, and asking again will not help."""


class TransientError(ResourceError):
    """It may work when asked again: a lost network, a busy server, a lock held by somebody else."""


class StorageError(ResourceError):
    """A file of the store cannot be read or written; the message names it."""


class StorageUnavailableError(StorageError, TransientError):
    """The server that holds the store does not answer."""


class ModelError(ResourceError):
    """A language model cannot do what it was asked; the message names the model or its server."""


class ModelMissingError(ModelError):
    """The server does not have the model."""


class ModelRefusedError(ModelError):
    """We refuse to use it: asking it would send texts off this machine, or it is driven by the wrong protocol."""


class SchemaRefusedError(ModelError):
    """The server cannot force this schema; a plainer one may do."""


class PromptTooLongError(ModelError):
    """The prompt does not fit. `tokens` and `limit` are what the server counted, None where it does not tell."""

    def __init__(self, message: str, tokens: int | None = None, limit: int | None = None) -> None:
        super().__init__(message)
        self.tokens, self.limit = tokens, limit


class UnusableAnswerError(ModelError):
    """An answer came, and cannot be trusted: cut, aborted, or written after the prompt was cut."""


class ModelUnavailableError(ModelError, TransientError):
    """No answer came: the server is away, busy beyond the deadline, or its runner died."""


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


class GitHubQueryTooLargeError(GitHubError):
    """The query asked for more than GitHub computes at once. Asking for half of it helps, asking again does not."""


class PostError(ResourceError):
    """A service would not take what we sent, and would not take it again."""


class PostDeniedError(PostError):
    """A key or password is missing, wrong, expired, or lacks a permission."""


class PostNetworkError(PostError, TransientError):
    """A service was not reached, is busy or broken; what we sent did not arrive."""


class PostUncertainError(PostError):
    """The connection was lost after we sent: it may have arrived or not, and the service cannot be asked."""
