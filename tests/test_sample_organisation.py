"""The bundles of the sample organisation match its history file."""

from pathlib import Path

from tools.sample_organisation import BUNDLE_FOLDER, load_history, make_repositories, run_git

MAX_BUNDLES_BYTES = 300_000


def list_refs(bundle: Path) -> set[tuple[str, str]]:
    lines = run_git(bundle.parent, "bundle", "list-heads", str(bundle)).splitlines()
    return {(name, sha) for sha, _, name in (line.partition(" ") for line in lines) if name != "HEAD"}


def test_bundles_hold_the_refs_of_the_history_file(tmp_path: Path) -> None:
    paths = make_repositories(load_history(), tmp_path)
    assert {bundle.stem for bundle in BUNDLE_FOLDER.glob("*.bundle")} == set(paths)
    for name, path in paths.items():
        lines = run_git(path, "for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        refs = {(ref, sha) for ref, _, sha in (line.partition(" ") for line in lines)}
        assert list_refs(BUNDLE_FOLDER / f"{name}.bundle") == refs


def test_bundles_are_small() -> None:
    assert sum(bundle.stat().st_size for bundle in BUNDLE_FOLDER.glob("*.bundle")) < MAX_BUNDLES_BYTES
