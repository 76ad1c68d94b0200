"""What is written is what is read, field by field."""

import base64
import json
from dataclasses import fields, replace
from typing import Any

import pytest

from chalicelib.adapters.dynamo import journal_records, records
from chalicelib.adapters.dynamo.state import state_from, state_item
from chalicelib.domain.accounts import ClosedPeriod, Profile
from chalicelib.domain.credits import Lot, Purchase, Stop
from chalicelib.domain.journal import JOURNALED, Entry, Line
from chalicelib.domain.money import Money
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import DAY, Period, day_of
from chalicelib.domain.recharge import Recharge, Rule
from chalicelib.domain.subscriptions import Bought, PaymentRequired
from tests.builders import CARD, a_profile, a_purchase, a_subscription, an_invoice
from tests.offers import OFFERS
from tests.usage_builders import CREATED, NOW, a_state, named

PERIOD = Period(CREATED, CREATED + 31 * DAY)
FULL_STATE = a_state(
    version=7,
    entries=5,
    plan="team",
    standing="grace",
    grace_until=NOW,
    used={"runs": 7, "storage": 50},
    credits_used={"runs": 30, "calls": 0, "sessions": 0, "events": 0},
    gauged_at={"storage": NOW},
    granted=100,
    spent=130,
    lots_version=3,
    due=NOW + 1,
    fence=NOW + 2,
    wish=NOW + 3,
    held=40,
    holds=2,
    holds_until=NOW + 4,
    expired=4,
    lapses_at=NOW + 5,
    lapses_upto=6,
    erased=NOW + 7,
    recharge=Recharge(False, 1, 2, 3, 4, 5, 6, "backing_off", NOW + 6, True, NOW - 7),
    open_ids=frozenset({named("a"), named("b")}),
    open_sums={
        (day_of(CREATED), "runs"): (3, 20),
        (day_of(CREATED) - 3, "runs"): (1, 0),
        (day_of(CREATED) + 12, "events"): (2**53, 0),
    },
)
FULL_ENTRY = Entry(
    account="acme",
    number=5,
    day=day_of(NOW),
    day_before=day_of(NOW) - 2,
    at=NOW,
    balance=-30,
    granted=500,
    spent=20,
    ids=frozenset({named("a"), named("b")}),
    sums={
        (PERIOD.start, day_of(NOW), "runs"): (3, 20),
        (PERIOD.start, day_of(NOW) - 1, "runs"): (1, 0),
        (PERIOD.end, day_of(PERIOD.end), "runs"): (2, 0),
    },
    gauges={("storage", day_of(NOW)): 50},
    changed={name: getattr(FULL_STATE, name) for name in JOURNALED},
    lines=(
        Line("purchase", 500, "purchase:p1", Money(500, "eur"), "by hand"),
        Line("purchase", 1, "purchase:p2"),
        Line("adjustment", -2, "adjustment:1", None, "sorry"),
    ),
    notices=(Notice("n1", "limit_reached", "10 of 10", "runs"), Notice("n2", "grace_over", "it is over")),
    cause="purchase:p1",
    actor="ada",
)


@pytest.mark.parametrize("state", [a_state(), FULL_STATE], ids=["new", "full"])
def test_a_state_comes_back(state: Any) -> None:
    assert state_from(state_item(state, OFFERS), OFFERS) == state


def test_every_field_of_the_full_state_differs_from_a_new_ones_so_that_none_is_forgotten() -> None:
    fixed = {"account", "created", "anchor", "period", "day", "seats_bought", "seats_active", "salt"}

    same = {f.name for f in fields(FULL_STATE) if getattr(FULL_STATE, f.name) == getattr(a_state(), f.name)}

    assert same == fixed


@pytest.mark.parametrize("unknown", ["runs", "storage"])
def test_a_meter_that_this_process_does_not_know_is_kept_as_it_is(unknown: str) -> None:
    offered = replace(OFFERS, meters={m: meter for m, meter in OFFERS.meters.items() if m != unknown})
    item = state_item(FULL_STATE, OFFERS)

    state = state_from(item, offered)

    assert unknown not in {*state.used, *state.credits_used, *state.gauged_at}
    assert state_item(state, offered) == item
    assert state.balance == FULL_STATE.balance


def an_empty_entry() -> Entry:
    return Entry("acme", 1, 20_000, 20_000, NOW, 0, 0, 0, frozenset(), {}, {}, {})


@pytest.mark.parametrize("entry", [an_empty_entry(), FULL_ENTRY], ids=["empty", "full"])
def test_an_entry_comes_back(entry: Entry) -> None:
    assert journal_records.entry_from(records.raw(journal_records.entry_item(entry, OFFERS)), OFFERS) == entry


