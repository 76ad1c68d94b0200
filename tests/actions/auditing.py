"""A rich life of one account, and hands that write past the store, for tests of the self-audit."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.actions.adjust_credits import adjust_credits
from chalicelib.actions.audit import audit
from chalicelib.actions.book_due import book_due
from chalicelib.actions.close_hold import capture_hold, release_hold
from chalicelib.actions.correct_usage import correct_usage
from chalicelib.actions.count_usage import count_usage
from chalicelib.actions.end_recharge import give_up
from chalicelib.actions.place_hold import place_hold
from chalicelib.domain.corrections import Correction
from chalicelib.domain.credits import Lot, Purchase
from chalicelib.domain.holds import Capture
from chalicelib.domain.journal import Line, begin
from chalicelib.domain.payments import ON_ITS_WAY
from chalicelib.domain.periods import DAY, HOUR
from chalicelib.domain.recharge import BLOCKED, purchase_id
from chalicelib.domain.usage import UsageEvent
from chalicelib.messages import DueMessage
from tests.actions.life import bought
from tests.actions.mortal import Moments, moments
from tests.actions.recharging import PRO, a_rule, going, pursued, spend, with_subscriber
from tests.actions.refunding import known, refunded
from tests.actions.world import KEY, World
from tests.builders import a_catalogue
from tests.stores import Database


@dataclass
class Life:
    """An account that has lived, and its items to write on."""

    world: World
    database: Database
    pack: Purchase

    def found(self) -> list[str]:
        """The codes of what an audit finds, each once."""
        return sorted({each.code for each in audit(self.world.deps, "acme")})

    def later(self, seconds: int) -> None:
        """Time passes, and nobody does anything."""
        self.world.clock.move_to(self.world.clock.now() + seconds)

    def keys(self, prefix: str) -> list[str]:
        return [sk for sk in self.database.items("acme") if sk.startswith(prefix)]

    def write(self, sk: str, change: Callable[[dict[str, Any]], None]) -> None:
        """The item as somebody leaves it who knows nothing of the others."""
        item = dict(self.database.items("acme")[sk])
        change(item)
        self.database.wire("PutItem", {"TableName": "core", "Item": item})

    def add(self, sk: str, name: str, more: int) -> None:
        """So much more of one number."""
        self.write(sk, lambda item: item.update({name: {"N": str(int(item[name]["N"]) + more)}}))

    def remove(self, sk: str) -> None:
        key = {"pk": {"S": "A#acme"}, "sk": {"S": sk}}
        self.database.wire("DeleteItem", {"TableName": "core", "Key": key})


@contextmanager
def lives() -> Iterator[Callable[[], Life]]:
    """Each call gives that life as it was."""
    with moments() as found:
        life = lived(with_subscriber(found))
        moment = found.kept()

        def again() -> Life:
            found.back_to(moment)
            return life

        yield again


def lived(found: Moments) -> Life:
    """Bought, recharged, used, held, corrected, refunded, adjusted, expired, and into its second period."""
    world = found.world
    pack = bought(world)
    world.deliver()
    a_rule(world)
    spend(world, 1_000_000, "e1")
    pursued(world)
    refunded(world, known(world, pack.id).stripe_payment_intent_id, 200)
    world.deliver()
    _use_and_hold(world)
    adjust_credits(world.deps, "acme", 500, "launch", world.clock.now() + HOUR, KEY)
    adjust_credits(world.deps, "acme", -20, "mistake", None, KEY)
    world.pass_time(world.clock.now() + 40 * DAY)
    book_due(world.deps, DueMessage("acme", 0))
    spend(world, 30, "e3")
    count_usage(world.deps, "acme", [UsageEvent("late", "sessions", world.clock.now() - 20 * DAY, 3)])
    spend(world, 7, "e4")
    life = Life(world, Database(found._wire, "core", "ephemeral", a_catalogue()), known(world, pack.id))
    assert life.database.state("acme").expired
    assert life.keys("P#")
    return life


def _use_and_hold(world: World) -> None:
    now = world.clock.now()
    count_usage(world.deps, "acme", [UsageEvent("g1", "storage", now, value=7)])
    spend(world, 400, "e2")
    correct_usage(world.deps, "acme", Correction("c1", "enrichments", 10, now, "twice", 40), KEY.actor)
    for hold in ("h1", "h2", "h3"):
        place_hold(world.deps, "acme", hold, 100, HOUR, KEY.actor)
    capture_hold(world.deps, "acme", "h1", Capture(30, "sessions", 2), KEY.actor)
    capture_hold(world.deps, "acme", "h2", Capture(30), KEY.actor)
    release_hold(world.deps, "acme", "h3", KEY.actor)


def other_seats(life: Life) -> None:
    life.add("S", "sb", 1)


def a_hold(life: Life) -> None:
    place_hold(life.world.deps, "acme", "h4", 60, HOUR, KEY.actor)


def a_hold_left_over(life: Life) -> None:
    a_hold(life)
    life.later(2 * HOUR + 1)


def a_recharge_left_behind(life: Life) -> None:
    """Given up while its invoice was being made, by a process that died then."""
    deps = life.world.deps
    a_rule(life.world, threshold=10 * PRO)
    message = going(life.world)
    assert message
    invoice = deps.stripe.charges.begin(life.world.stored()[1].stripe_customer_id or "", {}, "eur", key="left")
    give_up(deps, message, BLOCKED, "the invoice took too long")
    name, now = purchase_id(message.number), deps.clock.now()
    deps.store.save_purchase(
        replace(known(life.world, "r1"), id=name, state="open", paid=None, at=now, stripe_invoice_id=invoice), was=None
    )
    life.later(HOUR + 1)


def granted_once_more(life: Life) -> None:
    _grant(life, life.pack.cause)


def granted_to_nobody(life: Life) -> None:
    _grant(life, "purchase:nobody")


def _grant(life: Life, cause: str) -> None:
    deps = life.world.deps
    state, _ = life.world.stored()
    now, lots = deps.clock.now(), deps.store.lots(state)
    assert lots is not None
    change = begin(state, now, deps.catalogue).granting(
        Lot(cause.partition(":")[2], "purchase", 9, 9, now), lots, Line("purchase", 9, cause)
    )
    deps.store.commit(change.because(cause))


def paid_and_nobody_came(life: Life) -> None:
    bought(life.world)
    life.later(ON_ITS_WAY + 1)


def written_down_as_paid(life: Life) -> None:
    item = dict(life.database.items("acme")[f"B#{life.pack.id}"])
    data = item["data"]["S"].replace(life.pack.id, "other")
    item |= {"sk": {"S": "B#other"}, "data": {"S": data}}
    life.database.wire("PutItem", {"TableName": "core", "Item": item})
