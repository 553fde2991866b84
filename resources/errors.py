"""The errors that resources raise. A message names the thing, the reason and the next step, in one or two sentences.

ResourceError
├── TransientError                 (trying again later may help; mixed into those marked *)
├── StorageError
│   └── StorageUnavailableError *
├── HistoryConfigurationError
├── HistoryUnavailableError *
├── ModelError
│   ├── ModelMissingError
│   ├── ModelRefusedError
│   ├── SchemaRefusedError
│   ├── PromptTooLongError
│   ├── UnusableAnswerError
│   └── ModelUnavailableError *
├── GitError
│   └── GitNetworkError *
├── GitHubError
│   ├── GitHubDeniedError
│   ├── GitHubNetworkError *
│   ├── GitHubLimitError *
│   └── GitHubQueryTooLargeError
└── PostError
    ├── PostDeniedError
    ├── PostNetworkError *
    └── PostUncertainError
"""


class ResourceError(Exception):
    """Something outside the process failed, and trying again does not help."""


class TransientError(ResourceError):
    """Trying again may help: a lost network, a busy server, a lock that another process holds."""


class StorageError(ResourceError):
    """A file of the store cannot be read or written; the message names it."""


class OutdatedTableError(StorageError):
    """A table was written by another version of Sparky, with columns of another meaning."""


class StorageUnavailableError(StorageError, TransientError):
    """The server that holds the store does not answer."""


class HistoryConfigurationError(ResourceError):
    """The instance file of Dagster's history names variables that are not set."""


class HistoryUnavailableError(TransientError):
    """The database of Dagster's history does not answer."""


class ModelError(ResourceError):
    """A language model cannot answer; the message names the model or its server."""


class ModelMissingError(ModelError):
    """The server does not have the model."""


class ModelRefusedError(ModelError):
    """Sparky refuses to use the model: texts would leave this machine, or its server needs the other protocol."""


class SchemaRefusedError(ModelError):
    """The server cannot enforce this schema; a simpler one may work."""


class PromptTooLongError(ModelError):
    """The prompt does not fit. `tokens` and `limit` are the server's counts, None where it gives none."""

    def __init__(self, message: str, tokens: int | None = None, limit: int | None = None) -> None:
        super().__init__(message)
        self.tokens, self.limit = tokens, limit


class UnusableAnswerError(ModelError):
    """The answer cannot be trusted: it was cut, aborted, or written after the prompt was cut."""


class ModelUnavailableError(ModelError, TransientError):
    """There is no answer: the server is down, busy until the deadline, or its runner died."""


class ModelLoadingError(ModelUnavailableError):
    """The server is loading the model, or is busy: waiting helps."""


class GitError(ResourceError):
    """A repository cannot be read or written; the message names it."""


class GitNetworkError(GitError, TransientError):
    """A remote repository could not be reached."""


class GitHubError(ResourceError):
    """GitHub's response cannot be used, and would be the same again."""


class GitHubDeniedError(GitHubError):
    """The token is missing, wrong, expired, or lacks a permission."""


class GitHubNetworkError(GitHubError, TransientError):
    """No usable response after all attempts: a lost network, a broken proxy, a server that is down."""


class GitHubLimitError(GitHubError, TransientError):
    """A rate limit lasts longer than the settings let Sparky wait; the message says until when."""


class GitHubQueryTooLargeError(GitHubError):
    """The query asked for more than GitHub computes at once: half of it may work.

    `may_pass` is True for a 502, a 504 and a timeout: the server itself may be in trouble, so that the same query may
    work later.
    """

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        super().__init__(message)
        self.may_pass = may_pass


class PostError(ResourceError):
    """A service refused what was sent, and would refuse it again."""


class PostDeniedError(PostError):
    """A key or password is missing, wrong, expired, or lacks a permission."""


class PostNetworkError(PostError, TransientError):
    """A service was not reached, is busy or broken; nothing arrived."""


class PostUncertainError(PostError):
    """The connection was lost after sending: the message may have arrived or not, and the service cannot say which."""