def test_an_entry_comes_back_from_the_stream_where_bytes_are_base64_in_json() -> None:
    item = records.raw(journal_records.entry_item(FULL_ENTRY, OFFERS))
    image = json.loads(json.dumps(item, default=lambda raw: base64.b64encode(raw).decode()))

    assert journal_records.entry_from_image(image, OFFERS) == FULL_ENTRY


def test_an_entry_keeps_its_meters_by_code_so_that_a_meter_may_be_renamed() -> None:
    renamed = {
        ("jobs" if m == "runs" else m): replace(meter, id="jobs" if m == "runs" else m)
        for m, meter in OFFERS.meters.items()
    }
    item = records.raw(journal_records.entry_item(FULL_ENTRY, OFFERS))

    entry = journal_records.entry_from(item, replace(OFFERS, meters=renamed))

    assert {meter for _, _, meter in entry.sums} == {"jobs" if m == "runs" else m for _, _, m in FULL_ENTRY.sums}


@pytest.mark.parametrize(
    "lots",
    [(), (Lot("p1", "purchase", 500, 20, NOW), Lot("p2", "promotion", 9, 9, NOW, expires_at=NOW + DAY))],
    ids=["none", "some"],
)
def test_lots_come_back_in_their_order(lots: tuple[Lot, ...]) -> None:
    assert journal_records.lots_from(records.raw(journal_records.lots_item("acme", 7, lots))) == (7, lots)


def test_a_closed_period_comes_back_with_the_entry_that_wrote_it() -> None:
    closed = ClosedPeriod(PERIOD, "team", {"runs": 7, "storage": 2**53}, {"runs": 20})

    assert journal_records.period_from(
        records.raw(journal_records.period_item("acme", closed, 7, OFFERS)), OFFERS
    ) == replace(closed, version=7)


@pytest.mark.parametrize(
    "profile",
    [
        Profile("acme", "Acme", "billing@example.com", NOW, ("ada",)),
        a_profile(
            subscription=a_subscription(
                latest_invoice=an_invoice(), cancel_at=NOW, ended_at=NOW, stripe_payment_method_id="pm_1"
            ),
            payment_method=CARD,
            payment_required=PaymentRequired("https://x.example.com", Money(5, "eur"), NOW),
            drift="the price is unknown",
            checkout_by="key:test member:ada",
            version=8,
        ),
        a_profile(subscription=a_subscription(next_charge=None), name="Äcmé 株式会社"),
        a_profile(
            subscription=a_subscription(
                latest_invoice=an_invoice(reason="subscription_update"),
                bought=Bought("team_month", "price_1", 3, "month", PERIOD),
            )
        ),
    ],
    ids=["new", "full", "some", "a change that is not paid"],
)
def test_a_profile_comes_back(profile: Profile) -> None:
    assert records.profile_from(records.raw(records.profile_item(profile, profile.version))) == profile


def test_a_profile_of_an_earlier_version_has_a_subscription_that_says_it_names_nobody() -> None:
    profile = a_profile(subscription=a_subscription())
    item = records.profile_item(profile, profile.version)
    item.more["subscription"]["actor"] = None

    assert records.profile_from(records.raw(item)) == profile


@pytest.mark.parametrize(
    "purchase",
    [
        Purchase("p1", "acme", "starter", 500, Money(500, "eur"), "open", NOW),
        a_purchase(
            state="paid",
            stripe_invoice_id="in_1",
            stripe_payment_intent_id="pi_1",
            paid=Money(600, "eur"),
            actor="ada",
            shares={"re_1": 100, "du_1": 500},
        ),
        a_purchase(kind="recharge", stop=Stop("blocked", "why", "cus_1:card")),
    ],
    ids=["open", "paid", "being dropped"],
)
def test_a_purchase_comes_back(purchase: Purchase) -> None:
    assert records.purchase_from(records.raw(records.purchase_item(purchase))) == purchase


@pytest.mark.parametrize("blocked_by", [(), ("r1",), ("r1", "card")])
def test_a_rule_comes_back(blocked_by: tuple[str, ...]) -> None:
    rule = Rule("starter", "why", declines=2, card="cus_1:card", blocked_by=blocked_by)

    assert records.rule_from(records.raw(records.rule_item("acme", rule))) == rule


def test_what_earlier_versions_wrote_is_read() -> None:
    profile, rule = a_profile(owners=("ada",)), Rule("pro")
    old = records.raw(records.profile_item(profile, 0))
    old["owner"] = old.pop("owners") | {"S": "ada"}
    saved = records.raw(records.rule_item("acme", rule))
    saved["data"] = {"S": saved["data"]["S"].replace('"pack":', '"saved_by":"op","pack":')}

    assert records.profile_from(old) == profile
    assert records.rule_from(saved) == rule
