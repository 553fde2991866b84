"""The JSON API answers by its schema to any request that schemathesis generates."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from sparky_assets.reader.api.openapi import build_openapi_document
from sparky_assets.reader.app import build_app
from sparky_assets.settings.schema import Settings
from tests.needs import require_package

schema = require_package("schemathesis").openapi.from_dict(build_openapi_document())


@pytest.fixture(scope="module")
def fuzzed(printed: Settings) -> object:
    return build_app(printed)


@schema.parametrize()  # type: ignore[untyped-decorator]
@settings(max_examples=12, suppress_health_check=list(HealthCheck), deadline=None)
def test_any_generated_request_gets_an_answer_of_the_schema(case: Any, fuzzed: object) -> None:
    case.call_and_validate(app=fuzzed, headers={"host": "localhost"})
