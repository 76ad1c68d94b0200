"""Bad input on every route: the right code, what to do, nothing changed, and nothing of it in the log."""

import json
import logging
import re
from typing import Any

import pytest

from app import app
from chalicelib.web.arguments import UNKNOWN as UNKNOWN_IDS
from chalicelib.web.logs import JsonLines
from tests.web.driver import URLS, Driver
from tests.web.route_table import EMAIL, ROUTES, Route

BODIES = [route for route in ROUTES if route.body is not None]


@pytest.fixture(scope="module", autouse=True)
def account(web: Driver) -> str:
    return web.an_account("bad")


def named(routes: list[Route]) -> Any:
    return pytest.mark.parametrize("route", routes, ids=[f"{each.method} {each.path}" for each in routes])


def test_no_route_is_left_out() -> None:
    open_to_all = {("GET", "/health"), ("GET", "/v1/plans"), ("GET", "/openapi.json"), ("POST", "/stripe/webhook")}

    asked = {(each.method, each.path.partition("?")[0]) for each in ROUTES} | open_to_all

    assert asked == {(method, path) for path, methods in app.routes.items() for method in methods}


@named(ROUTES)
def test_without_a_key_nothing_is_looked_at(web: Driver, route: Route) -> None:
    before = web.everything()

    for body in (route.body, b"{", b"x" * (route.most + 1)):
        assert web.ask(route.method, route.target, body, key=None).code == "unauthorized"

    assert web.everything() == before


@named([route for route in ROUTES if "{account}" in route.path])
def test_an_account_that_is_not_there_is_404(web: Driver, route: Route) -> None:
    if route.method == "PUT":
        return  # it makes one
    before = web.everything()

    reply = web.ask(route.method, route.at("nobody"), route.body)

    assert (reply.status, reply.code) == (404, "unknown_account")
    assert reply.json["hint"]
    assert web.everything() == before


IMPOSSIBLE = ["%20", "a%20b", "a%2Fb", "%2E", "%2e%2e", "a%00", "%FF", "a%2540b", "a" * 129, "%C3%A9", "%", "a%0A", "+"]


@named([route for route in ROUTES if "{account}" in route.path])
def test_an_impossible_id_is_404_too(web: Driver, route: Route) -> None:
    before = web.everything()

    for account in IMPOSSIBLE:
        reply = web.ask(route.method, route.at(account), route.body)
        assert (reply.status, reply.code) == (404, "unknown_account"), account

    assert web.everything() == before


def test_every_id_in_a_path_has_its_own_answer_where_it_is_impossible() -> None:
    assert {name for path in app.routes for name in re.findall(r"{(\w+)}", path)} == UNKNOWN_IDS.keys()


def test_ids_in_the_path_are_decoded_once(web: Driver) -> None:
    web.an_account("a%40b%3Ac.d")

    assert web.ask("GET", "/v1/accounts/a@b:c.d").json["id"] == "a@b:c.d"
    assert web.ask("GET", "/v1/accounts/%61@b:c.d").status == 200


UNSOUND = [
    ("no JSON", b"{"),
    ("no object", b"[]"),
    ("a key twice", b'{"name": "a", "name": "a"}'),
    ("NaN", b'{"quantity": NaN}'),
    ("deep", b'{"a":' * 5_000),
    ("deep and sound", b'{"a":' * 100 + b"1" + b"}" * 100),
    ("a byte order mark", b"\xef\xbb\xbf{}"),
    ("not UTF-8", b'{"name": \xff}'),
    ("not UTF-8 inside a text", b'{"name": "Zo\xeb", "pack": "Zo\xeb", "comment": "Zo\xeb", "id": "Zo\xeb"}'),
    ("half a character of UTF-8", b'{"name": "Zo\xc3"}'),
    ("half a pair of UTF-16", b'{"name": "\xed\xa0\x80"}'),
    # As API Gateway hands over what is no UTF-8.
    ("U+FFFD", '{"name": "Zo\N{REPLACEMENT CHARACTER}"}'.encode()),
]


