"""One emulator a test, on a free port, its clock at the end of a January."""

from collections.abc import Iterator

import pytest

from tests.local.stripe.shop import Shop, open_shop


@pytest.fixture
def shop() -> Iterator[Shop]:
    with open_shop() as opened:
        yield opened
