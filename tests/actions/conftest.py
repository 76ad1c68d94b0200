"""One world for each test: tables and emulator stand within a tenth of a second, and nobody rests between two tries."""

from collections.abc import Iterator

import pytest

from tests.actions.world import World, a_world


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    request.getfixturevalue("impatient")
    with a_world() as world:
        yield world
