from tests.actions.world import FAILS_LATER
from tests.web.driver import URLS, Driver

BUY = {"plan": "team", "interval": "month", "seats": 3, **URLS}


def a_subscriber(web: Driver, account: str) -> str:
    """The path of an account on Team, which Checkout and the webhook's events made active."""
    path = f"/v1/accounts/{web.an_account(account)}"
    web.world.pay(web.ask("POST", f"{path}/subscription", BUY).json["url"])
    web.world.deliver()
    return path


def test_a_paid_plan_from_free_goes_through_checkout(web: Driver) -> None:
    reply = web.ask("POST", f"/v1/accounts/{web.an_account('wisher')}/subscription", BUY)

    assert (reply.status, reply.json["outcome"]) == (200, "checkout")
    assert reply.json["url"].startswith(web.world.emulator.url)
    assert reply.json["account"]["plan"]["id"] == "free"


def test_a_paid_plan_is_shown_with_all_that_belongs_to_it(web: Driver) -> None:
    active = web.ask("GET", a_subscriber(web, "buyer")).json

    assert active["plan"] == {"id": "team", "name": "Team", "interval": "month"}
    assert (active["status"], active["standing"], active["seats"]["bought"]) == ("active", "good", 3)
    assert active["stripe_customer_id"].startswith("cus_")
    assert active["renews_at"] == active["period"]["end"]
    assert set(active["payment_method"]) == {"type", "brand", "last4", "exp_month", "exp_year"}


def test_cancelling_ends_it_with_the_period_and_resuming_undoes_that(web: Driver) -> None:
    account = a_subscriber(web, "leaver")
    end = web.ask("GET", account).json["period"]["end"]

    cancelled = web.ask("POST", f"{account}/subscription/cancel", {"reason": "too_expensive", "comment": "Sorry."})
    twice = web.ask("POST", f"{account}/subscription/cancel")
    resumed = web.ask("POST", f"{account}/subscription/resume")
    not_cancelling = web.ask("POST", f"{account}/subscription/resume", {})

    assert (cancelled.json["ends_at"], cancelled.json["renews_at"]) == (end, None)
    assert twice.status == 200
    assert (resumed.json["ends_at"], resumed.json["renews_at"]) == (None, end)
    assert (not_cancelling.status, not_cancelling.code) == (409, "not_cancelling")


def test_other_changes_of_a_subscription_say_what_comes_of_them(web: Driver) -> None:
    account = a_subscriber(web, "changer")

    unchanged = web.ask("POST", f"{account}/subscription", {"plan": "team"})
    upgrade = web.ask("POST", f"{account}/subscription", {"plan": "business"})
    free = web.ask("POST", f"{account}/subscription", {"plan": "free"})

    assert unchanged.json["outcome"] == "unchanged"
    assert (upgrade.json["outcome"], upgrade.json["account"]["plan"]["id"]) == ("applied", "business")
    assert free.json["outcome"] == "scheduled"
    assert free.json["account"]["ends_at"] == free.json["account"]["period"]["end"]


PREVIEW = {"outcome", "effective_at", "due_now", "lines", "next_charge", "drops", "preview_id"}
CHANGE = {"plan", "interval", "seats", "at"}


def test_a_preview_tells_what_a_wish_would_cost_and_changes_nothing(web: Driver) -> None:
    account = a_subscriber(web, "curious")
    web.ask("POST", f"{account}/subscription", {"plan": "personal"})
    before, writes = web.ask("GET", account).json, web.writes()

    seen = web.ask("POST", f"{account}/subscription/preview", {"plan": "business"}).json

    assert set(seen) == PREVIEW
    assert (seen["outcome"], seen["drops"]) == ("applied", [before["scheduled_change"]])
    assert (set(seen["drops"][0]), set(seen["next_charge"])) == (CHANGE, {"amount", "currency", "at"})
    assert seen["due_now"] == {"amount": 17_850, "tax": 2_850, "currency": "eur"}
    assert [set(line) for line in seen["lines"]] == [{"description", "quantity", "amount", "proration"}] * 2
    assert sum(line["amount"] for line in seen["lines"]) == 15_000
    assert (web.ask("GET", account).json, web.writes()) == (before, writes)


def test_before_checkout_nobody_knows_the_tax(web: Driver) -> None:
    path = f"/v1/accounts/{web.an_account('looker')}/subscription/preview"

    seen = web.ask("POST", path, {"plan": "team", "seats": 3}).json

    assert set(seen) == PREVIEW
    assert (seen["outcome"], seen["due_now"]) == ("checkout", {"amount": 4_500, "tax": None, "currency": "eur"})


def test_what_the_card_does_not_pay_goes_on_where_it_can_be_paid(web: Driver) -> None:
    account = a_subscriber(web, "unlucky")
    customer = web.ask("GET", account).json["stripe_customer_id"]
    web.world.act(f"customers/{customer}/card", card=FAILS_LATER)
    web.world.deliver()

    reply = web.ask("POST", f"{account}/subscription", {"plan": "business"}).json

    assert (set(reply), reply["outcome"]) == ({"outcome", "url", "account"}, "payment_required")
    assert (reply["account"]["plan"]["id"], reply["account"]["standing"]) == ("team", "good")
    required = reply["account"]["payment_required"]
    assert set(required) == {"url", "amount", "currency", "expires_at"}
    assert (required["url"], required["amount"]) == (reply["url"], 17_850)


def test_on_free_there_is_nothing_to_cancel(web: Driver) -> None:
    account = web.an_account("free")

    for verb in ("cancel", "resume"):
        reply = web.ask("POST", f"/v1/accounts/{account}/subscription/{verb}")
        assert (reply.status, reply.code) == (409, "no_subscription")


def test_enterprise_is_sold_by_people(web: Driver) -> None:
    account = web.an_account("large")

    reply = web.ask("POST", f"/v1/accounts/{account}/subscription", {"plan": "enterprise"})

    assert (reply.status, reply.json["outcome"]) == (200, "contact_sales")
    assert reply.json["url"].startswith("https://")


def test_the_owner_may_buy_for_himself(web: Driver) -> None:
    account = web.an_account("self")

    reply = web.ask("POST", f"/v1/accounts/{account}/subscription", BUY, Acting_Member="ada")

    assert (reply.status, reply.json["outcome"]) == (200, "checkout")
    assert "stripe_customer_id" not in reply.json["account"]
