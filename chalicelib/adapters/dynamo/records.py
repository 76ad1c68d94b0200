"""Items of the core table turned into the domain's values and back; STATE has a file of its own."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from chalicelib.adapters.dynamo.items import (
    AdjustmentItem,
    Core,
    Ephemeral,
    ProfileItem,
    PurchaseItem,
    RuleItem,
)
from chalicelib.domain.accounts import Profile
from chalicelib.domain.adjustments import Adjustment
from chalicelib.domain.credits import Purchase, Stop
from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.periods import Period
from chalicelib.domain.recharge import Rule
from chalicelib.domain.subscriptions import (
    Bought,
    LatestInvoice,
    PaymentMethod,
    PaymentRequired,
    Pending,
    Scheduled,
    Subscription,
)
from chalicelib.domain.wishes import Terms

Raw = Mapping[str, Any]


def account_pk(account: str) -> str:
    return f"A#{account}"


def raw(item: Core | Ephemeral) -> dict[str, Any]:
    """The item in DynamoDB's typed form."""
    return item.serialize(null_check=True)


def _money(stored: Mapping[str, Any] | None) -> Money | None:
    return Money(**stored) if stored else None


def profile_item(profile: Profile, version: int) -> ProfileItem:
    more: dict[str, Any] = {
        name: _plain_or_none(getattr(profile, name))
        for name in ("subscription", "payment_method", "payment_required", "order")
    }
    more |= {"card_told": profile.card_told, "drift": profile.drift, "beside": list(profile.beside) or None}
    more |= {"checkout_by": profile.checkout_by, "erased": profile.erased}
    return ProfileItem(
        account_pk(profile.account),
        "PROFILE",
        v=version,
        name=profile.name,
        email=profile.email,
        created=profile.created,
        owners=list(profile.owners),
        customer=profile.stripe_customer_id,
        more={k: v for k, v in more.items() if v is not None},
    )


def _plain_or_none(value: Any) -> dict[str, Any] | None:
    return asdict(value) if value is not None else None


def profile_from(item: Raw) -> Profile:
    row = ProfileItem.from_raw_data(dict(item))
    more = row.more
    return Profile(
        account=row.pk[2:],
        name=row.name,
        email=row.email,
        created=int(row.created),
        owners=(row.owner,) if row.owners is None else tuple(row.owners),
        stripe_customer_id=row.customer,
        subscription=_subscription(more.get("subscription")),
        payment_method=PaymentMethod(**more["payment_method"]) if "payment_method" in more else None,
        payment_required=_payment_required(more.get("payment_required")),
        drift=more.get("drift"),
        beside=tuple(more.get("beside", ())),
        card_told=more.get("card_told"),
        order=_order(more.get("order")),
        checkout_by=more.get("checkout_by"),
        erased=more.get("erased"),
        version=int(row.v),
    )


def _subscription(stored: Mapping[str, Any] | None) -> Subscription | None:
    if stored is None:
        return None
    # An earlier version's always said that it named nobody.
    stored = {name: value for name, value in stored.items() if name != "actor"}
    bought = stored.get("bought")
    return Subscription(
        **{
            **stored,
            "period": Period(**stored["period"]),
            "latest_invoice": _invoice(stored.get("latest_invoice")),
            "change": _invoice(stored.get("change")),
            "bought": Bought(**{**bought, "period": Period(**bought["period"])}) if bought else None,
            "next_charge": _money(stored.get("next_charge")),
            "scheduled": Scheduled(**stored["scheduled"]) if stored.get("scheduled") else None,
            "pending": Pending(**stored["pending"]) if stored.get("pending") else None,
        }
    )


def _invoice(stored: Mapping[str, Any] | None) -> LatestInvoice | None:
    return LatestInvoice(**{**stored, "amount_due": Money(**stored["amount_due"])}) if stored else None


def _order(stored: Mapping[str, Any] | None) -> Order | None:
    if stored is None:
        return None
    named = {name: stored.get(name) for name in ("terms", "after", "before", "had")}
    terms = {name: Terms(**each) if each else None for name, each in named.items()}
    return Order(**{**stored, **terms})


def _payment_required(stored: Mapping[str, Any] | None) -> PaymentRequired | None:
    return PaymentRequired(**{**stored, "amount": Money(**stored["amount"])}) if stored else None


def purchase_item(purchase: Purchase) -> PurchaseItem:
    return PurchaseItem(account_pk(purchase.account), f"B#{purchase.id}", state=purchase.state, data=asdict(purchase))


def purchase_from(item: Raw) -> Purchase:
    data = PurchaseItem.from_raw_data(dict(item)).data
    stop = Stop(**data["stop"]) if data.get("stop") else None
    return Purchase(**{**data, "money": Money(**data["money"]), "paid": _money(data.get("paid")), "stop": stop})


def adjustment_item(account: str, adjustment: Adjustment) -> AdjustmentItem:
    """Without its reason: that stands beside the entry, and whoever asks for the same again says it again."""
    data = {name: value for name, value in asdict(adjustment).items() if name != "reason"}
    return AdjustmentItem(account_pk(account), f"J#{adjustment.id}", data=data)


def adjustment_from(item: Raw) -> Adjustment:
    return Adjustment(**{"reason": "", **AdjustmentItem.from_raw_data(dict(item)).data})


def rule_item(account: str, rule: Rule) -> RuleItem:
    return RuleItem(account_pk(account), "R", data=asdict(rule))


def rule_from(item: Raw) -> Rule:
    data = RuleItem.from_raw_data(dict(item)).data
    # An earlier version kept the operation that saved it.
    data = {name: value for name, value in data.items() if name != "saved_by"}
    return Rule(**{**data, "blocked_by": tuple(data["blocked_by"])})
