"""A file is written completely or not at all, with concurrent writers and after any interruption."""

import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from itertools import count
from multiprocessing.synchronize import Barrier
from pathlib import Path

import polars as pl

from resources.errors import StorageError
from resources.storage import Storage
from sparky_assets.raw.tables import REVIEWS
from tests.needs import require_program
from tests.resources.storage_helpers import KEY, NAME, file_of, files_beside

# --- Complete or not at all
# Writers are real processes. A fork server that has imported the store once starts each in milliseconds.

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])
LINES = 20_000


def page(letter: str) -> str:
    """Return a text of 1.3 MB in which a mixture or a missing end is easily seen."""
    return f"{letter * 64}\n" * LINES


def is_whole(content: str, letters: str = "abz") -> bool:
    """Return whether this is one page of one of these letters. A plain bool: a diff of megabytes takes minutes."""
    return content[:1] in set(letters) and content == page(content[:1])


def write_without_end(root: str) -> None:
    store = Storage(root=root)
    for number in count():
        store.write_text(NAME, KEY, page("ab"[number % 2]))


def write_often(root: str, letter: str, start: Barrier) -> None:
    store, content = Storage(root=root), page(letter)
    start.wait()
    for _ in range(500):
        store.write_text(NAME, KEY, content)


def test_killed_writer_leaves_a_whole_file(store: Storage) -> None:
    store.write_text(NAME, KEY, page("z"))
    for reads in range(1, 9):
        writer = PROCESSES.Process(target=write_without_end, args=(store.root,), daemon=True)
        writer.start()
        while store.read_text(NAME, KEY)[0] not in "ab":
            assert writer.is_alive()
        for _ in range(reads):
            assert is_whole(store.read_text(NAME, KEY))
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        assert writer.exitcode == -signal.SIGKILL
        assert is_whole(store.read_text(NAME, KEY))
        assert store.list_keys(NAME, "md") == [KEY]
        store.write_text(NAME, KEY, page("z"))  # the next run writes normally
        assert is_whole(store.read_text(NAME, KEY), "z")


def test_two_writers_of_one_key_leave_one_whole_file(store: Storage) -> None:
    store.write_text(NAME, KEY, page("z"))
    start = PROCESSES.Barrier(3)
    writers = [PROCESSES.Process(target=write_often, args=(store.root, letter, start), daemon=True) for letter in "ab"]
    for writer in writers:
        writer.start()
    start.wait()
    while any(writer.is_alive() for writer in writers):
        assert is_whole(store.read_text(NAME, KEY))
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert is_whole(store.read_text(NAME, KEY), "ab")
    assert files_beside(file_of(store)) == [f"{KEY}.md"]


# A file system of 256 KB of its own, in a namespace that ends with the process.
ON_A_SMALL_DISK = textwrap.dedent("""
    import json, os, sys
    from resources.errors import StorageError
    from resources.storage import Storage

    disk = sys.argv[1]
    assert os.statvfs(disk).f_frsize * os.statvfs(disk).f_blocks == 256 * 1024
    store, said = Storage(root=disk), {}
    store.write_text("raw/commits", "old", "as it was")
    for key in ("old", "new"):
        try:
            store.write_text("raw/commits", key, "x" * 1_000_000)
        except StorageError as error:
            said[key] = str(error)
    files = sorted(os.listdir(disk + "/raw/commits"))
    after = store.write_text("raw/commits", "small", "fits").size
    print(json.dumps({"said": said, "old": store.read_text("raw/commits", "old"), "files": files, "after": after}))
""")


def test_full_disk_is_named_and_leaves_what_was_stored(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(require_program("unshare", "util-linux"), "--user", "--map-root-user", "--mount", "sh", "-c"),
            'mount -t tmpfs -o size=256k tmpfs "$1" && exec "$2" -c "$3" "$1"',
            *("sh", str(tmp_path), sys.executable, ON_A_SMALL_DISK),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    for key in ("old", "new"):
        assert result["said"][key] == (
            f"{tmp_path}/raw/commits/{key}.md: cannot be written: No space left on device. "
            "What was stored before is untouched."
        )
    assert result["files"] == ["old.md"]
    assert result["old"] == "as it was"
    assert result["after"] == 4


def write_with_a_limit(root: str) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
    store = Storage(root=root)
    try:
        store.write_text(NAME, KEY, "x" * 1_000_000)
    except StorageError as error:
        store.write_text(NAME, "said", str(error))


def test_file_over_the_size_limit_is_named_and_stored_data_stays(store: Storage) -> None:
    store.write_text(NAME, KEY, "as it was")
    writer = PROCESSES.Process(target=write_with_a_limit, args=(store.root,), daemon=True)
    writer.start()
    writer.join()
    assert writer.exitcode == 0
    assert store.read_text(NAME, "said").startswith(f"{file_of(store, 'md')}: cannot be written: File too large.")
    assert store.read_text(NAME, KEY) == "as it was"
    assert files_beside(file_of(store)) == [f"{KEY}.md", "said.md"]


def test_bytes_of_a_table_are_the_same_in_every_process(store: Storage) -> None:
    at = datetime(2025, 11, 12, 9, tzinfo=UTC)
    frame = pl.DataFrame(
        [dict.fromkeys(REVIEWS.columns) | {"id": f"{number}", "submitted_at": at} for number in range(1000)],
        schema=dict(REVIEWS.columns),
    )
    ours = store.write_table("raw/reviews", KEY, frame, REVIEWS)
    script = (
        "import sys; from resources.storage import Storage; from sparky_assets.raw.tables import REVIEWS\n"
        "store = Storage(root=sys.argv[1]); frame = store.read_table('raw/reviews', sys.argv[2], REVIEWS)\n"
        "print(store.write_table('raw/reviews', 'again', frame, REVIEWS).sha256)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, store.root, KEY],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONHASHSEED": "7"},
    )
    assert done.stdout.strip() == ours.sha256
