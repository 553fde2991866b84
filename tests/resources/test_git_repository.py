"""Opening and naming repositories; a path that is no repository is refused in one sentence."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.errors import GitError
from resources.git.repository import make_names_unique, open_repository, parse_repository_name, parse_web_url
from tests.factories.git_repositories import empty, git, head, partial_clone, shallow_clone


def refusal(path: Path) -> str:
    with pytest.raises(GitError) as caught:
        open_repository(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- States of a repository


def test_clone_is_read_from_its_folder_or_any_folder_inside(origin: Path) -> None:
    (origin / "deep" / "er").mkdir(parents=True)
    for place in (origin, origin / ".git", origin / "deep" / "er"):
        repository = open_repository(place)
        assert repository.git_dir == origin / ".git"
        assert (repository.default_branch, repository.status, repository.note) == ("main", "ok", "")


def test_bare_repository_is_read_too(tmp_path: Path, origin: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--bare", str(origin), "bare.git")
    repository = open_repository(tmp_path / "bare.git")
    assert (repository.name, repository.status, repository.refs) == ("bare", "ok", ("refs/heads/main",))


def test_empty_repository_says_so(tmp_path: Path) -> None:
    repository = open_repository(empty(tmp_path / "new"))
    assert (repository.status, repository.note, repository.refs) == ("empty", "has no commits yet", ())


def test_empty_repository_has_no_branch_to_read_in_all_of_them(tmp_path: Path) -> None:
    assert open_repository(empty(tmp_path / "new"), all_branches=True).refs == ()


def test_shallow_clone_says_so(tmp_path: Path, origin: Path) -> None:
    repository = open_repository(shallow_clone(origin, tmp_path / "clone"))
    assert repository.status == "shallow"
    assert repository.note == "is a shallow clone: older history is missing"
    assert repository.shallow_commits == {head(origin)}


def test_linked_work_tree_of_a_shallow_clone_is_shallow(tmp_path: Path, origin: Path) -> None:
    clone = shallow_clone(origin, tmp_path / "clone")
    git(clone, "worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "aside")
    assert open_repository(tmp_path / "linked").shallow_commits == {head(origin)}


def test_partial_clone_says_so(tmp_path: Path, origin: Path) -> None:
    repository = open_repository(partial_clone(origin, tmp_path / "clone.git"))
    assert repository.status == "without_statistics"
    assert repository.note == "is a partial clone: lines and files are not counted"


def test_default_branch_is_the_one_that_the_remote_calls_so(tmp_path: Path, origin: Path) -> None:
    git(tmp_path, "clone", "--quiet", str(origin), "clone")
    git(tmp_path / "clone", "checkout", "--quiet", "-b", "aside")
    repository = open_repository(tmp_path / "clone")
    assert repository.default_branch == "main"
    assert repository.refs == ("refs/heads/main", "refs/remotes/origin/main")


def test_detached_head_is_read_on_main(origin: Path) -> None:
    git(origin, "checkout", "--quiet", "--detach", "HEAD~1")
    assert open_repository(origin).refs == ("refs/heads/main",)


def test_detached_head_without_a_known_branch_is_read_itself(origin: Path) -> None:
    git(origin, "branch", "--quiet", "-m", "trunk")
    git(origin, "checkout", "--quiet", "--detach", "HEAD~1")
    assert open_repository(origin).refs == ("HEAD",)


# --- Paths that are no repository


def test_missing_path_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone") == f"{tmp_path}/gone: no such path. Give a clone, a bare mirror or a URL."


def test_folder_that_is_no_repository_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: not a git repository. Give a clone, a bare mirror or a URL."


def test_file_is_named_as_one(tmp_path: Path) -> None:
    for mode in (0o644, 0o755):
        file = tmp_path / f"file-{mode:o}"
        file.write_text("text")
        file.chmod(mode)
        assert refusal(file) == f"{file}: a file, not a git repository. Give a clone, a bare mirror or a URL."


LOOK_AS_NOBODY = """
import os, sys
sys.path[:0] = os.environ["LOOK_PATH"].split(os.pathsep)
from pathlib import Path
import git  # before the user changes, who may not read a Python in the home of root
from resources.git.repository import open_repository
from resources.errors import GitError
if os.getuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    open_repository(Path(sys.argv[1]))
except GitError as error:
    print(error)
