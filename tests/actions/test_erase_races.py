"""Erasing an account while others write to it, or just died: nobody is named afterwards, and nothing is sold."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.actions.buy_credits import buy_credits
from chalicelib.actions.open_portal import open_portal
from chalicelib.actions.put_account import put_account
from chalicelib.deps import Deps
from chalicelib.request_errors import Erased
from tests.actions.erasing import ADA, KEY, a_full_account, buyers, customers_left, end, ended, meanwhile
from tests.actions.mortal import Fate, Moments, dies, mortal, told
from tests.actions.world import URLS, Died, Instead


@pytest.fixture(scope="module")
def kept() -> Iterator[tuple[Moments, bytes]]:
    with a_full_account() as found:
        yield found


@pytest.mark.parametrize("ask", ["portal", "pack"])
def test_no_customer_is_made_while_the_account_is_erased(kept: tuple[Moments, bytes], ask: str) -> None:
    found, moment = kept
    world = found.back_to(moment)
    asks: dict[str, Callable[[Deps], Any]] = {
        "portal": lambda deps: open_portal(deps, "acme", URLS[0], None, replace(KEY, operation="late")),
        "pack": lambda deps: buy_credits(deps, "acme", "starter", URLS, replace(ADA, operation="late")),
    }

    def asked() -> None:
        with pytest.raises(Erased):
            asks[ask](world.deps)

    end(meanwhile(world.deps, "dossiers", "erase_people", asked))

    assert customers_left(world) == []
    assert world.deps.store.purchase("acme", "late", consistent=True) is None
    ended(world)


def test_a_customer_made_just_when_the_account_is_erased_is_deleted_again(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    customer = world.stored()[1].stripe_customer_id
    assert customer is not None
    world.operator.v1.customers.delete(customer)
    told(world)
    racing = meanwhile(world.deps, "", "attach_customer", lambda: end(world.deps))

    with pytest.raises(Erased):
        open_portal(racing, "acme", URLS[0], None, replace(KEY, operation="late"))

    assert customers_left(world) == []


def test_a_customer_whose_maker_died_before_noting_him_is_deleted(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    customer = world.stored()[1].stripe_customer_id
    assert customer is not None
    world.operator.v1.customers.delete(customer)
    told(world)
    with pytest.raises(Died):
        open_portal(mortal(world.deps, Fate(world, 1, dies)), "acme", URLS[0], None, replace(KEY, operation="late"))
    put_account(world.deps, "acme", "Acme", "another@example.com", None, KEY)
    assert customers_left(world) == ["Acme"]

    end(world.deps)

    assert customers_left(world) == []


def test_of_a_customer_made_while_the_address_changed_there_is_no_second(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    world.operator.v1.customers.delete(world.stored()[1].stripe_customer_id or "")
    told(world)

    def moves() -> None:
        put_account(world.deps, "acme", "Acme", "another@example.com", None, KEY)

    open_portal(meanwhile(world.deps, "", "attach_customer", moves), "acme", URLS[0], None, KEY)
    assert customers_left(world) == ["Acme"]
    end(world.deps)

    assert customers_left(world) == []


@pytest.mark.parametrize("save", [1, 2])
def test_a_pack_asked_for_just_before_is_not_sold_and_names_nobody(kept: tuple[Moments, bytes], save: int) -> None:
    found, moment = kept
    world = found.back_to(moment)
    before = world.deps.store.save_purchase
    saves = [meanwhile(world.deps, "", "save_purchase", lambda: end(world.deps)).store.save_purchase]
    saves[:0] = [before] * (save - 1)
    met = iter(saves)
    store: Any = Instead(world.deps.store, {"save_purchase": lambda *args, **named: next(met)(*args, **named)})

    with pytest.raises(Erased):
        buy_credits(replace(world.deps, store=store), "acme", "starter", URLS, replace(ADA, operation="late"))

    assert buyers(world) == {"key:test"}
    assert [each for each in world.emulator.state.every("checkout.session") if each["status"] == "open"] == []


def test_a_pack_paid_while_the_account_is_erased_names_nobody(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    [opened] = [each for each in world.deps.store.purchases("acme") if each.state == "open"]
    world.pay(opened.stripe_session_id or "")
    real = world.deps

    world.deps = meanwhile(real, "", "commit", lambda: end(real))
    told(world)
    world.deps = real

    assert [each.state for each in world.deps.store.purchases("acme")] == ["paid", "paid"]
    assert buyers(world) == {"key:test"}


def test_a_pack_that_expired_while_the_account_is_erased_names_nobody(kept: tuple[Moments, bytes]) -> None:
    found, moment = kept
    world = found.back_to(moment)
    [opened] = [each for each in world.deps.store.purchases("acme") if each.state == "open"]
    world.operator.v1.checkout.sessions.expire(opened.stripe_session_id or "")
    real = world.deps

    world.deps = meanwhile(real, "", "save_purchase", lambda: end(real))
    told(world)
    world.deps = real

    assert [each.state for each in world.deps.store.purchases("acme")] == ["expired", "paid"]
    assert buyers(world) == {"key:test"}
