"""Publish commits to a repository on this machine that Sparky made itself, with a work tree for people to read.

A process may be killed at any point without harm, because of the order: the work tree, the objects, the branch by
compare-and-swap, the index. The resource for publishing is here too: the author of commits, and the folder of
Sparky's clones. Pushing to a remote repository is `remote.py`.
"""

from dataclasses import dataclass
from pathlib import Path

from resources.errors import GitError
from resources.git.locks import clear_stale_locks, lock_repository
from resources.git.mirrors import make_temporary_path
from resources.git.objects import (
    MISSING_ENTRY,
    OWNERSHIP_SETTING,
    CommitAuthor,
    CommitResult,
    CommitSpec,
    GitObjects,
    check_paths,
    check_relative_path,
    format_commit_message,
    format_diff,
)


def publish_locally(
    repository: Path, branch: str, change: CommitSpec, author: CommitAuthor, *, dry_run: bool = False
) -> CommitResult:
    """Commit the files of `change`, unless the newest commit holds them already.

    A dry run returns the diff and changes nothing.

    Raises:
        GitError: when Sparky did not make the repository, a path leaves it, or git refuses.
        TransientError: when another process holds it for too long.
    """
    for path in change.files:
        check_relative_path(path, str(repository))
        _check_links(repository, path)
    objects = GitObjects(repository.absolute() / ".git", str(repository))
    if dry_run:
        if not repository.is_dir() or not any(repository.iterdir()):
            wanted = {path: (None, data) for path, data in sorted(change.files.items()) if data is not None}
            return CommitResult(str(repository), tuple(change.files), None, 0, bool(wanted), format_diff(wanted))
        _check_ownership(repository, branch)
        return _diff_against_tip(objects, branch, change)
    with lock_repository(repository):
        _open_or_create(repository, branch)
        clear_stale_locks(objects.git_dir)
        return _commit_change(repository, objects, branch, change, author)


def _commit_change(
    repository: Path, objects: GitObjects, branch: str, change: CommitSpec, author: CommitAuthor
) -> CommitResult:
    tip = objects.resolve_commit(f"refs/heads/{branch}")
    check_paths(objects, tip, change)
    before = _diff_against_tip(objects, branch, change)
    if differing := objects.find_changed_paths(tip, change):
        # The work tree first: what the disk refuses is then not committed either.
        for path, (_, data) in differing.items():
            _write_work_tree(repository, path, data)
        edition = objects.find_latest_edition(tip, change.edition_paths) + 1
        new = objects.create_commit(tip, change, list(differing), format_commit_message(change, edition), author)
        objects.move_branch(branch, new, tip)
    _update_index(objects, branch, change)
    after = _diff_against_tip(objects, branch, change)
    return CommitResult(after.repository, after.files, after.commit, after.edition, before.is_new, before.diff)


def _diff_against_tip(objects: GitObjects, branch: str, change: CommitSpec) -> CommitResult:
    """Return how the files of a change differ from the newest commit; no difference after it was committed."""
    tip = objects.resolve_commit(f"refs/heads/{branch}")
    return objects.build_result(tip, change, format_diff(objects.find_changed_paths(tip, change)))


def _update_index(objects: GitObjects, branch: str, change: CommitSpec) -> None:
    """Update the index to what the branch holds of Sparky's files. Other staged files stay as they are."""
    tip = objects.resolve_commit(f"refs/heads/{branch}")
    staged = _list_staged(objects, change)
    lines = ""
    for path in change.files:
        entry = objects.find_entry(tip, path)
        wanted = f"{entry.mode} {entry.sha}" if entry else None
        if staged.get(path) != wanted:
            lines += f"{wanted or MISSING_ENTRY}\t{path}\0"
    if lines:
        objects.run("update-index", "-z", "--index-info", data=lines.encode())


def _list_staged(objects: GitObjects, change: CommitSpec) -> dict[str, str]:
    staged = {}
    for line in objects.run("ls-files", "-z", "--stage", "--", *change.files).decode("utf-8", "replace").split("\0"):
        if line:
            details, _, path = line.partition("\t")
            mode, sha, _ = details.split(" ")
            staged[path] = f"{mode} {sha}"
    return staged


def _write_work_tree(repository: Path, path: str, data: bytes | None) -> None:
    target = repository / path
    try:
        if data is None:
            target.unlink(missing_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    except OSError as error:
        raise GitError(f"{repository}: cannot be written: {error.strerror or error}. Nothing was committed.") from error


def _open_or_create(repository: Path, branch: str) -> None:
    if not repository.exists() or not any(repository.iterdir()):
        # Made at a temporary path and moved with its mark inside: a killed run leaves no repository without the mark.
        with make_temporary_path(repository) as fresh:
            fresh.mkdir()
            objects = GitObjects(fresh / ".git", str(repository))
            (fresh / ".git").mkdir()
            objects.run("init", "--quiet", f"--initial-branch={branch}")
            objects.run("config", "core.bare", "false")
            objects.run("config", OWNERSHIP_SETTING, "true")
            fresh.replace(repository)
        return
    _check_ownership(repository, branch)


def _check_ownership(repository: Path, branch: str) -> None:
    objects = GitObjects(repository / ".git", str(repository))
    try:
        is_own = objects.run("config", "--local", "--get", OWNERSHIP_SETTING).decode().strip() == "true"
    except (GitError, OSError):
        is_own = False
    if not is_own:
        raise GitError(
            f"{repository}: not a repository that Sparky made; it never writes into somebody's checkout. "
            "Name an empty or new folder, or give it as `url` to push to it."
        )
    if (current := objects.run("symbolic-ref", "--short", "HEAD").decode().strip()) != branch:
        raise GitError(f"{repository}: is on branch {current}, not {branch}. Switch it back, or change the setting.")


def _check_links(repository: Path, path: str) -> None:
    target = repository
    for part in path.split("/"):
        target = target / part
        if target.is_symlink():
            raise GitError(f"{target}: is a symbolic link; Sparky does not write through it. Remove it.")


@dataclass(frozen=True)
class Publisher:
    """Publishes commits as one author. `clones` is the folder for Sparky's clones of remote repositories."""

    author_name: str
    author_email: str
    signing: str = "none"
    signing_key: str = ""
    clones: str = ""
    dry_run: bool = False

    @property
    def author(self) -> CommitAuthor:
        """The author of commits."""
        return CommitAuthor(self.author_name, self.author_email, self.signing, self.signing_key)

    def publish(self, repository: Path, branch: str, change: CommitSpec, *, dry_run: bool = False) -> CommitResult:
        """Commit to a repository that Sparky made; see `publish_locally`."""
        return publish_locally(repository, branch, change, self.author, dry_run=self.dry_run or dry_run)
