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
