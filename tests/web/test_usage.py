import json
from typing import Any

from chalicelib.web.field_types import LARGEST
from chalicelib.web.times import instant, shown
from tests.web.driver import Driver
from tests.web.route_table import BATCH


def event(id: str, account: str, **fields: Any) -> dict[str, Any]:
    return {"id": id, "account": account, "meter": "sessions", **({"quantity": 1} | fields)}


def used(web: Driver, account: str, meter: str = "sessions") -> int:
    bars = web.ask("GET", f"/v1/accounts/{account}/usage").json["meters"]
    return next(each["used"] for each in bars if each["meter"] == meter)


def test_a_batch_answers_for_each_event_in_the_order_sent(web: Driver) -> None:
    account = web.an_account("batch")
    good = [event("a", account, quantity=2), event("b", account), event("a", account, quantity=2)]
    bad = [event("c", "nobody"), event("d", account, meter="nothing"), {"id": "e"}, 7, event("f", account, x=1)]

    reply = web.ask("POST", "/v1/usage", {"events": [*bad, *good]})

    assert reply.status == 200
    assert {name: reply.json[name] for name in ("recorded", "duplicates", "rejected")} == {
        "recorded": 2,
        "duplicates": 1,
        "rejected": 5,
    }
    assert [(each["id"], each["result"], each.get("code")) for each in reply.json["results"]] == [
        ("c", "rejected", "unknown_account"),
        ("d", "rejected", "unknown_meter"),
        ("e", "rejected", "invalid"),
        ("", "rejected", "invalid"),
        ("f", "rejected", "invalid"),
        ("a", "recorded", None),
        ("b", "recorded", None),
        ("a", "duplicate", None),
    ]
    assert all(each["detail"] for each in reply.json["results"][:5])
    assert used(web, account) == 3


NO_QUANTITY = [0, -1, 2**53, 1.0, 1.5, "1", True, [1], {}]
NO_VALUE = [-1, 2**53, 1.0, "1", True, [1], {}]
NO_ID = ["", "a b", ".", "..", "\u00e9", "a" * 129, 1, None]
NO_TIME = ["", "yesterday", "2026-11-20", "2026-11-20T09:30:00", "2026-11-20T09:30:00+00:00", 1_763_630_000]
WRONG_EVENTS = [
    ("a counter is not set", {"quantity": None, "value": 1}, "quantity is missing"),
    ("nor set and added to", {"value": 1}, "value must be left out"),
    ("a counter without a quantity", {"quantity": None}, "quantity is missing"),
    ("a gauge is not added to", {"meter": "storage"}, "value is missing"),
    ("nor added to and set", {"meter": "storage", "value": 1}, "quantity must be left out"),
    ("a gauge without a value", {"meter": "storage", "quantity": None}, "value is missing"),
    ("a gauge costs no credits", {"meter": "storage", "quantity": None, "value": 1, "credits": 1}, "credits must be"),
    ("nor does a counter that is not paid with any", {"credits": 0}, "credits must be left out"),
    ("no such meter", {"meter": "nothing"}, "meter is no meter"),
    ("no such field", {"quantitiy": 1}, "quantitiy is not known here"),
    *[("no quantity", {"quantity": each}, "quantity must be an integer from 1") for each in NO_QUANTITY],
    *[("no value", {"meter": "storage", "quantity": None, "value": each}, "value must be") for each in NO_VALUE],
    *[("no credits", {"meter": "enrichments", "credits": each}, "credits must be an integer") for each in NO_VALUE],
    *[("no account", {"account": each}, "account must be 1 to 128 characters") for each in NO_ID],
    *[("no id", {"id": each}, "id must be 1 to 128 characters") for each in NO_ID],
    *[("no time", {"at": each}, "at must be a time") for each in NO_TIME],
]  # fmt: skip


def test_each_wrong_event_says_what_is_wrong_and_touches_no_other(web: Driver) -> None:
    account = web.an_account("wrong")
    wrong = [event(f"w{n}", account) | fields for n, (_, fields, _) in enumerate(WRONG_EVENTS)]
    before = web.everything()

    alone = web.ask("POST", "/v1/usage", {"events": wrong}).json
    after = web.everything()
    good = [event(f"g{n}", account) for n in range(len(wrong))]
    mixed = web.ask("POST", "/v1/usage", {"events": [each for both in zip(wrong, good, strict=True) for each in both]})

    assert (alone["recorded"], alone["rejected"]) == (0, len(wrong))
    assert after == before
    for result, (reason, fields, detail) in zip(alone["results"], WRONG_EVENTS, strict=True):
        assert result["code"] == ("unknown_meter" if reason == "no such meter" else "invalid"), fields
        assert detail in result["detail"], fields
    assert mixed.json["results"][::2] == alone["results"]
    assert [(each["id"], each["result"]) for each in mixed.json["results"][1::2]] == [
        (each["id"], "recorded") for each in good
    ]
    assert used(web, account) == len(good)


