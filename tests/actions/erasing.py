"""An account with all that an erasure ends, the erasure, and what is to be seen after it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from chalicelib.actions.asking import Asker
from chalicelib.actions.audit import audit
from chalicelib.actions.buy_credits import buy_credits
from chalicelib.actions.erase import erase
from chalicelib.actions.invite import invite
from chalicelib.actions.members import put_member
from chalicelib.actions.place_hold import place_hold
from chalicelib.actions.set_recharge import RuleWish, set_recharge
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Member
from chalicelib.domain.money import Money
from tests.actions.life import bought
from tests.actions.mortal import Moments, moments, swept, told
from tests.actions.recharging import with_subscriber
from tests.actions.world import KEY, URLS, Instead, World

ADA = Asker("key:test member:ada")


@contextmanager
def a_full_account() -> Iterator[tuple[Moments, bytes]]:
    """An account with all that an erasure ends: a plan that is paid, credits, a hold, a rule, an open page, people."""
    with moments() as found:
        world = with_subscriber(found).again()
        deps = world.deps
        bought(world)
        told(world)
        place_hold(deps, "acme", "h1", 10, 600, "key:test")
        set_recharge(deps, "acme", RuleWish(True, 10, "starter", Money(5_000, "eur")), ADA)
        buy_credits(deps, "acme", "starter", URLS, replace(ADA, operation="op"))
        put_member(deps, "acme", Member("bob", "bob@example.com", "Bob", "member"), ADA)
        invite(deps, "acme", "dora@example.com", "member", ADA)
        told(world)
        yield found, found.kept()


def end(deps: Deps, asker: Asker = KEY) -> int | None:
    return erase(deps, "acme", "Acme", asker)


def piecemeal(world: World, most: int) -> Deps:
    """Deps with which one call erases so many people at most."""
    dossiers = world.deps.store.dossiers
    fewer: Any = Instead(dossiers, {"erase_people": lambda account, _: dossiers.erase_people(account, most)})
    return world.with_store(dossiers=fewer)


def ended(world: World) -> dict[str, Any]:
    """All that there is to see of it, but who asked when."""
    told(world)
    swept(world, 90_000)
    state, profile = world.stored()
    customer = profile.stripe_customer_id
    assert customer is not None
    subscriptions = [each["status"] for each in world.emulator.state.every("subscription")]
    kinds = {sk.partition("#")[0] for sk in items(world)}
    assert not kinds & {"U", "RO", "I", "IX", "IM", "W", "X"}, kinds
    assert profile.erased is not None
    assert (profile.name, profile.email, profile.owners, profile.order) == ("", "", (), None)
    assert profile.checkout_by is None
    assert audit(world.deps, "acme") == []
    assert not world.deps.stripe.customer_exists(customer)
    assert [each["status"] for each in world.emulator.state.every("checkout.session") if each["status"] == "open"] == []
    return {
        "subscriptions": subscriptions,
        "state": (state.plan, state.standing, state.seats_active, state.held, state.balance, state.wish),
        "recharge": state.recharge and (state.recharge.enabled, state.recharge.in_flight),
    }


def items(world: World) -> list[str]:
    engine: Any = world.deps.store
    found, after = list[str](), None
    reader = engine._reader
    while True:
        query = {
            "TableName": "core",
            "KeyConditionExpression": "pk = :a",
            "ExpressionAttributeValues": {":a": {"S": "A#acme"}},
        }
        answer = reader.call("Query", query | ({"ExclusiveStartKey": after} if after else {}))
        found += [item["sk"]["S"] for item in answer["Items"]]
        after = answer.get("LastEvaluatedKey")
        if after is None:
            return found


def meanwhile(deps: Deps, part: str, name: str, happens: Callable[[], Any]) -> Deps:
    """Deps in which this happens right before the first such call on `part` of the store ("": the store itself)."""
    store: Any = deps.store
    owner: Any = getattr(store, part) if part else store
    met: list[bool] = []

    def called(*args: Any, **named: Any) -> Any:
        if not met:
            met.append(True)
            happens()
        return getattr(owner, name)(*args, **named)

    changed: Any = Instead(owner, {name: called})
    return replace(deps, store=Instead(store, {part: changed}) if part else changed)  # type: ignore[arg-type]


def customers_left(world: World) -> list[str]:
    return [each["name"] for each in world.emulator.state.every("customer") if not each.get("deleted")]


def buyers(world: World) -> set[str]:
    return {each.actor for each in world.deps.store.purchases("acme")}
