"""Steps of tests about money that goes back: what people do at Stripe, and what an account shows of it."""

from typing import Any

from chalicelib.actions.read_credits import read_credits
from chalicelib.actions.read_history import read_history
from chalicelib.actions.record_usage import record_usage
from chalicelib.domain.credits import Purchase
from chalicelib.domain.usage import UsageEvent
from tests.actions.life import bought, ordered
from tests.actions.world import World

STARTER = 1_000_000
PRICE = 500
COSTS = 2_000
"""Credits of one enrichment beyond Free's ten."""


def owned(world: World, card: str | None = None) -> Purchase:
    """A new account's Starter pack, paid and granted."""
    world.account()
    if card is None:
        purchase = bought(world)
    else:
        purchase = ordered(world)
        world.pay(purchase.stripe_session_id or "", card=card)
    world.deliver()
    return known(world, purchase.id)


def known(world: World, purchase_id: str) -> Purchase:
    purchase = world.deps.store.purchase("acme", purchase_id, consistent=True)
    assert purchase
    return purchase


def paid_with(world: World, purchase: Purchase) -> str:
    """The payment intent, though nobody has told the service yet."""
    session = world.operator.v1.checkout.sessions.retrieve(purchase.stripe_session_id or "")
    return str(session.payment_intent)


def refunded(world: World, intent: str | None, amount: int | None = None) -> str:
    """A refund from the dashboard; its Stripe id."""
    params: Any = {"payment_intent": intent} | ({} if amount is None else {"amount": amount})
    return world.operator.v1.refunds.create(params).id


def disputed(world: World, intent: str | None, status: str = "needs_response", amount: int = 0) -> str:
    return world.act(f"charges/{intent}/dispute", status=status, amount=amount)["id"]


def balance(world: World) -> int:
    return read_credits(world.deps, "acme").balance


def lefts(world: World) -> list[tuple[str, int]]:
    return [(lot.id, lot.left) for lot in read_credits(world.deps, "acme").lots]


def lines(world: World) -> list[tuple[str, int]]:
    """The history, oldest first, its sum and running balance checked."""
    found = read_history(world.deps, "acme", None, 100)[0][::-1]
    at = 0
    for line in found:
        at += line.credits
        assert line.balance_after == at
    assert at == balance(world)
    return [(line.kind, line.credits) for line in found]


def spend(world: World, enrichments: int, event: str = "e1") -> None:
    """So many beyond the allowance."""
    used = UsageEvent(event, "enrichments", world.clock.now(), enrichments + 10)
    assert [each.result for each in record_usage(world.deps, [("acme", used)])] == ["recorded"]


def sent_back(world: World) -> int:
    """What Stripe has sent back of all payments, and what stands of it."""
    refunds = world.operator.v1.refunds.list({"limit": 100}).data
    return sum(each.amount for each in refunds if each.status in ("succeeded", "pending"))
