"""One world for each test: tables and emulator stand within a tenth of a second."""

from collections.abc import Iterator

import pytest

from tests.actions.world import World, a_world


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as world:
        yield world
