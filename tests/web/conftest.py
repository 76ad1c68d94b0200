"""One world for a file, where its tests use accounts of their own or change nothing."""

from collections.abc import Iterator

import pytest

from tests.web.driver import Driver, a_driver


@pytest.fixture(scope="module")
def web() -> Iterator[Driver]:
    with a_driver() as driver:
        yield driver
