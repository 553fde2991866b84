"""Who may see what now: a repository made private since its day was collected closes the door to the world."""

from collections.abc import Iterator, Mapping

from resources.storage import Storage
from sparky_assets.errors import DataError
from sparky_assets.insights.models import Insight
from sparky_assets.raw.tables import REPOSITORIES
from sparky_assets.store import Audience


def load_visibility(storage: Storage) -> Mapping[str, str]:
    """Each repository of the newest list that was collected, and who may see it.

    Raises:
        DataError: when no list was ever collected.
    """
    days = storage.list_keys(REPOSITORIES.path)
    if not days:
        raise DataError("the store holds no list of repositories, so that nobody knows what is public. Collect a day.")
    newest = storage.read_table(REPOSITORIES.path, days[-1], REPOSITORIES)
    return {str(name): str(seen or "private") for name, seen in newest.select("repository", "visibility").iter_rows()}


def non_public_names(visibility: Mapping[str, str]) -> frozenset[str]:
    """The repositories that the world may not see."""
    return frozenset(name for name, seen in visibility.items() if seen != Audience.PUBLIC.value)


def find_non_public(insight: Insight, visibility: Mapping[str, str]) -> Iterator[str]:
    """Each repository that a text stands on and that is not public now; one that is gone is not."""
    cited = {item.repository for item in insight.evidence} | {
        one.repository for one in insight.claims if one.repository
    }
    cited |= {fact.scope for fact in insight.facts if fact.scope in visibility}
    for name in sorted(cited):
        seen = visibility.get(name)
        if seen is None:
            yield f"{name} is no longer in the list of repositories, so that nobody knows whether it is public"
        elif seen != Audience.PUBLIC.value:
            yield f"{name} is {seen} now"
