"""One local AWS for the tests of a module."""

from collections.abc import Iterator

import pytest

from infra.local.aws import Aws


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with Aws(tmp_path_factory.mktemp("aws")) as aws:
        yield aws
