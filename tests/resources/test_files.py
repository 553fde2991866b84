"""The salt of a deployment is created once, is secret, and is the same for every process."""

import multiprocessing
import stat
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from resources.errors import StorageError
from resources.files import load_deployment_salt


def test_salt_is_created_once_and_kept(tmp_path: Path) -> None:
    first = load_deployment_salt(tmp_path / "home" / "salt")
    assert len(first) == 64
    assert load_deployment_salt(tmp_path / "home" / "salt") == first
    assert [one.name for one in (tmp_path / "home").iterdir()] == ["salt"]


def test_two_deployments_have_different_salts(tmp_path: Path) -> None:
    assert load_deployment_salt(tmp_path / "one") != load_deployment_salt(tmp_path / "two")


def test_salt_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    load_deployment_salt(tmp_path / "salt")
    assert stat.S_IMODE((tmp_path / "salt").stat().st_mode) == 0o600


def test_existing_salt_is_used_unchanged(tmp_path: Path) -> None:
    (tmp_path / "salt").write_text("pepper\n")
    assert load_deployment_salt(tmp_path / "salt") == b"pepper"


def make(file: Path, barrier: Barrier, answers: "multiprocessing.Queue[bytes]") -> None:
    barrier.wait()
    answers.put(load_deployment_salt(file))


def test_concurrent_processes_agree_on_one_salt(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    barrier, answers = context.Barrier(6), context.Queue()
    processes = [context.Process(target=make, args=(tmp_path / "salt", barrier, answers)) for _ in range(6)]
    for process in processes:
        process.start()
    found = {answers.get() for _ in processes}
    for process in processes:
        process.join()
    assert found == {load_deployment_salt(tmp_path / "salt")}
    assert [one.name for one in tmp_path.iterdir()] == ["salt"]


@pytest.mark.parametrize("make_wrong", ["folder", "foreign", "blocked", "empty"])
def test_salt_that_cannot_be_read_or_created_is_named(tmp_path: Path, make_wrong: str) -> None:
    file = tmp_path / "home" / "salt"
    match make_wrong:
        case "folder":
            file.mkdir(parents=True)
        case "foreign":
            file.parent.mkdir()
            file.write_bytes(b"\xff\xfe")
        case "blocked":
            file.parent.write_text("a file where the folder should be")
        case "empty":  # left by a full disk; an empty salt would hash without one
            file.parent.mkdir()
            file.touch()
    with pytest.raises(StorageError) as caught:
        load_deployment_salt(file)
    assert str(caught.value).startswith(f"{file}: the salt for people's identities ")
