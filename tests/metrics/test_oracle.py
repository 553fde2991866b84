"""Every number of any organisation equals the oracle's, in any order of rows."""

from hypothesis import example, given
from hypothesis import strategies as st

from sparky_assets.metrics.checks import check_deterministic, check_totals, check_week_totals
from sparky_assets.metrics.compute import compute_metrics
from tests.metrics.oracle import Oracle
from tests.strategies.effort import limit_examples
from tests.strategies.organisation import made, organisation


@limit_examples(150)
@given(made)
@example((1, 40, "Europe/Berlin"))
@example((196, 12, "Europe/Berlin"))
def test_every_fact_equals_the_count_in_plain_python(seed: tuple[int, int, str]) -> None:
    given_one = organisation(*seed)
    computed = compute_metrics(given_one.raw(), given_one.period, given_one.window)
    found = {fact.key: fact.value for fact in computed.metrics.facts if fact.metric != "repositories_sharing_word"}
    expected = Oracle(given_one).facts()
    assert {key: (found.get(key), expected.get(key)) for key in found.keys() | expected.keys()
            if found.get(key) != expected.get(key)} == {}  # fmt: skip
    assert {key: str(value) for key, value in found.items()} == {key: str(value) for key, value in expected.items()}


@limit_examples(60)
@given(made, st.integers(0, 999))
def test_numbers_of_any_organisation_reconcile_in_any_order_of_rows(seed: tuple[int, int, str], order: int) -> None:
    given_one = organisation(*seed)
    computed = compute_metrics(given_one.raw(), given_one.period, given_one.window)
    again = compute_metrics(given_one.raw(order), given_one.period, given_one.window)
    assert list(check_totals(computed.metrics, computed.repositories, computed.contributors)) == []
    assert list(check_week_totals(computed.metrics, computed.days)) == []
    assert list(check_deterministic(computed, again)) == []
    assert computed.metrics.model_dump_json() == again.metrics.model_dump_json()