@named(BODIES)
@pytest.mark.parametrize(("reason", "raw"), UNSOUND, ids=[row[0] for row in UNSOUND])
def test_what_is_no_sound_object_is_400(web: Driver, route: Route, reason: str, raw: bytes) -> None:
    before = web.everything()

    reply = web.ask(route.method, route.target, raw)

    assert (reply.status, reply.code) == (400, "bad_json"), reason
    assert web.everything() == before


@named(BODIES)
def test_a_body_that_is_too_large_is_413(web: Driver, route: Route) -> None:
    before = web.everything()

    reply = web.ask(route.method, route.target, b" " * (route.most + 1))

    assert (reply.status, reply.code) == (413, "too_large")
    assert str(route.most) in reply.json["detail"]
    assert web.everything() == before


NOT_UTF_8 = [f"application/json; charset={each}" for each in ("utf-16", "iso-8859-1", '"UTF-16"')]
TYPES = [
    *NOT_UTF_8,
    "text/plain",
    "application/x-www-form-urlencoded",
    "application/octet-stream",
    "text/json",
    "",
    "image/png",
]


@named(BODIES)
def test_another_content_type_is_415(web: Driver, route: Route) -> None:
    before = web.everything()

    for kind in TYPES:
        reply = web.ask(route.method, route.target, route.body or b"{}", Content_Type=kind)
        assert (reply.status, reply.code) == (415, "wrong_content_type"), kind

    assert web.everything() == before


TAKEN = ["application/json", "Application/JSON;charset=UTF-8", 'application/json; charset="utf-8"; v=1']


@pytest.mark.parametrize("kind", TAKEN)
def test_json_in_utf_8_is_taken_however_it_is_declared(web: Driver, kind: str) -> None:
    body = '{"name": "Zoë \\ufffd", "email": "zoe@example.com"}'.encode()

    reply = web.ask("PUT", "/v1/accounts/bad", body, Content_Type=kind)

    assert (reply.status, reply.json["name"]) == (200, "Zoë \N{REPLACEMENT CHARACTER}")


WRONG = [(route, body, fields) for route in BODIES for body, fields in route.wrong]


@pytest.mark.parametrize(("route", "body", "fields"), WRONG, ids=[f"{r.path}-{','.join(f)}" for r, _, f in WRONG])
def test_every_wrong_field_is_named(web: Driver, route: Route, body: dict[str, Any], fields: list[str]) -> None:
    before = web.everything()

    reply = web.ask(route.method, route.target, body)

    assert reply.status == 422, reply.text
    assert reply.code in ("invalid", "gauge_not_consumable", "at_out_of_range")
    assert reply.fields == fields
    assert web.everything() == before


UNKNOWN = [
    ("POST", "/consume", {"id": "e1", "meter": "nothing", "quantity": 1}, "unknown_meter"),
    ("POST", "/subscription", {"plan": "nothing", **URLS}, "unknown_plan"),
    ("POST", "/credits/purchases", {"pack": "nothing", **URLS}, "unknown_pack"),
    ("GET", "/credits/purchases/nothing", None, "unknown_purchase"),
    ("GET", "/credits/purchases/a%20b", None, "unknown_purchase"),
    ("GET", "/invoices/in_none", None, "unknown_invoice"),
    ("GET", "/invoices/in_none/pdf", None, "unknown_invoice"),
    ("GET", "/invoices/a%20b", None, "unknown_invoice"),
    ("POST", "/usage/corrections", {"id": "c", "meter": "nothing", "quantity": 1, "reason": "x"}, "unknown_meter"),
    ("POST", "/holds/nothing/capture", {"credits": 1}, "unknown_hold"),
    ("POST", "/holds/nothing/capture", {"credits": 1, "meter": "nothing", "quantity": 1}, "unknown_meter"),
    ("POST", "/holds/a%20b/capture", {"credits": 1}, "unknown_hold"),
    ("DELETE", "/holds/a%20b", None, "unknown_hold"),
    ("GET", "/check?meter=nothing", None, "unknown_meter"),
    ("GET", "/check?feature=nothing", None, "unknown_feature"),
]


@pytest.mark.parametrize(("method", "path", "body", "code"), UNKNOWN)
def test_what_is_not_in_the_catalogue_is_404(web: Driver, method: str, path: str, body: Any, code: str) -> None:
    before = web.everything()

    reply = web.ask(method, f"/v1/accounts/bad{path}", body)

    assert (reply.status, reply.code) == (404, code)
    assert web.everything() == before


