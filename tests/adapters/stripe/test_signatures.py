"""Only what Stripe signed with one of our secrets, just now, is taken."""

import json

import pytest
import stripe

from chalicelib.adapters.stripe.signatures import TOLERANCE, sign, verify
from chalicelib.errors import BadSignature

AT = 1_773_100_000
OURS, NEXT = "whsec_ours", "whsec_next"
BODY = json.dumps({"id": "evt_1", "type": "invoice.paid", "note": "Grüße"}, ensure_ascii=False).encode()
HEADER = sign(BODY, AT, OURS)
V1 = HEADER.partition("v1=")[2]


@pytest.mark.parametrize(
    ("why", "header", "secrets", "now"),
    [
        ("signed just now", HEADER, (OURS,), AT),
        ("old, but within the tolerance", HEADER, (OURS,), AT + TOLERANCE),
        ("ahead, but within the tolerance", HEADER, (OURS,), AT - TOLERANCE),
        ("the second of our secrets", HEADER, (NEXT, OURS), AT),
        ("the second of its signatures", f"t={AT},v1={'0' * 64},v1={V1}", (OURS,), AT),
        ("beside a scheme we do not know", f"t={AT},v0=abc,v1={V1}", (OURS,), AT),
        ("with spaces", f"t={AT}, v1={V1}", (OURS,), AT),
        ("signed by Stripe's own SDK", None, (OURS,), AT),
    ],
)
def test_a_signed_body_is_taken(why: str, header: str | None, secrets: tuple[str, ...], now: int) -> None:
    if header is None:
        header = stripe.WebhookSignature.generate_signature_header(BODY.decode(), OURS, timestamp=AT)

    assert verify(BODY, header, secrets, now)["id"] == "evt_1", why


@pytest.mark.parametrize(
    ("why", "header", "secrets", "now"),
    [
        ("no header", None, (OURS,), AT),
        ("an empty header", "", (OURS,), AT),
        ("a second too old", HEADER, (OURS,), AT + TOLERANCE + 1),
        ("a second too far ahead", HEADER, (OURS,), AT - TOLERANCE - 1),
        ("another secret", HEADER, (NEXT,), AT),
        ("no secret", HEADER, (), AT),
        ("an empty secret", sign(BODY, AT, ""), ("",), AT),
        ("no instant", f"v1={V1}", (OURS,), AT),
        ("two instants", f"t={AT},t={AT},v1={V1}", (OURS,), AT),
        ("no number for an instant", f"t=now,v1={V1}", (OURS,), AT),
        ("an endless instant", f"t={'9' * 400},v1={V1}", (OURS,), AT),
        ("another script's digits", f"t={AT}٣,v1={V1}", (OURS,), AT),
        ("a negative instant", f"t=-{AT},v1={V1}", (OURS,), AT),
        ("no signature", f"t={AT}", (OURS,), AT),
        ("an empty signature", f"t={AT},v1=", (OURS,), AT),
        ("only an unknown scheme", f"t={AT},v0={V1}", (OURS,), AT),
        ("letters outside ASCII", f"t={AT},v1=ü{V1}", (OURS,), AT),
        ("a cut signature", f"t={AT},v1={V1[:-1]}", (OURS,), AT),
        ("another instant", f"t={AT + 1},v1={V1}", (OURS,), AT),
        ("a huge header", f"t={AT},v1={V1}," + "v1=0," * 2_000, (OURS,), AT),
        ("nonsense", "=,=,,,", (OURS,), AT),
    ],
)
def test_anything_else_is_refused(why: str, header: str | None, secrets: tuple[str, ...], now: int) -> None:
    assert is_refused(header, secrets, now), why


def is_refused(header: str | None, secrets: tuple[str, ...], now: int) -> bool:
    try:
        verify(BODY, header, secrets, now)
    except BadSignature:
        return True
    return False


def test_one_other_byte_is_refused() -> None:
    with pytest.raises(BadSignature):
        verify(BODY + b" ", HEADER, (OURS,), AT)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"evt"', b"{}", b'{"id": 1, "type": "t"}', b"\xff\xfe", b"[" * 9_999]
)
def test_a_signed_body_that_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(body, sign(body, AT, OURS), (OURS,), AT)
