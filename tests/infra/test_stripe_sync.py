"""A Stripe account follows the catalogue, and keeps what its subscribers have."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import stripe

from chalicelib.actions.handle_stripe_event import HANDLERS
from chalicelib.domain.catalogue import Catalogue, parse
from chalicelib.domain.money import Money
from chalicelib.settings import STRIPE_API_VERSION
from infra.local.clock import Clock
from infra.local.stripe.emulator import Emulator
from infra.stripe_endpoint import sync_endpoint
from infra.stripe_offers import sync_offers
from infra.stripe_sync import CATALOGUE, connect, main

KEY = "sk_test_service"
URL = "https://billing.example.com/stripe/webhook"


@pytest.fixture
def api_base() -> Iterator[str]:
    emulator = Emulator(clock=Clock(1_790_000_000), seed=1, service_key=KEY, operator_key="sk_test_operator")
    with emulator.serve(port=0) as served:
        yield served.url


@pytest.fixture
def client(api_base: str) -> stripe.StripeClient:
    return connect(KEY, api_base)


@pytest.fixture
def catalogue() -> Catalogue:
    return parse(CATALOGUE.read_text())


def with_team_month_at(catalogue: Catalogue, amount: int) -> Catalogue:
    team = catalogue.plans["team"]
    month = replace(team.prices["month"], money=Money(amount, "eur"))
    return replace(catalogue, plans={**catalogue.plans, "team": replace(team, prices={**team.prices, "month": month})})


def price_of(client: stripe.StripeClient, lookup_key: str) -> stripe.Price:
    return client.v1.prices.list({"lookup_keys": [lookup_key]}).data[0]


def test_everything_that_is_sold_is_at_stripe_under_its_lookup_key(client, catalogue):
    sync_offers(client, catalogue)

    products = {product.id: product.name for product in client.v1.products.list({"limit": 100})}
    assert products == {
        "plan_personal": "Personal",
        "plan_team": "Team",
        "plan_business": "Business",
        "plan_enterprise": "Enterprise",
        "pack_starter": "Starter",
        "pack_standard": "Standard",
        "pack_pro": "Pro",
        "pack_enterprise": "Enterprise",
    }
    team = price_of(client, "team_year")
    assert (team.product, team.unit_amount, team.currency) == ("plan_team", 15_000, "eur")
    assert team.tax_behavior == "exclusive"
    assert team.recurring is not None
    assert (team.recurring.interval, team.recurring.interval_count) == ("year", 1)
    pack = price_of(client, "pack_pro")
    assert (pack.type, pack.unit_amount, pack.tax_behavior) == ("one_time", 2_500, "inclusive")
    assert pack.metadata.to_dict() == {"pack": "pro", "credits": "7000000"}


def test_a_second_run_changes_nothing(client, catalogue):
    first = sync_offers(client, catalogue)
    events = len(client.v1.events.list({"limit": 100}).data)

    second = sync_offers(client, catalogue)

    assert len(first) == 8 + 10
    assert second == []
    assert len(client.v1.events.list({"limit": 100}).data) == events


def test_another_amount_is_a_new_price_and_the_old_one_stays_for_its_subscribers(client, catalogue):
    sync_offers(client, catalogue)
    old = price_of(client, "team_month")

    done = sync_offers(client, with_team_month_at(catalogue, 1_900))

    new = price_of(client, "team_month")
    assert done == [f"price {new.id} made for team_month instead of {old.id}"]
    assert (new.unit_amount, new.product) == (1_900, "plan_team")
    kept = client.v1.prices.retrieve(old.id)
    assert (kept.unit_amount, kept.active, kept.lookup_key) == (1_500, True, None)
    assert kept.metadata.to_dict() == {"plan": "team"}


def test_an_amount_that_comes_back_is_followed_again(client, catalogue):
    dearer = with_team_month_at(catalogue, 1_900)
    for each in (catalogue, dearer, catalogue, dearer):
        sync_offers(client, each)

    assert price_of(client, "team_month").unit_amount == 1_900
    assert sync_offers(client, dearer) == []


def test_a_pack_of_another_size_is_another_price(client, catalogue):
    sync_offers(client, catalogue)
    old = price_of(client, "pack_pro")
    larger = replace(catalogue.packs["pro"], credits=8_000_000)

    sync_offers(client, replace(catalogue, packs={**catalogue.packs, "pro": larger}))

    assert price_of(client, "pack_pro").metadata.to_dict() == {"pack": "pro", "credits": "8000000"}
    assert client.v1.prices.retrieve(old.id).metadata.to_dict() == {"pack": "pro", "credits": "7000000"}


def test_what_was_changed_in_the_dashboard_is_put_right_and_what_is_not_ours_is_left(client, catalogue):
    sync_offers(client, catalogue)
    team_month = price_of(client, "team_month").id
    client.v1.products.update("plan_team", {"name": "Tram", "active": False, "metadata": {"note": "theirs"}})
    client.v1.prices.update(team_month, {"active": False})

    done = sync_offers(client, catalogue)

    assert done == ["product plan_team updated", f"price {team_month} for team_month activated"]
    team = client.v1.products.retrieve("plan_team")
    assert (team.name, team.active) == ("Team", True)
    assert team.metadata.to_dict() == {"plan": "team", "note": "theirs"}


def test_what_the_catalogue_no_longer_has_is_left_alone(client, catalogue):
    sync_offers(client, catalogue)
    plans = {plan_id: plan for plan_id, plan in catalogue.plans.items() if plan_id != "team"}

    assert sync_offers(client, replace(catalogue, plans=plans)) == []
    assert price_of(client, "team_month").active


def test_the_endpoint_is_made_once_in_our_api_version_and_follows_the_events(client):
    made = sync_endpoint(client, URL, {"invoice.paid", "customer.subscription.updated"})
    again = sync_endpoint(client, URL, ["customer.subscription.updated", "invoice.paid"])
    more = sync_endpoint(client, URL, ["invoice.paid", "invoice.voided"])

    [endpoint] = client.v1.webhook_endpoints.list().data
    assert made.secret is not None
    assert made.secret.startswith("whsec_")
    assert (again.done, again.secret) == ([], None)
    assert (more.done, more.secret) == ([f"endpoint {endpoint.id} updated"], None)
    assert endpoint.api_version == STRIPE_API_VERSION
    assert endpoint.enabled_events == ["invoice.paid", "invoice.voided"]


def test_an_endpoint_that_was_switched_off_is_switched_on_again(client):
    sync_endpoint(client, URL, ["invoice.paid"])
    [endpoint] = client.v1.webhook_endpoints.list().data
    client.v1.webhook_endpoints.update(endpoint.id, {"disabled": True})

    sync_endpoint(client, URL, ["invoice.paid"])

    assert client.v1.webhook_endpoints.retrieve(endpoint.id).status == "enabled"


def test_an_endpoint_of_another_api_version_gets_a_new_one_beside_it(client):
    client.v1.webhook_endpoints.create({"url": URL, "enabled_events": ["invoice.paid"]})

    made = sync_endpoint(client, URL, ["invoice.paid"])

    assert made.secret
    assert len(client.v1.webhook_endpoints.list().data) == 2
    assert sync_endpoint(client, URL, ["invoice.paid"]).done == []


def test_the_command_says_what_it_did_and_keeps_the_secret_out_of_its_output(api_base, tmp_path, capsys):
    secrets = tmp_path / "secrets"
    arguments = ["--webhook-url", URL, "--secret-file", str(secrets)]
    environment = {"STRIPE_API_KEY": KEY, "STRIPE_API_BASE": api_base}

    main(arguments, environment)
    first = capsys.readouterr().out
    main(arguments, environment)
    second = capsys.readouterr().out

    [secret] = secrets.read_text().splitlines()
    assert secret.startswith("whsec_")
    assert secret not in first
    assert "product plan_team made" in first
    assert second == "Stripe is as the catalogue says: nothing to do\n"
    assert secrets.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("reason", "environment", "catalogue_text", "said"),
    [
        ("no key", {}, "", "STRIPE_API_KEY: must be"),
        ("a bad catalogue", {"STRIPE_API_KEY": KEY}, "grace_days = -1", "grace_days: must be an integer from 0 to 60"),
        ("a key that Stripe does not know", {"STRIPE_API_KEY": "sk_test_other"}, None, "Stripe refused"),
    ],
)
def test_the_command_says_why_it_cannot(reason, environment, catalogue_text, said, api_base, tmp_path):
    path = CATALOGUE if catalogue_text is None else Path(tmp_path, "catalogue.toml")
    if catalogue_text is not None:
        path.write_text(catalogue_text)

    with pytest.raises(SystemExit) as stopped:
        main(["--catalogue", str(path)], {"STRIPE_API_BASE": api_base, **environment})

    assert said in str(stopped.value), reason


def test_the_command_has_stripe_post_every_event_that_is_handled_and_no_other(client, api_base, tmp_path):
    arguments = ["--webhook-url", URL, "--secret-file", str(tmp_path / "secrets")]

    main(arguments, {"STRIPE_API_KEY": KEY, "STRIPE_API_BASE": api_base})

    [endpoint] = client.v1.webhook_endpoints.list().data
    assert endpoint.enabled_events == sorted(HANDLERS)


def test_an_endpoint_needs_a_place_for_its_secret(capsys):
    with pytest.raises(SystemExit):
        main(["--webhook-url", URL], {"STRIPE_API_KEY": KEY})

    assert "--webhook-url needs --secret-file" in capsys.readouterr().err
