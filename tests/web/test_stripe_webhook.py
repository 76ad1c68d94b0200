import json
import logging
from typing import Any

import pytest

from chalicelib.adapters.stripe.signatures import sign
from chalicelib.settings import STRIPE_API_VERSION
from tests.actions.world import SECRET
from tests.web.driver import Driver, Reply


def an_event(**fields: Any) -> bytes:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "customer.subscription.updated",
        "livemode": False,
        "api_version": STRIPE_API_VERSION,
        "data": {"object": {"id": "sub_1", "object": "subscription", "customer": "cus_1"}},
    }
    return json.dumps(event | fields).encode()


def deliver(web: Driver, raw: bytes, *, signed: bytes | None = None, secret: str = SECRET, age: int = 0) -> Reply:
    signature = sign(raw if signed is None else signed, web.deps.clock.now() - age, secret)
    return web.ask("POST", "/stripe/webhook", raw, key=None, Stripe_Signature=signature)


@pytest.mark.parametrize(("reason", "secret"), [("today's secret", SECRET), ("the next one", "whsec_next")])
def test_an_event_is_queued_before_the_answer(web: Driver, reason: str, secret: str) -> None:
    queued = web.queued()

    reply = deliver(web, an_event(id=f"evt_{secret}"), secret=secret)

    assert (reply.status, web.queued()) == (200, queued + 1), reason


UNSIGNED = [
    ("another secret", {"secret": "whsec_other"}),
    ("another body", {"signed": an_event(id="evt_2")}),
    ("too old", {"age": 301}),
    ("too far ahead", {"age": -301}),
]


@pytest.mark.parametrize(("reason", "how"), UNSIGNED, ids=[row[0] for row in UNSIGNED])
def test_what_stripe_did_not_just_sign_is_refused(web: Driver, reason: str, how: dict[str, Any]) -> None:
    before = web.everything()

    reply = deliver(web, an_event(id="evt_forged"), **how)

    assert (reply.status, reply.code) == (400, "bad_signature"), reason
    assert web.everything() == before


HEADERS = ["", "t=1", "v1=a", "t=a,v1=b", "t=1,t=2,v1=a", "é", "t=" + "1" * 5000, "t=²,v1=a"]


@pytest.mark.parametrize("header", HEADERS)
def test_a_malformed_signature_is_refused(web: Driver, header: str) -> None:
    assert web.ask("POST", "/stripe/webhook", an_event(), key=None, Stripe_Signature=header).code == "bad_signature"


def test_no_signature_is_refused(web: Driver) -> None:
    assert web.ask("POST", "/stripe/webhook", an_event(), key=None).code == "bad_signature"


def test_a_body_beyond_a_megabyte_is_not_looked_at(web: Driver) -> None:
    before = web.everything()

    reply = deliver(web, an_event(filler="x" * 1024 * 1024))

    assert (reply.status, reply.code) == (413, "too_large")
    assert web.everything() == before


NOT_FOR_US = [
    ("the other mode", {"livemode": True}, True),
    ("another API version", {"api_version": "2020-08-27"}, True),
    ("a connected account", {"account": "acct_1"}, True),
    ("a type that nobody handles", {"type": "charge.updated"}, False),
]


@pytest.mark.parametrize(("reason", "fields", "logged"), NOT_FOR_US, ids=[row[0] for row in NOT_FOR_US])
def test_what_is_not_for_us_is_taken_and_dropped(
    web: Driver, caplog: pytest.LogCaptureFixture, reason: str, fields: dict[str, Any], logged: bool
) -> None:
    before = web.everything()

    reply = deliver(web, an_event(id="evt_other", **fields))

    assert reply.status == 200, reason
    assert web.everything() == before
    assert any(each.levelno >= logging.ERROR for each in caplog.records) == logged


@pytest.mark.parametrize("raw", [b"[]", b"{}", b"null", b"{", b'{"id": 1, "type": []}', b"[" * 100_000])
def test_a_signed_body_that_is_no_event_does_no_harm(web: Driver, raw: bytes) -> None:
    before = web.everything()

    assert deliver(web, raw).status == 400
    assert web.everything() == before