"""


def run_without_rights(path: Path) -> str:
    """Return the error for a user without rights. Root has all rights, so the process drops them first."""
    environment = {**os.environ, "LOOK_PATH": os.pathsep.join([str(Path.cwd()), *sys.path]), "HOME": "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", LOOK_AS_NOBODY, str(path)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def opened_up(path: Path) -> None:
    """Allow every user to enter a folder of this test."""
    for one in path.parents:
        if "pytest" in str(one):
            one.chmod(0o755)


def test_unreadable_folder_is_named(origin: Path) -> None:
    opened_up(origin)
    origin.chmod(stat.S_IRWXU if os.getuid() == 0 else 0)
    try:
        assert run_without_rights(origin) == f"{origin}: permission denied. Run as a user who may read it."
    finally:
        origin.chmod(0o755)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a repository that belongs to somebody else")
def test_repository_of_another_user_is_named_with_the_git_command(origin: Path) -> None:
    opened_up(origin)
    assert run_without_rights(origin) == (
        f"{origin}: belongs to another user. Allow it: git config --global --add safe.directory {origin}"
    )


# --- Addresses


@pytest.mark.parametrize(
    ("origin_url", "page", "name"),
    [
        ("https://github.com/acme/tool.git", "https://github.com/acme/tool", "acme/tool"),
        ("https://github.com/acme/tool/", "https://github.com/acme/tool", "acme/tool"),
        ("http://git.example.com/acme/tool", "https://git.example.com/acme/tool", "acme/tool"),
        ("git@github.com:acme/tool.git", "https://github.com/acme/tool", "acme/tool"),
        ("github.com:acme/tool", "https://github.com/acme/tool", "acme/tool"),
        ("ssh://git@gitlab.com:2222/acme/deep/tool.git", "https://gitlab.com/acme/deep/tool", "acme/deep/tool"),
        ("git://example.com/acme/tool", "https://example.com/acme/tool", "acme/tool"),
        ("https://user:secret@github.com/acme/tool", "https://github.com/acme/tool", "acme/tool"),
        ("/srv/git/tool.git", None, None),
        ("../tool", None, None),
        ("file:///srv/git/tool.git", None, None),
        ("https://github.com/tool", None, None),
        ("https://github.com/acme/to(ol", None, None),
        ("javascript://github.com/acme/tool", None, None),
        ("https://git.example.com/größe/fähre.git", "https://git.example.com/gr%C3%B6%C3%9Fe/f%C3%A4hre",
         "größe/fähre"),
        ("https://git.example.com/gr%C3%B6%C3%9Fe/f%C3%A4hre.git", "https://git.example.com/gr%C3%B6%C3%9Fe/f%C3%A4hre",
         "größe/fähre"),
        ("https://acme@dev.azure.com/acme/My%20Project/_git/Web%20App",
         "https://dev.azure.com/acme/My%20Project/_git/Web%20App", "acme/My Project/Web App"),
        ("git@ssh.dev.azure.com:v3/acme/My%20Project/app", "https://dev.azure.com/acme/My%20Project/_git/app",
         "acme/My Project/app"),
        ("ssh://git@host.example.com:7999/fer/app.git", "https://host.example.com/projects/FER/repos/app", "FER/app"),
        ("https://bitbucket.example.com/scm/fer/app.git", "https://bitbucket.example.com/projects/FER/repos/app",
         "FER/app"),
        ("https://example.com/git/scm/~ada/app.git", "https://example.com/git/users/ada/repos/app", "ada/app"),
        ("git@bitbucket.org:acme/tool.git", "https://bitbucket.org/acme/tool", "acme/tool"),
        ("https://git.example.com:8443/acme/tool.git", "https://git.example.com:8443/acme/tool", "acme/tool"),
        ("https://git.example.com:port/acme/tool.git", "https://git.example.com/acme/tool", "acme/tool"),
        ("https://git.sr.ht/~ada/tool", "https://git.sr.ht/~ada/tool", "~ada/tool"),
        ("https://example.com/../tool/x", None, None),
        ("", None, None),
        (None, None, None),
    ],
)  # fmt: skip
def test_remote_gives_the_page_and_the_name(origin_url: str | None, page: str | None, name: str | None) -> None:
    assert (parse_web_url(origin_url), parse_repository_name(origin_url)) == (page, name)


@given(st.text(max_size=60) | st.from_regex(r"(https?|ssh)://[^\s]{0,20}/[^\s]{0,20}", fullmatch=True))
def test_page_has_only_a_host_and_plain_names(address: str) -> None:
    try:
        page = parse_web_url(address)
    except ValueError as error:
        pytest.fail(f"{address!r} raised {error}")
    if page is not None:
        assert page.startswith("https://")
        assert not set(page) & set(" ()<>[]\"'\\\n@")


def test_repository_is_named_by_its_remote_or_its_folder(tmp_path: Path) -> None:
    assert open_repository(empty(tmp_path / "a", origin="git@github.com:acme/tool.git")).name == "acme/tool"
    assert open_repository(empty(tmp_path / "b", origin="/srv/tool.git")).name == "b"
    assert open_repository(empty(tmp_path / "c.git", bare=True)).name == "c"


def test_two_repositories_of_one_name_get_their_folder_in_the_name(tmp_path: Path) -> None:
    found = [open_repository(empty(tmp_path / owner / "tool.git", bare=True)) for owner in ("acme", "bolt")]
    found.append(open_repository(empty(tmp_path / "other.git", bare=True)))
    assert [one.name for one in make_names_unique(found)] == ["acme/tool", "bolt/tool", "other"]


def test_two_work_trees_of_one_name_get_their_folder_in_the_name(tmp_path: Path) -> None:
    found = [open_repository(empty(tmp_path / owner / "tool")) for owner in ("acme", "bolt")]
    assert [one.name for one in make_names_unique(found)] == ["acme/tool", "bolt/tool"]


def test_names_stay_distinct_if_even_the_folders_agree(tmp_path: Path) -> None:
    found = [open_repository(empty(tmp_path / one / "acme" / "tool.git", bare=True)) for one in ("x", "y")]
    assert len({one.name for one in make_names_unique(found)}) == 2
