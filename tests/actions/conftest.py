"""One world for each test: tables and emulator stand within a tenth of a second, and nobody rests between two tries."""

from collections.abc import Callable, Iterator

import pytest

from chalicelib.domain.key_changes import made
from tests.actions.auditing import Life, lives
from tests.actions.keyring import OWN
from tests.actions.mortal import Moments, moments
from tests.actions.recharging import with_subscriber
from tests.actions.world import World, a_world


@pytest.fixture
def world() -> Iterator[World]:
    with a_world() as world:
        yield world


@pytest.fixture(scope="module")
def kept() -> Iterator[Moments]:
    """Worlds that begin again in no time."""
    with moments() as found:
        yield found


@pytest.fixture(scope="module")
def subscribers() -> Iterator[Moments]:
    """Worlds that begin with a subscriber whose card pays."""
    with moments() as found:
        yield with_subscriber(found)


@pytest.fixture(scope="module")
def again() -> Iterator[Callable[[], Life]]:
    with lives() as each:
        yield each


@pytest.fixture
def life(again: Callable[[], Life]) -> Life:
    """A rich life of one account, as it was."""
    return again()


@pytest.fixture
def asking_key(world: World) -> None:
    """An account, and the key of the whole deployment by which tests of keys ask."""
    world.account()
    world.deps.store.keys.write(made(OWN))
