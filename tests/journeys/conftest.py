"""One whole service for the tests of a module, on free ports and in a directory of its own."""

from collections.abc import Iterator

import pytest

from infra.local.service import Service
from infra.local.story.client import Http


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with Service(tmp_path_factory.mktemp("run")) as service:
        yield service


@pytest.fixture
def api(service: Service) -> Http:
    return Http(service.addresses["api"], service.addresses["api_key"])


@pytest.fixture
def stripe(service: Service) -> Http:
    return Http(service.addresses["stripe"], service.addresses["stripe_api_key"])
