"""The story that `make run` tells holds from its first line to its last, and leaves nothing private in the log."""

import io

import pytest

from infra.local.service import Service
from infra.local.story.play import play
from infra.local.story.telling import Broken, Telling


@pytest.fixture(scope="module")
def told(service: Service) -> str:
    out = io.StringIO()
    play(service.addresses, Telling(out))
    return out.getvalue()


def test_every_promise_of_the_story_holds(told: str) -> None:
    assert "NOT" not in told
    assert "23. The same life in rough weather" in told


@pytest.mark.usefixtures("told")
def test_no_address_and_no_secret_reaches_the_log(service: Service) -> None:
    log = service.log.read_text()

    secrets = [service.addresses[name] for name in ("api_key", "stripe_api_key", "webhook_secret")]
    cards = ("4242424242424242", "4242 4242", "last4")
    assert "request" in log
    assert [each for each in ("@example.com", "%40example.com", "sk_test_", *cards, *secrets) if each in log] == []


def test_a_broken_promise_says_what_was_seen() -> None:
    out = io.StringIO()

    with pytest.raises(Broken, match="one is two\n  wanted: 2\n  seen:   1"):
        Telling(out).promise("one is two", 1, 2)

    assert out.getvalue() == "  NOT  one is two\n"
