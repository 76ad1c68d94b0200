"""What tests of the recharge share: a subscriber with a rule, whoever pursues what it begins, and what stops it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from chalicelib.actions.asking import Asker
from chalicelib.actions.count_usage import count_usage
from chalicelib.actions.read_credits import read_credits
from chalicelib.actions.recharge import pursue
from chalicelib.actions.set_recharge import RuleWish, set_recharge
from chalicelib.deps import Deps
from chalicelib.domain.money import Money
from chalicelib.domain.recharge_views import RechargeView
from chalicelib.domain.usage import UsageEvent
from chalicelib.errors import StripeUnavailable
from chalicelib.messages import RechargeMessage
from tests.actions.life import subscribed
from tests.actions.mortal import Moments
from tests.actions.world import Instead, World

PRO, PRICE = 7_000_000, 2_500
"""Credits of the pack that is bought, and cents."""


@dataclass
class Wishes:
    """A queue that keeps which recharges it was told of."""

    told: list[RechargeMessage] = field(default_factory=list)

    def recharge(self, message: RechargeMessage, now: int) -> None:
        assert now
        self.told.append(message)


def with_subscriber(found: Moments) -> Moments:
    """From now on every world begins with a subscriber on Team, whose card pays."""
    world = found.again()
    world.deps = replace(world.deps, queue=Wishes())  # pyright: ignore[reportArgumentType]
    subscribed(world)
    found.first = found.kept()
    return found


def a_rule(
    world: World, *, threshold: int = 1_000, limit: int = 5_000, enabled: bool = True, operation: str | None = None
) -> None:
    """Saved by its owner."""
    wish = RuleWish(enabled, threshold, "pro", Money(limit, "eur"))
    set_recharge(world.deps, "acme", wish, Asker("key:test", operation))


def going(world: World) -> RechargeMessage | None:
    """The recharge that is in flight."""
    own = world.stored()[0].recharge
    return RechargeMessage("acme", own.count) if own and own.in_flight else None


def pursued(world: World) -> None:
    while (message := going(world)) is not None:
        pursue(world.deps, message)
        if going(world) == message:
            return


def shown(world: World) -> RechargeView:
    found = read_credits(world.deps, "acme").recharge
    assert found is not None
    return found


def spend(world: World, credits: int, name: str) -> None:
    event = UsageEvent(name, "enrichments", world.clock.now(), 10**9, credits=credits)
    count_usage(world.deps, "acme", [event])


def give_card(world: World, number: str) -> None:
    customer = world.stored()[1].stripe_customer_id
    world.act(f"customers/{customer}/card", card=number)
    world.deliver()


def paid_invoices(world: World) -> int:
    """How often a recharge was really charged."""
    found = [each for each in world.emulator.state.every("invoice") if each["metadata"].get("kind") == "recharge"]
    assert not [each for each in found if each["status"] in ("draft", "open")]
    return len([each for each in found if each["status"] == "paid"])


def customer_of(world: World) -> str:
    customer = world.stored()[1].stripe_customer_id
    assert customer
    return customer


def without_card(world: World) -> None:
    method = world.stored()[1].payment_method
    assert method
    world.operator.v1.payment_methods.detach(method.stripe_payment_method_id)


def deleted(world: World) -> None:
    world.operator.v1.customers.delete(customer_of(world))


def without_address(world: World) -> None:
    world.operator.v1.customers.update(customer_of(world), {"address": ""})


def lowered(world: World) -> None:
    a_rule(world, limit=PRICE - 1)


STOPS: dict[str, tuple[Callable[[World], None], str]] = {
    "the card was taken off": (without_card, "no_payment_method"),
    "the customer was deleted": (deleted, "no_payment_method"),
    "the tax cannot be reckoned": (without_address, "blocked"),
    "the limit was lowered": (lowered, "limit_reached"),
}


def unanswered(*_: object, **__: object) -> object:
    raise StripeUnavailable


def charging(world: World, step: str, instead: Callable[..., object]) -> Deps:
    charges = Instead(world.deps.stripe.charges, {step: instead})
    return replace(world.deps, stripe=Instead(world.deps.stripe, {"charges": charges}))  # type: ignore[arg-type]


def recharges(world: World) -> list[object]:
    return [each for each in world.emulator.state.every("invoice") if each["metadata"].get("kind") == "recharge"]
