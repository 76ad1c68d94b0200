"""The self-audit finds each thing that is not as it must be, that one alone, and nothing in a life however rich."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.actions.audit import audit
from chalicelib.domain.findings import CODES
from chalicelib.domain.periods import HOUR
from tests.actions.auditing import (
    Life,
    a_hold,
    a_hold_left_over,
    a_recharge_left_behind,
    granted_once_more,
    granted_to_nobody,
    other_seats,
    paid_and_nobody_came,
    written_down_as_paid,
)
from tests.actions.recharging import PRO, a_rule, shown
from tests.actions.refunding import known


def middle(life: Life) -> str:
    entries = life.keys("E#")
    return entries[len(entries) // 2]


def old_period(life: Life) -> str:
    """One in which something was used."""
    return next(sk for sk in life.keys("P#") if '"c":' in life.database.items("acme")[sk]["u"]["S"])


def no_entry_in_the_middle(life: Life) -> None:
    life.remove(middle(life))


def no_first_entry(life: Life) -> None:
    life.remove(life.keys("E#")[0])


def no_last_entry(life: Life) -> None:
    life.remove(life.keys("E#")[-1])


def one_entry_too_many(life: Life) -> None:
    day, number = life.keys("E#")[-1].split("#")[1:]
    item = dict(life.database.items("acme")[life.keys("E#")[-1]])
    item |= {"sk": {"S": f"E#{day}#{int(number) + 1:08}"}, "n": {"N": str(int(number) + 1)}}
    life.database.wire("PutItem", {"TableName": "core", "Item": item})


def another_balance(life: Life) -> None:
    life.add(middle(life), "bal", 1)


def an_entry_unlike_its_lines(life: Life) -> None:
    sk = next(
        sk for sk in life.keys("E#") if "adjustment" in life.database.items("acme")[sk].get("li", {}).get("S", "")
    )
    life.add(sk, "g", 1)
    life.add(sk, "s", 1)
    life.add("S", "g", 1)
    life.add("S", "s", 1)


def other_totals(life: Life) -> None:
    life.add("S", "g", 5)
    life.add("S", "s", 5)


def more_expired(life: Life) -> None:
    life.add("S", "e", 5)
    life.add("S", "g", 5)


def another_limit(life: Life) -> None:
    life.add("S", "rl", 1)


def more_used(life: Life) -> None:
    life.add("S", "uc", 1)


def more_used_then(life: Life) -> None:
    life.write(old_period(life), lambda item: item.update(u={"S": item["u"]["S"].replace('"c":', '"c":1')}))


def a_period_gone(life: Life) -> None:
    life.remove(old_period(life))


def less_left_in_lots(life: Life) -> None:
    left = life.database.state("acme").balance
    life.write("L", lambda item: item.update(q={"S": f'[["r1","recharge",{PRO},{left - 1},1,null]]'}))


def more_left_in_lots(life: Life) -> None:
    queue = f'[["r1","recharge",{PRO},{PRO},1,null],["p","purchase",{PRO},{PRO},1,null]]'
    life.write("L", lambda item: item.update(q={"S": queue}))


def left_in_another_lot(life: Life) -> None:
    """As much as before: one that is used up has what the next one lacks."""
    change = life.database.items("acme")["L"]["q"]["S"].replace(
        f'["r1","recharge",{PRO},', f'["{life.pack.id}","purchase",{PRO},'
    )
    life.write("L", lambda item: item.update(q={"S": change}))


def no_lots(life: Life) -> None:
    life.remove("L")


def a_hold_not_listed(life: Life) -> None:
    a_hold(life)
    life.remove(life.keys("X#")[0])


def a_hold_listed_in_vain(life: Life) -> None:
    a_hold(life)
    a_second_time = dict(life.database.items("acme")[life.keys("X#")[0]])
    a_second_time["sk"] = {"S": a_second_time["sk"]["S"].replace("h4", "h1")}
    life.database.wire("PutItem", {"TableName": "core", "Item": a_second_time})


def a_larger_hold(life: Life) -> None:
    a_hold(life)
    life.add("H#h4", "credits", 1)


def a_recharge_left_over(life: Life) -> None:
    a_rule(life.world, threshold=10 * PRO)
    assert shown(life.world).state == "pending"
    life.later(60 + HOUR + 1)


def granted_while_open(life: Life) -> None:
    life.write(f"B#{life.pack.id}", _restated("open"))


def a_member_not_counted(life: Life) -> None:
    item = dict(life.database.items("acme")["U#ada"])
    life.database.wire("PutItem", {"TableName": "core", "Item": item | {"sk": {"S": "U#bob"}, "role": {"S": "member"}}})


def an_owner_by_role_no_more(life: Life) -> None:
    life.write("U#ada", lambda item: item.update(role={"S": "member"}))


def _restated(state: str) -> Callable[[dict[str, Any]], None]:
    """The purchase's state is in its item twice."""

    def change(item: dict[str, Any]) -> None:
        data = item["data"]["S"].replace(f'"state":"{item["state"]["S"]}"', f'"state":"{state}"')
        item |= {"state": {"S": state}, "data": {"S": data}}

    return change


