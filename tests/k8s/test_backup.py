"""Backup and recovery: the scripts of the cluster on a real Postgres, and recovery without a backup."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest

from tests.fakes import github
from tests.fakes.github_organisation import make_world
from tests.k8s.cluster import Cluster
from tests.k8s.rendered import K8S, one
from tests.k8s.server import Server
from tests.needs import require_package
from tools.restore_job import restoring

pytestmark = pytest.mark.slow


SCRIPTS = K8S / "base/scripts"


def script(name: str, postgres: Server, *arguments: object, bucket: Path | str = "") -> str:
    variables = {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": "sparky", "PGDATABASE": "dagster"}
    variables |= {"PGPASSWORD": postgres.password, "PATH": f"{postgres.programs}:{os.environ['PATH']}"}
    variables["BUCKET"] = str(bucket)
    command = ["sh", str(SCRIPTS / name), *map(str, arguments)]
    done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def files_below(folder: Path) -> dict[str, bytes]:
    found = [path for path in folder.rglob("*") if path.is_file() and "/.before-" not in str(path)]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def lasting(home: Path) -> dict[str, bytes]:
    """Return the files that a backup holds: all but mirrors and locks."""
    return {name: data for name, data in files_below(home).items() if ".lock" not in name and "mirrors/" not in name}


def test_lost_home_and_history_are_restored_and_the_next_run_works(
    cluster: Cluster, postgres: Server, tmp_path: Path
) -> None:
    home = cluster.kubelet.place("/var/lib/sparky")
    run = cluster.run("daily")
    before = lasting(home)
    taken = Path(script("backup.sh", postgres, tmp_path / "backup", home))

    shutil.rmtree(home / "store")
    (home / "people").mkdir(exist_ok=True)
    (home / "people/stray").write_text("of the time between")
    cluster.instance.delete_run(run.run_id)

    said = script("restore.sh", postgres, taken, home)
    assert lasting(home) == before
    assert cluster.again(run).status is dg.DagsterRunStatus.SUCCESS
    assert (Path(said.rpartition(" in ")[2]) / "people/stray").exists()
    again = cluster.run("daily")
    assert again.status is dg.DagsterRunStatus.SUCCESS, cluster.kubelet.printed(f"dagster-run-{again.run_id}")
    assert commits(home / "publications") == 1, "the same input is no new commit"


def commits(repository: Path) -> int:
    counted = ["git", "-C", str(repository), "rev-list", "--count", "HEAD"]
    return int(subprocess.run(counted, check=True, capture_output=True, text=True).stdout)


def test_bucket_is_in_the_backup_and_is_restored(cluster: Cluster, postgres: Server, tmp_path: Path) -> None:
    """As the S3 gateway stores it: an object is a file, its metadata is a file beside it."""
    home, bucket = cluster.kubelet.place("/var/lib/sparky"), tmp_path / "bucket"
    home.mkdir(parents=True)
    day = bucket / "objects/sparky/store/digests/daily/2025-11-12.md"
    for file in (day, bucket / "about/sparky/store/digests/daily/2025-11-12.md/meta/etag"):
        file.parent.mkdir(parents=True)
        file.write_text("as it was")
    (bucket / "objects/sparky/.sgwtmp").mkdir()
    (bucket / "objects/sparky/.sgwtmp/half").write_text("not received whole")
    before = {name: data for name, data in files_below(bucket).items() if "sgwtmp" not in name}
    taken = Path(script("backup.sh", postgres, tmp_path / "backup", home, bucket=bucket))
    day.write_text("torn")
    with pytest.raises(AssertionError, match="take the component s3"):
        script("restore.sh", postgres, taken, home)
    script("restore.sh", postgres, taken, home, bucket=bucket)
    assert files_below(bucket) == before


def test_files_moved_aside_by_a_restore_are_not_backed_up_again(postgres: Server, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / ".before-20251101T031700Z/store").mkdir(parents=True)
    (home / ".before-20251101T031700Z/store/old").write_text("x")
    taken = Path(script("backup.sh", postgres, tmp_path / "backup", home))
    listed = subprocess.run(["tar", "-tzf", taken / "home.tar.gz"], capture_output=True, text=True, check=True).stdout
    assert "before" not in listed


def test_only_the_last_backups_are_kept(postgres: Server, tmp_path: Path) -> None:
    home, to = tmp_path / "home", tmp_path / "backup"
    home.mkdir()
    for day in range(1, 6):
        (to / f"2025110{day}T031700Z").mkdir(parents=True)
    newest = Path(script("backup.sh", postgres, to, home, 3)).name
    assert sorted(path.name for path in to.iterdir()) == ["20251104T031700Z", "20251105T031700Z", newest]


def test_failed_backup_keeps_the_old_ones_and_no_partial_one(tmp_path: Path, postgres: Server) -> None:
    old = tmp_path / "backup/20251101T031700Z"
    old.mkdir(parents=True)
    with pytest.raises(AssertionError, match=r"does not exist|failed|refused|authentication"):
        script("backup.sh", Server(postgres.port, "wrong"), tmp_path / "backup", tmp_path, 1)
    assert [path.name for path in (tmp_path / "backup").iterdir()] == [old.name]


def test_torn_backup_is_refused_before_anything_is_changed(cluster: Cluster, postgres: Server, tmp_path: Path) -> None:
    home = cluster.kubelet.place("/var/lib/sparky")
    home.mkdir(parents=True, exist_ok=True)
    (home / "kept").write_text("as it was")
    taken = Path(script("backup.sh", postgres, tmp_path / "backup", home))
    (taken / "home.tar.gz").write_bytes((taken / "home.tar.gz").read_bytes()[:-20])
    with pytest.raises(AssertionError, match=r"WARNING|FAILED"):
        script("restore.sh", postgres, taken, home)
    assert files_below(home) == {"kept": b"as it was"}


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that other users can enter; pytest's own folders are closed to them."""
    folder = Path(tempfile.mkdtemp(prefix="sparky-restore-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def restore_as_sparky(postgres: Server, taken: Path, home: Path) -> "subprocess.CompletedProcess[str]":
    """Run the script as the user of the pod: not root, and not the owner of the volume."""
    variables = {"PGHOST": "127.0.0.1", "PGPORT": str(postgres.port), "PGUSER": "sparky", "PGDATABASE": "dagster"}
    variables |= {"PGPASSWORD": postgres.password, "PATH": f"{postgres.programs}:{os.environ['PATH']}"}
    who = {"user": 10001, "group": 10001, "extra_groups": []} if os.geteuid() == 0 else {}
    command = ["sh", str(taken.parent / "restore.sh"), str(taken), str(home)]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=False, cwd="/", **who)  # type: ignore[call-overload]


def make_volume(folder: Path, owner: int) -> Path:
    """Return a volume as local-path of k3s creates it: its root belongs to root, its content to Sparky."""
    home = folder / "home"
    (home / "store").mkdir(parents=True)
    (home / "store/day").write_text("as it was")
    for path in home.rglob("*"):
        os.chown(path, owner, owner)
    home.chmod(0o777)
    return home


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes a folder of somebody else")
@pytest.mark.parametrize("fails", [False, True])
def test_restore_into_a_volume_of_root_succeeds_or_puts_everything_back(
    postgres: Server, open_folder: Path, *, fails: bool
) -> None:
    home = make_volume(open_folder, 10001)
    (home / "lost+found").mkdir(mode=0o700)
    taken = Path(script("backup.sh", postgres, open_folder / "backup", home))
    shutil.copyfile(SCRIPTS / "restore.sh", taken.parent / "restore.sh")
    (home / "store/day").write_text("torn")
    if fails:
        (taken / "history.dump").write_bytes(b"no dump")
        sums = subprocess.run("sha256sum -- *.dump *.tar.gz", shell=True, cwd=taken, capture_output=True, check=True)
        (taken / "SHA256SUMS").write_bytes(sums.stdout)
    for path in (taken.parent, *taken.parent.rglob("*")):
        os.chown(path, 10001, 10001)  # the pod that creates a backup has the user of the pod that restores it
    done = restore_as_sparky(postgres, taken, home)
    assert (done.returncode == 0) is not fails, done.stderr
    assert (home / "store/day").read_text() == ("torn" if fails else "as it was")
    assert not list(home.glob(".restore-*"))
    aside = [(folder / "store/day").read_text() for folder in home.glob(".before-*")]
    assert aside == ([] if fails else ["torn"])
    assert ("files and history are as they were" in done.stderr) is fails


@pytest.mark.parametrize(("name", "chosen"), [("", "20251103T031700Z"), ("20251102T031700Z", "20251102T031700Z")])
def test_restore_job_takes_the_newest_or_the_named_backup(tmp_path: Path, name: str, chosen: str) -> None:
    cron = one("k8s/base", "CronJob", "backup")
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "restore"}, **cron["spec"]["jobTemplate"]}
    restoring_job = restoring(job, name)
    require_package("kubernetes_validate").validate(restoring_job, "1.32", strict=True)
    (container,) = restoring_job["spec"]["template"]["spec"]["containers"]
    assert restoring_job["spec"]["backoffLimit"] == 0
    assert not any(mount.get("readOnly") for mount in container["volumeMounts"])
    for day in (1, 2, 3):
        (tmp_path / f"backup/2025110{day}T031700Z").mkdir(parents=True)
    (tmp_path / "restore.sh").write_text('echo "$@"')
    command = container["command"][2].replace("/backup", f"{tmp_path}/backup").replace("/scripts", str(tmp_path))
    variables = {"PATH": os.environ["PATH"], "NAME": name, "HOME": "/var/lib/sparky"}
    done = subprocess.run(["sh", "-ec", command], env=variables, check=True, capture_output=True, text=True)
    assert done.stdout.split() == [f"{tmp_path}/backup/{chosen}", "/var/lib/sparky"]


