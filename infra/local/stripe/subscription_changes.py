"""A change of what a subscription sells, reckoned before it is made: its new items, and the lines that it bills.

Previews and updates both come from here. In flexible billing mode only `billing_cycle_anchor: {type: now}` begins a
new period: a price of another interval otherwise joins that interval's period around the anchor, the running one.
"""

from dataclasses import dataclass
from typing import Any

from infra.local.stripe import invoice_lines, item_changes, prorations, subscription_items
from infra.local.stripe.errors import invalid
from infra.local.stripe.periods import period_around
from infra.local.stripe.prorations import Billed
from infra.local.stripe.state import Object, Params, State

ASKED_BY = ("items", "billing_cycle_anchor")


@dataclass(frozen=True)
class Change:
    items: list[Object]
    anchor: int
    moves_anchor: bool
    # What the change bills: prorations, and whole periods where the anchor is moved.
    lines: list[Object]
    billed: dict[str, Billed]
    bills_now: bool
    at: int


def asked_for(params: Params) -> bool:
    return any(name in params for name in ASKED_BY)


def reckon(state: State, subscription: Object, params: Params) -> Change:
    """What the parameters of an update come to; raises Refusal for what cannot be. Changes nothing."""
    behavior = params.get("proration_behavior", "create_prorations")
    resets = params.get("billing_cycle_anchor", {}).get("type") == "now"
    anchor = state.now() if resets else subscription["billing_cycle_anchor"]
    items = item_changes.read(state, subscription, params.get("items", []))
    old = {item["id"]: item for item in subscription["items"]["data"]}
    changed = items if resets else [item for item in items if _differs(item, old.get(item["id"]))]
    for item in changed:
        _set_period(state, item, old.get(item["id"]), anchor, resets)
    gone = [item_id for item_id in old if item_id not in {item["id"] for item in items}]
    at = _instant(state, subscription, params, [old[each["id"]] for each in changed if each["id"] in old])
    sold = prorations.whole_periods(state, subscription, items)
    lines = [] if behavior == "none" else _credits(state, subscription, [*gone, *(each["id"] for each in changed)], at)
    if resets:
        lines += [invoice_lines.subscription_line(state, subscription, item) for item in items]
    elif behavior != "none":
        lines += [prorations.remaining(state, subscription, item, sold[item["id"]].amount, at) for item in changed]
    return Change(
        items=items,
        anchor=anchor,
        moves_anchor=resets,
        lines=lines,
        billed=_billed_after(subscription, sold, changed if resets or behavior != "none" else []),
        bills_now=bool(lines) and (resets or behavior == "always_invoice"),
        at=at,
    )


def make(state: State, subscription: Object, change: Change, invoice: Object | None = None) -> None:
    """Let the subscription be as the change says. What is billed now is the caller's to bill, or `invoice` bills it."""
    billed_before = subscription.get("_billed", {})
    kept = {item["id"] for item in change.items}
    for item in subscription["items"]["data"]:
        if item["id"] not in kept:
            state.remove(item)
    for item in change.items:
        state.add(item)
    show(subscription, change)
    if invoice:
        note_billed(subscription, billed_before, invoice)


def note_billed(subscription: Object, before: dict[str, Billed], invoice: Object) -> None:
    """Note with a change's invoice what it makes of what was last billed, and what that was before."""
    invoice["_billed"] = (before, subscription["_billed"])


def unbilled(subscription: Object | None, invoice: Object) -> None:
    """A voided invoice has billed nothing: a later credit refers to what was billed before it."""
    before, after = invoice.get("_billed", ({}, None))
    if subscription and after is not None and subscription.get("_billed") == after:
        subscription["_billed"] = before


def show(subscription: Object, change: Change) -> None:
    """Put the change into a subscription, which may be a copy: nothing else is touched."""
    subscription["items"] = subscription_items.listing(subscription["id"], change.items)
    subscription["billing_cycle_anchor"] = change.anchor
    if subscription["cancel_at_period_end"]:
        subscription["cancel_at"] = subscription_items.first_end(subscription)
    subscription["_billed"] = change.billed
    if not change.bills_now:
        subscription["_pending_lines"] = [*subscription.get("_pending_lines", []), *change.lines]


def _differs(item: Object, old: Object | None) -> bool:
    return old is None or (item["price"]["id"], item["quantity"]) != (old["price"]["id"], old["quantity"])


def _set_period(state: State, item: Object, old: Object | None, anchor: int, resets: bool) -> None:
    if resets:
        subscription_items.begin_period({"billing_cycle_anchor": anchor}, item, anchor)
        return
    recurring = item["price"]["recurring"]
    if old is None or _interval(recurring) != _interval(old["price"]["recurring"]):
        start, end = period_around(anchor, state.now(), *_interval(recurring))
        item.update(current_period_start=start, current_period_end=end)


def _interval(recurring: dict[str, Any]) -> tuple[str, int]:
    return recurring["interval"], recurring["interval_count"]


def _instant(state: State, subscription: Object, params: Params, items: list[Object]) -> int:
    """The instant of the proration, which must lie in the running period of every item that it is about."""
    at = params.get("proration_date")
    if at is None:
        return state.now()
    if params.get("proration_behavior") == "none":
        raise invalid("You cannot pass `proration_date` when `proration_behavior` is `none`.", param="proration_date")
    start = max((item["current_period_start"] for item in items), default=at)
    end = min((item["current_period_end"] for item in items), default=at)
    if not max(start, _phase_start(state, subscription)) <= at <= end:
        raise invalid(
            "Invalid `proration_date`: it must be within the current period and the current phase of the subscription.",
            param="proration_date",
        )
    return at


def _phase_start(state: State, subscription: Object) -> int:
    schedule = state.find(subscription["schedule"] or "") or {}
    return (schedule.get("current_phase") or {"start_date": 0})["start_date"]


def _credits(state: State, subscription: Object, item_ids: list[str], at: int) -> list[Object]:
    """What was billed for these items and is not used up; of one that was never billed, nothing."""
    was = subscription.get("_billed", {})
    return [prorations.unused(state, subscription, each, was[each], at) for each in item_ids if each in was]


def _billed_after(subscription: Object, sold: dict[str, Billed], rebilled: list[Object]) -> dict[str, Billed]:
    """What whole periods were last billed at, once the change is billed."""
    kept = {item_id: billed for item_id, billed in subscription.get("_billed", {}).items() if item_id in sold}
    return {**kept, **{item["id"]: sold[item["id"]] for item in rebilled}}
