"""What else GitHub knows: texts of releases, linked issues, attention, paths and checks, within the wall."""

from tests.fakes.collecting import collect_from
from tests.fakes.github import serving
from tests.fakes.github_world import Release, days_before
from tests.raw.test_github_sweep import TODAY, world_of


def test_text_of_a_release_is_a_note_without_addresses() -> None:
    world = world_of(3, 2)
    at = int(days_before(TODAY, 1).timestamp()) + 100
    repo = world.repositories[0]
    text = "## Fixes\r\n\r\nAsk ada@example.com.\n"
    silent = Release("RE_2", "v1.1", at + 1, at + 1, None, None)
    repo.releases[:] = [Release("RE_1", "v1.0", at, at, None, text), silent]
    with serving(world) as fake:
        notes = collect_from(fake, days_before(TODAY, 1), TODAY).tables["notes"].filter(repository=repo.full_name)
    row = notes.row(0, named=True)
    assert (notes.height, row["kind"], row["tag"], row["path"]) == (1, "release", "v1.0", None)
    assert row["text"].startswith("## Fixes\n\nAsk ")
    assert "example.com" not in row["text"]


def test_linked_issues_are_kept_unless_their_repository_is_hidden() -> None:
    world = world_of(5, 3, seed=4)
    repo = next(one for one in world.repositories if one.pull_requests)
    item = repo.pull_requests[0]
    item.created = int(days_before(TODAY, 1).timestamp()) + 100
    homes = ((repo.full_name, "PUBLIC"), ("acme/hidden", "PRIVATE"), ("acme/open", "PUBLIC"))
    item.closes = [
        {
            "number": number,
            "title": f"Issue {number}",
            "body": "It fails.",
            "repository": {"nameWithOwner": name, "visibility": visibility},
            "labels": {"nodes": [{"name": "bug"}]},
        }
        for number, (name, visibility) in enumerate(homes)
    ]
    with serving(world) as fake:
        rows = collect_from(fake, days_before(TODAY, 1), TODAY).tables["pull_requests"]
    row = rows.filter(repository=repo.full_name, number=item.number).row(0, named=True)
    assert [issue["repository"] for issue in row["closing_issues"]] == [repo.full_name, "acme/open"]
    assert row["closing_issues"][0]["body"] == "It fails."
    assert (row["paths"], row["reactions"], row["author_association"]) == (["src/tool.py"], 2, "contributor")
