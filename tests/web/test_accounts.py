from tests.web.driver import ACCOUNT, OWNER, Driver


def test_the_service_says_that_it_stands_without_a_key(web: Driver) -> None:
    reply = web.ask("GET", "/health", key=None)

    assert (reply.status, reply.json) == (200, {"status": "ok"})


def test_the_plans_are_for_everybody(web: Driver) -> None:
    reply = web.ask("GET", "/v1/plans", key=None)

    assert reply.status == 200
    assert [each["id"] for each in reply.json["plans"]] == ["free", "personal", "team", "business", "enterprise"]
    team = next(each for each in reply.json["plans"] if each["id"] == "team")
    assert set(team) == {
        "id", "name", "rank", "contact_sales", "prices", "per_seat", "seats", "allowances", "features",
    }  # fmt: skip
    assert set(team["prices"]["month"]) == {"amount", "currency", "tax_behavior"}
    assert team["seats"]["min"] < team["seats"]["max"]
    assert team["allowances"]["enrichments"]["policy"] == "credits"
    personal = reply.json["plans"][1]["allowances"]
    assert personal["events"] == {"included": 5_000, "policy": "allow", "up_to": 10_000}
    assert {meter: each["up_to"] for meter, each in personal.items() if meter != "events"} == {
        "sessions": None, "enrichments": None, "storage": None,
    }  # fmt: skip
    assert {each["id"]: each["kind"] for each in reply.json["meters"]}["storage"] == "gauge"
    assert [each["id"] for each in reply.json["packs"]] == ["starter", "standard", "pro", "enterprise"]
    assert isinstance(reply.json["grace_days"], int)


def test_a_new_account_is_on_free_at_once_with_its_owner_in_a_seat(web: Driver) -> None:
    reply = web.ask("PUT", "/v1/accounts/new", ACCOUNT)

    assert reply.status == 201
    overview = reply.json
    assert overview["plan"] == {"id": "free", "name": "Free", "interval": None}
    assert (overview["standing"], overview["status"]) == ("good", "free")
    assert (overview["name"], overview["email"]) == (ACCOUNT["name"], ACCOUNT["email"])
    assert overview["created_at"].endswith("Z")
    assert overview["seats"]["active"] == 1
    assert overview["credits"] == {"balance": 0, "held": 0, "available": 0, "recharge": {"enabled": False}}
    assert [each["meter"] for each in overview["usage"]] == ["sessions", "events", "enrichments", "storage"]
    assert overview == web.ask("GET", "/v1/accounts/new").json


def test_the_overview_has_every_field_of_the_contract(web: Driver) -> None:
    overview = web.ask("GET", f"/v1/accounts/{web.an_account('whole')}").json

    assert set(overview) == {
        "id", "name", "email", "created_at", "stripe_customer_id", "plan", "standing", "status", "period",
        "usage_period", "renews_at", "ends_at", "next_charge", "seats", "scheduled_change", "payment_required",
        "payment_method", "drift", "usage", "credits",
    }  # fmt: skip
    assert set(overview["period"]) == {"start", "end"}
    assert set(overview["seats"]) == {"bought", "active", "invited", "free", "over"}
    assert set(overview["usage"][0]) == {"meter", "name", "unit", "kind", "used", "limit", "left", "level"}


def test_an_update_changes_names_and_not_the_owner(web: Driver) -> None:
    web.an_account("updated")
    renamed = {"name": "Acme & Söhne", "email": "other@example.com"}

    again = web.ask("PUT", "/v1/accounts/updated", renamed)
    same_owner = web.ask("PUT", "/v1/accounts/updated", {**renamed, "owner": OWNER})
    other_owner = web.ask("PUT", "/v1/accounts/updated", {**renamed, "owner": OWNER | {"id": "eve"}})

    assert (again.status, again.json["name"], again.json["email"]) == (200, "Acme & Söhne", "other@example.com")
    assert same_owner.status == 200
    assert (other_owner.status, other_owner.code) == (409, "owner_change")


def test_a_new_account_needs_an_owner(web: Driver) -> None:
    reply = web.ask("PUT", "/v1/accounts/ownerless", {"name": "Acme", "email": "billing@example.com"})

    assert (reply.status, reply.fields) == (422, ["owner"])
    assert web.ask("GET", "/v1/accounts/ownerless").status == 404