def test_lost_data_is_rebuilt_from_github(cluster: Cluster) -> None:
    """The same numbers, evidence and texts: no data of a day exists in the store alone."""
    world = make_world(35, datetime(2025, 11, 20, 12, tzinfo=UTC), days=9)
    home = cluster.kubelet.place("/var/lib/sparky")
    with github.serving(world) as fake:
        cluster.kubelet.more |= {
            "SPARKY_SOURCES__SOURCE": "github",
            "SPARKY_SOURCES__GITHUB__API": fake.address,
            "SPARKY_SOURCES__GITHUB__TOKEN": github.TOKEN,
            "SPARKY_SOURCES__GITHUB__ORGANISATIONS": json.dumps([world.owner]),
            "SPARKY_PEOPLE__SALT": "the one thing that has to be kept",
        }
        assert cluster.run("daily", "2025-11-18").status is dg.DagsterRunStatus.SUCCESS
        first = texts(home)
        shutil.rmtree(home)
        assert cluster.run("daily", "2025-11-18").status is dg.DagsterRunStatus.SUCCESS
    assert first
    assert texts(home) == first


def texts(home: Path) -> dict[str, bytes]:
    """Return every file of the published repository except git's own."""
    return {name: data for name, data in files_below(home / "publications").items() if not name.startswith(".git/")}