def granted_for_an_open_invoice(life: Life) -> None:
    _invoice_of(life, known(life.world, "r1").stripe_invoice_id)["status"] = "open"


def _invoice_of(life: Life, stripe_invoice_id: str | None) -> Any:
    [invoice] = [each for each in life.world.emulator.state.every("invoice") if each["id"] == stripe_invoice_id]
    return invoice


def charged_and_not_counted(life: Life) -> None:
    def change(item: dict[str, Any]) -> None:
        data = json.loads(item["data"]["S"])
        data["paid_at"] = life.world.clock.now()
        item["data"] = {"S": json.dumps(data)}

    life.write("B#r1", change)


def uncollectible_and_not_in_flight(life: Life) -> None:
    """It can still be paid."""
    a_recharge_left_behind(life)
    [invoice] = [each for each in life.world.emulator.state.every("invoice") if each["status"] in ("draft", "open")]
    invoice["status"] = "uncollectible"


PLANTED: list[tuple[Callable[[Life], None], str]] = [
    (no_entry_in_the_middle, "entry_missing"),
    (no_first_entry, "entry_missing"),
    (no_last_entry, "entry_missing"),
    (one_entry_too_many, "entry_missing"),
    (another_balance, "balance_breaks"),
    (an_entry_unlike_its_lines, "balance_breaks"),
    (other_totals, "totals_differ"),
    (other_seats, "state_differs"),
    (another_limit, "state_differs"),
    (more_used, "counters_differ"),
    (more_used_then, "counters_differ"),
    (a_period_gone, "counters_differ"),
    (less_left_in_lots, "lots_differ"),
    (more_left_in_lots, "lots_differ"),
    (left_in_another_lot, "lots_differ"),
    (no_lots, "lots_differ"),
    (a_member_not_counted, "seats_differ"),
    (an_owner_by_role_no_more, "owners_differ"),
    (a_hold_not_listed, "holds_differ"),
    (a_hold_listed_in_vain, "holds_differ"),
    (a_larger_hold, "holds_differ"),
    (a_hold_left_over, "hold_overdue"),
    (a_recharge_left_over, "reservation_old"),
    (a_recharge_left_behind, "recharge_stranded"),
    (uncollectible_and_not_in_flight, "recharge_stranded"),
    (charged_and_not_counted, "spent_differs"),
    (granted_once_more, "granted_twice"),
    (granted_to_nobody, "granted_unpaid"),
    (granted_while_open, "granted_unpaid"),
    (granted_for_an_open_invoice, "granted_unpaid"),
    (paid_and_nobody_came, "paid_not_granted"),
    (written_down_as_paid, "paid_not_granted"),
]


def test_a_rich_life_is_sound(life: Life) -> None:
    assert audit(life.world.deps, "acme") == []


def test_every_code_is_planted() -> None:
    assert {code for _, code in PLANTED} == CODES


@pytest.mark.parametrize(("plant", "code"), PLANTED, ids=[plant.__name__ for plant, _ in PLANTED])
def test_what_is_wrong_is_found_and_nothing_else(life: Life, plant: Callable[[Life], None], code: str) -> None:
    plant(life)
    before = life.database.items("acme")

    assert life.found() == [code]
    assert life.database.items("acme") == before


def test_the_total_that_is_held_against_the_journal_is_each_of_them(life: Life) -> None:
    more_expired(life)

    assert life.found() == ["state_differs", "totals_differ"]