def test_an_id_counts_once_whatever_stands_beside_it_and_its_case_matters(web: Driver) -> None:
    account = web.an_account("ids")
    first, other_case = event("Order-7", account, quantity=2), event("order-7", account, quantity=30)
    other_content = event("Order-7", account, meter="events", quantity=400)

    reply = web.ask("POST", "/v1/usage", {"events": [first, first, other_content, other_case]})
    consumed = web.ask("POST", f"/v1/accounts/{account}/consume", {"id": "ORDER-7", "meter": "events", "quantity": 5})

    assert [each["result"] for each in reply.json["results"]] == ["recorded", "duplicate", "duplicate", "recorded"]
    assert consumed.json["recorded"]
    assert (used(web, account), used(web, account, "events")) == (32, 5)


def test_an_instant_is_taken_to_the_second_on_both_edges(web: Driver) -> None:
    account = web.an_account("edges")
    clock = web.world.clock
    clock.move_to(clock.now() + 40 * 86_400)
    edges = [-35 * 86_400 - 1, -35 * 86_400, 300, 301]

    while True:
        now = clock.now()
        told = [event(f"{now}:{edge}", account, at=shown(now + edge)) for edge in edges]
        asked = [{name: value for name, value in each.items() if name != "account"} for each in told]
        results = web.ask("POST", "/v1/usage", {"events": told}).json["results"]
        dry = [web.ask("POST", f"/v1/accounts/{account}/consume", each | {"dry_run": True}) for each in asked]
        if clock.now() == now:
            break

    assert [each.get("code", each["result"]) for each in results] == [
        "at_out_of_range", "recorded", "recorded", "at_out_of_range",
    ]  # fmt: skip
    assert [each.status for each in dry] == [422, 200, 200, 422]
    assert dry[0].code == dry[3].code == "at_out_of_range"


def test_nothing_is_taken_from_before_the_account(web: Driver) -> None:
    account = web.an_account("born")
    born = instant(web.ask("GET", f"/v1/accounts/{account}").json["created_at"])

    reply = web.ask("POST", "/v1/usage", {"events": [event(f"{n}", account, at=shown(born + n)) for n in (-1, 0)]})

    assert [each.get("code", each["result"]) for each in reply.json["results"]] == ["at_out_of_range", "recorded"]


def test_a_body_is_taken_to_the_last_byte_and_not_past_it(web: Driver) -> None:
    account = web.an_account("large")
    body = json.dumps({"events": [event("a", account)]}).encode()

    taken, above, far_above = (web.ask("POST", "/v1/usage", body.ljust(most)) for most in (BATCH, BATCH + 1, 2 * BATCH))

    assert taken.json["recorded"] == 1
    assert [(each.status, each.code) for each in (above, far_above)] == [(413, "too_large")] * 2
    assert used(web, account) == 1


def test_an_event_may_cost_what_a_json_reader_keeps_exactly_and_no_more(web: Driver) -> None:
    account = web.an_account("dear")
    before = web.everything()
    most = LARGEST // 2_000
    path, query = f"/v1/accounts/{account}", "check?meter=enrichments&quantity"

    beyond = {"id": "beyond", "meter": "enrichments", "quantity": most + 1}
    [batched] = web.ask("POST", "/v1/usage", {"events": [beyond | {"account": account}]}).json["results"]
    consumed = web.ask("POST", f"{path}/consume", beyond)
    checked = web.ask("GET", f"{path}/{query}={most + 1}")

    assert (batched["code"], batched["detail"].split()[0]) == ("invalid", "quantity")
    assert web.everything() == before
    assert (consumed.status, consumed.code, consumed.fields) == (422, "invalid", ["quantity"])
    assert (checked.status, checked.code, checked.fields) == (422, "bad_parameter", ["quantity"])

    priced = {**beyond, "id": "priced", "account": account, "credits": 1}
    at_most = {**beyond, "id": "most", "account": account, "quantity": most}
    assert web.ask("POST", f"{path}/consume", {**beyond, "quantity": most}).status == 200
    assert web.ask("GET", f"{path}/{query}={most}").json["credits"]["needed"] == (most - 10) * 2_000 <= LARGEST
    assert web.ask("POST", "/v1/usage", {"events": [at_most, priced]}).json["recorded"] == 2


