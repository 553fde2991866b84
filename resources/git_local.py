"""Commits in a repository on this machine that Sparky made itself, with a work tree for people to read.

The order makes a death at any point harmless: the work tree, the objects, the branch by compare-and-swap, the index.
"""

from pathlib import Path

from resources.errors import GitError
from resources.git_change import Author, Change, Outcome, diff_of, message_of
from resources.git_locks import clear_stale_locks, held
from resources.git_mirror import temporary_beside
from resources.git_objects import MARK, Objects
from resources.safe_paths import refuse_to_leave, refuse_unsafe


def publish_locally(repository: Path, branch: str, change: Change, author: Author, *, dry_run: bool = False) -> Outcome:
    """Make the files of `change` as wanted in the newest commit, unless they are already.

    A dry run looks only: it gives the diff, and touches nothing.

    Raises:
        GitError: when the repository is not ours, a path leaves it, or git refuses.
        TransientError: when another process holds it for too long.
    """
    for path in change.files:
        refuse_to_leave(path, str(repository))
        _refuse_links(repository, path)
    objects = Objects(repository.absolute() / ".git", str(repository))
    if dry_run:
        if not repository.is_dir() or not any(repository.iterdir()):
            wanted = {path: (None, data) for path, data in sorted(change.files.items()) if data is not None}
            return Outcome(str(repository), tuple(change.files), None, 0, bool(wanted), diff_of(wanted))
        _refuse_foreign(repository, branch)
        return _outcome(objects, branch, change)
    with held(repository):
        _open_or_make(repository, branch)
        clear_stale_locks(objects.git_dir)
        return _commit(repository, objects, branch, change, author)


def _commit(repository: Path, objects: Objects, branch: str, change: Change, author: Author) -> Outcome:
    tip = objects.tip(f"refs/heads/{branch}")
    refuse_unsafe(objects, tip, change)
    before = _outcome(objects, branch, change)
    if differing := objects.differing(tip, change):
        # The work tree first: what is refused by the disk is then not committed either.
        for path, (_, data) in differing.items():
            _write(repository, path, data)
        edition = objects.edition(tip, change.counted) + 1
        new = objects.commit_on(tip, change, list(differing), message_of(change, edition), author)
        objects.move_branch(branch, new, tip)
    _settle_index(objects, branch, change)
    after = _outcome(objects, branch, change)
    return Outcome(after.repository, after.files, after.commit, after.edition, before.is_new, before.diff)


def _outcome(objects: Objects, branch: str, change: Change) -> Outcome:
    tip = objects.tip(f"refs/heads/{branch}")
    diff = diff_of(objects.differing(tip, change))
    paths = change.counted
    return Outcome(
        objects.place,
        tuple(change.files),
        objects.last_commit(tip, paths),
        objects.edition(tip, paths),
        bool(diff),
        diff,
    )


def _settle_index(objects: Objects, branch: str, change: Change) -> None:
    """Let the index say of our files what the branch says. Others' staged files stay as they are."""
    tip = objects.tip(f"refs/heads/{branch}")
    staged = _staged(objects, change)
    lines = ""
    for path in change.files:
        entry = objects.entry(tip, path)
        wanted = f"{entry.mode} {entry.sha}" if entry else None
        if staged.get(path) != wanted:
            lines += f"{wanted or f'0 {chr(48) * 40}'}\t{path}\0"
    if lines:
        objects.run("update-index", "-z", "--index-info", data=lines.encode())


def _staged(objects: Objects, change: Change) -> dict[str, str]:
    found = {}
    for line in objects.run("ls-files", "-z", "--stage", "--", *change.files).decode("utf-8", "replace").split("\0"):
        if line:
            about, _, path = line.partition("\t")
            mode, sha, _ = about.split(" ")
            found[path] = f"{mode} {sha}"
    return found


def _write(repository: Path, path: str, data: bytes | None) -> None:
    target = repository / path
    try:
        if data is None:
            target.unlink(missing_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    except OSError as error:
        raise GitError(f"{repository}: cannot be written: {error.strerror or error}. Nothing was committed.") from error


def _open_or_make(repository: Path, branch: str) -> None:
    if not repository.exists() or not any(repository.iterdir()):
        # Made beside its place and moved there with our mark in it: a killed run leaves no repository that is not ours.
        with temporary_beside(repository) as fresh:
            fresh.mkdir()
            objects = Objects(fresh / ".git", str(repository))
            (fresh / ".git").mkdir()
            objects.run("init", "--quiet", f"--initial-branch={branch}")
            objects.run("config", "core.bare", "false")
            objects.run("config", MARK, "true")
            fresh.replace(repository)
        return
    _refuse_foreign(repository, branch)


def _refuse_foreign(repository: Path, branch: str) -> None:
    objects = Objects(repository / ".git", str(repository))
    try:
        ours = objects.run("config", "--local", "--get", MARK).decode().strip() == "true"
    except (GitError, OSError):
        ours = False
    if not ours:
        raise GitError(
            f"{repository}: not a repository that Sparky made; it never writes into somebody's checkout. "
            "Name an empty or new folder, or give it as `url` to push to it."
        )
    if (current := objects.run("symbolic-ref", "--short", "HEAD").decode().strip()) != branch:
        raise GitError(f"{repository}: is on branch {current}, not {branch}. Switch it back, or change the setting.")


def _refuse_links(repository: Path, path: str) -> None:
    target = repository
    for part in path.split("/"):
        target = target / part
        if target.is_symlink():
            raise GitError(f"{target}: is a symbolic link; Sparky does not write through it. Remove it.")