QUERIES = [
    ("/check", ["meter"]),
    ("/check?meter=sessions&feature=login", ["feature"]),
    ("/check?feature=login&quantity=1&credits=1", ["quantity", "credits"]),
    ("/check?meter=sessions&quantity=0", ["quantity"]),
    ("/check?meter=sessions&quantity=-1", ["quantity"]),
    ("/check?meter=sessions&quantity=1.0", ["quantity"]),
    ("/check?meter=sessions&quantity=true", ["quantity"]),
    ("/check?meter=sessions&quantity=NaN", ["quantity"]),
    ("/check?meter=sessions&quantity=9007199254740992", ["quantity"]),
    ("/check?meter=sessions&credits=-1", ["credits"]),
    ("/check?meter=sessions&credits=1", ["credits"]),
    ("/check?meter=storage&credits=1", ["credits"]),
    ("/check?meter=sessions&consistent=1", ["consistent"]),
    ("/check?meter=a%20b", ["meter"]),
    ("/check?meter=sessions&meter=events", ["meter"]),
    ("/check?meter=sessions&x=1", ["x"]),
    ("/usage?at=yesterday", ["at"]),
    ("/usage?until=2026-01-01T00:00:00Z", ["until"]),
    ("/usage/days?from=2026-11-02&to=2026-11-01", ["from"]),
    ("/usage/days?from=2020-01-01", ["from"]),
    ("/usage/days?to=2020-01-01", ["to"]),
    ("/usage/days?from=yesterday&to=2026-02-30", ["from", "to"]),
    ("/usage/days?from=2026-11-01T00:00:00", ["from"]),
    ("/usage/days?since=2026-11-01", ["since"]),
    ("/usage/days?limit=1", ["limit"]),
    ("/notices?limit=0", ["limit"]),
    ("/notices?limit=101", ["limit"]),
    ("/notices?cursor=made-up", ["cursor"]),
    ("/notices?meter=sessions", ["meter"]),
    ("/credits/history?limit=0", ["limit"]),
    ("/credits/history?limit=101", ["limit"]),
    ("/credits/history?limit=ten", ["limit"]),
    ("/credits/history?cursor=made-up", ["cursor"]),
    ("/credits/history?cursor=", ["cursor"]),
    ("/credits?limit=1", ["limit"]),
    ("/invoices?limit=0", ["limit"]),
    ("/invoices?limit=101", ["limit"]),
    ("/invoices?cursor=made-up", ["cursor"]),
    ("/invoices?status=draft", ["status"]),
    ("/invoices/in_1?expand=lines", ["expand"]),
    ("?expand=usage", ["expand"]),
]


@pytest.mark.parametrize(("path", "fields"), QUERIES)
def test_a_wrong_query_is_a_bad_parameter(web: Driver, path: str, fields: list[str]) -> None:
    reply = web.ask("GET", f"/v1/accounts/bad{path}")

    assert (reply.status, reply.code) == (422, "bad_parameter")
    assert reply.fields == fields


def test_a_preview_that_was_made_up_is_unknown(web: Driver) -> None:
    reply = web.ask("POST", "/v1/accounts/bad/subscription", {"plan": "team", "preview_id": "p1", **URLS})

    assert (reply.status, reply.code) == (404, "unknown_preview")


def test_nothing_of_what_was_sent_is_in_the_log(web: Driver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="chalicelib")
    secret = "sk_live_of_somebody"

    for route in ROUTES:
        for body in (b"{" + EMAIL.encode(), json.dumps({EMAIL: secret}).encode()):
            web.ask(route.method, route.target, body, Acting_Member=EMAIL, Stripe_Signature=secret)
            web.ask(route.method, route.target, body, key=secret)
    web.ask("POST", "/stripe/webhook", EMAIL.encode(), Stripe_Signature=secret)

    told = "\n".join(JsonLines().format(each) for each in caplog.records)
    assert told
    assert EMAIL not in told
    assert secret not in told
    assert web.key not in told
    assert "Traceback" not in told