def test_a_gauge_is_set_to_its_newest_value(web: Driver) -> None:
    account = web.an_account("gauge")
    values = [{"id": f"s{value}", "account": account, "meter": "storage", "value": value} for value in (70, 30)]

    assert web.ask("POST", "/v1/usage", {"events": values}).json["recorded"] == 2
    assert used(web, account, "storage") == 30


def test_a_thousand_events_of_many_accounts_fit_in_one_call(web: Driver) -> None:
    accounts = [web.an_account(f"many{number}") for number in range(3)]
    events = [event(f"m{number}", accounts[number % 3]) for number in range(1_000)]

    reply = web.ask("POST", "/v1/usage", {"events": events})

    assert reply.json["recorded"] == 1_000
    assert sum(used(web, account) for account in accounts) == 1_000


def test_in_a_batch_too_a_key_reaches_its_own_account_only(web: Driver) -> None:
    mine, other = web.an_account("mine"), web.an_account("other")
    web.a_member(mine, "max", "member")
    events = [event("a", mine), event("b", other), event("c", "nobody")]

    for asked in ({"key": web.a_key("usage", account=mine)}, {"Acting_Member": "max"}):
        results = web.ask("POST", "/v1/usage", {"events": events}, **asked).json["results"]

        assert results[0]["result"] in ("recorded", "duplicate")
        assert [each["code"] for each in results[1:]] == ["unknown_account"] * 2
        assert results[1]["detail"] == results[2]["detail"]
    assert used(web, other) == 0


def test_consuming_decides_and_records(web: Driver) -> None:
    account = web.an_account("consume")
    path = f"/v1/accounts/{account}/consume"
    body = {"id": "a", "meter": "sessions", "quantity": 20}

    dry = web.ask("POST", path, {**body, "dry_run": True}).json
    first = web.ask("POST", path, body).json
    again = web.ask("POST", path, body).json
    beyond = web.ask("POST", path, {**body, "id": "b", "quantity": 1})

    assert (dry["allowed"], dry["recorded"], dry["used"]) == (True, False, 0)
    assert set(first) == {
        "account", "allowed", "reason", "recorded", "duplicate", "meter", "quantity", "used", "limit", "left",
        "level", "credits", "period", "standing",
    }  # fmt: skip
    assert (first["reason"], first["recorded"], first["used"], first["left"]) == ("included", True, 20, 0)
    assert (again["allowed"], again["duplicate"], again["recorded"]) == (True, True, False)
    assert again["reason"] == "duplicate"
    assert (beyond.status, beyond.json["allowed"], beyond.json["reason"]) == (200, False, "limit_reached")
    assert used(web, account) == 20


def test_a_gauge_is_not_consumed(web: Driver) -> None:
    account = web.an_account("no-gauge")

    reply = web.ask("POST", f"/v1/accounts/{account}/consume", {"id": "a", "meter": "storage", "quantity": 1})

    assert (reply.status, reply.code) == (422, "gauge_not_consumable")


def test_a_check_writes_nothing(web: Driver) -> None:
    path = f"/v1/accounts/{web.an_account('check')}/check"
    before = web.everything()

    one = web.ask("GET", f"{path}?meter=sessions").json
    many = web.ask("GET", f"{path}?meter=enrichments&quantity=11&credits=500&consistent=true").json
    feature = web.ask("GET", f"{path}?feature=export").json

    assert (one["allowed"], one["quantity"], one["recorded"]) == (True, 1, False)
    assert (many["allowed"], many["reason"]) == (False, "not_enough_credits")
    assert many["credits"] == {"needed": 46, "balance": 0, "available": 0}
    assert (feature["feature"], feature["allowed"], feature["meter"], feature["used"]) == ("export", True, None, None)
    assert web.everything() == before


def test_bars_of_an_instant_are_those_of_its_period(web: Driver) -> None:
    account = web.an_account("bars")
    now = shown(web.deps.clock.now())

    reply = web.ask("GET", f"/v1/accounts/{account}/usage?at={now}").json
    early = web.ask("GET", f"/v1/accounts/{account}/usage?at=1999-01-01T00:00:00Z")

    assert reply["period"]["start"] <= now < reply["period"]["end"]
    assert (early.status, early.fields) == (422, ["at"])
