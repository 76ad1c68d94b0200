"""One world for a file, where its tests use accounts of their own or change nothing."""

from collections.abc import Iterator

import pytest

from tests.web.driver import Driver, a_driver
from tests.web.teams import quick

ON_THE_MODEL = {
    "test_adjustments", "test_audit_log", "test_credits", "test_holds", "test_keys", "test_recharge", "test_reports",
    "test_usage",
}  # fmt: skip
"""Files that ask nothing of queues or of a network: there the model of the tables answers, in a tenth of the time."""


@pytest.fixture(scope="module")
def web(request: pytest.FixtureRequest) -> Iterator[Driver]:
    begun = quick if request.module.__name__.rpartition(".")[2] in ON_THE_MODEL else a_driver
    with begun() as driver:
        yield driver
