"""What every test stands on: an AWS that is not there, so nothing can reach a real one by accident."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.stores import Database

FAKE_AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
os.environ.update(FAKE_AWS)
for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
    os.environ.pop(name, None)

# The two processors are shared with whatever runs beside: time says nothing here about right or wrong.
settings.register_profile("suite", deadline=None, print_blob=True)
settings.load_profile("suite")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says how many permissions the matrix of routes, people, accounts and keys was asked about."""
    told = [each.user_properties for each in terminalreporter.stats.get("passed", [])]
    size = sum(count for properties in told for name, count in properties if name == "permissions")
    if size:
        terminalreporter.write_line(f"The permissions of {size} requests are as they should be.")


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Gives a port of 127.0.0.1 that nobody listens on; for programs that cannot be told port 0."""

    def take() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    return take


# What these need is imported where it is used: most tests do without, and start sooner.


@pytest.fixture(scope="session", autouse=True)
def described_once() -> Iterator[None]:
    """Botocore reads AWS's description of itself anew for each session, in a tenth of a second; tests make hundreds."""
    with pytest.MonkeyPatch.context() as patched:
        if session := sys.modules.get("botocore.session"):
            patched.setattr(session, "create_loader", cache(session.create_loader))
        yield


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe's SDK tries again at once, where it would rest for half a second and longer each time."""
    import stripe

    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.001)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.001)


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A DynamoDB behind a port that serves many callers at once: the one DYNAMODB_URL names, else ministack."""
    if url := os.environ.get("DYNAMODB_URL"):
        yield url
        return
    from infra.local.aws import Aws

    with Aws(tmp_path_factory.mktemp("aws")) as aws:
        yield aws.url


@pytest.fixture(scope="session")
def engine(engine_url: str) -> "Iterator[Database]":
    """The service's tables behind that port, shared by all tests of this process."""
    from tests.stores import engine_database

    with engine_database(engine_url) as database:
        yield database


@pytest.fixture
def moto() -> "Iterator[Database]":
    """The service's tables in this process, fresh; without locks, so not for threads."""
    from tests.stores import moto_database

    with moto_database() as database:
        yield database


@pytest.fixture
def model() -> "Database":
    """The service's tables in the simulation's model, fresh: quick, for many writes."""
    from tests.stores import model_database

    return model_database()


@pytest.fixture(params=["moto", "engine"])
def database(request: pytest.FixtureRequest) -> "Database":
    """Each in turn: what holds in one must hold in the other."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def account() -> str:
    """An account's id that nobody else uses."""
    return f"acme-{uuid4().hex[:12]}"
