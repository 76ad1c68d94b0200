"""What must hold of an account's recharge at every write, whenever its card is charged, and in the end."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.adapters.dynamo.records import purchase_from, rule_from
from chalicelib.domain.accounts import State
from chalicelib.domain.journal import Entry
from chalicelib.domain.periods import period_at
from tests.simulation.cashier import Bill, Cashier
from tests.simulation.givebacks import Givebacks
from tests.simulation.table import Change

Items = Mapping[str, Any]
SKEW = 5
FINAL = frozenset({"paid", "failed", "partially_refunded", "refunded", "disputed"})


class Spending:
    """One account's money, told from what Stripe took and gave back."""

    def __init__(self, account: str, cashier: Cashier, givebacks: Givebacks, seen: Counter[str]):
        self.account, self.cashier, self.givebacks, self.seen = account, cashier, givebacks, seen
        self.spent = self.since = 0
        self.items: Items = {}
        self.wished: set[int] = set()

    @property
    def bills(self) -> Iterable[Bill]:
        return [bill for bill in self.cashier.bills.values() if bill.account == self.account]

    # -- at every write

    def committed(self, before: State, after: State, entry: Entry | None, rows: Mapping[str, Change], now: int) -> None:
        """`now` is when the writer took it to be."""
        was, own = before.recharge, after.recharge
        if own is None:
            assert was is None, "the rule is gone"
            return
        self.count(before, after, entry, rows)
        assert own.spent == self.spent, f"{own.spent} spent, not {self.spent}"
        assert bool(own.reserved) == own.in_flight, f"reserved {own.reserved} for {own.mode}"
        if own.count != (was.count if was else 0):
            self.begun(before, after)
        can = own.enabled and (own.mode == "idle" or (own.mode == "backing_off" and (own.look_at or 0) <= now))
        below = after.balance - after.held < own.threshold
        fits = own.spent + own.price <= own.limit
        assert not (can and below and fits), f"{own} should have begun"
        assert not (can and below) or own.told, f"{own} has not told of its limit"
        for bill in self.bills:
            if bill.status == "open" and bill.payment is not None:
                assert own.in_flight, f"{bill} may be paid and nothing is in flight"
                assert own.count == bill.number, f"{bill} may be paid beside {own.count}"
                assert bill.due <= own.reserved, f"{bill} may cost more than {own.reserved}"

    def declined(self, row: Items, card: str | None) -> None:
        """A card that was tried is blamed, or the one that was there when the news came."""
        rule = rule_from(row)
        tried = [bill.tried | {card or ""} for bill in self.bills if bill.number == rule.declined]
        assert not rule.declines or any(rule.card in each for each in tried), f"{rule.card} was never declined"

    def begun(self, before: State, after: State) -> None:
        was, own = before.recharge, after.recharge
        assert own
        assert own.count == (was.count if was else 0) + 1, "a number left out"
        assert own.mode == "pending", f"begun and {own.mode}"
        assert own.enabled, "begun while disabled"
        assert own.spent + own.reserved <= own.limit, "begun beyond the limit"
        assert after.available < own.threshold, "begun without need"
        self.wished.add(own.count)

    def count(self, before: State, after: State, entry: Entry | None, rows: Mapping[str, Change]) -> None:
        """What is spent in this period, and the part of it that was cut off: what was paid, less what went back."""
        if entry is None:
            return
        is_cut = "anchor" in entry.changed and entry.at < before.period.end
        self.since = self.since or before.period.start
        if before.period.start != after.period.start and not is_cut:
            self.spent, self.since = 0, after.period.start
        for line in entry.lines:
            if line.kind == "recharge":
                assert line.money
                item = f"B#{line.cause.removeprefix('recharge:')}"
                row = rows[item].new if item in rows else self.items[item]
                is_of_now = row is not None and (purchase_from(row).paid_at or 0) >= self.since
                self.spent += line.money.amount if is_of_now else 0
                self.seen["charged in one period, granted in the next"] += not is_of_now
        for sk, row in rows.items():
            if sk.startswith("B#r") and row.old and row.new:
                old, new = purchase_from(row.old), purchase_from(row.new)
                if new.paid_at is not None and new.paid_at >= self.since:
                    self.spent = max(0, self.spent + old.refunded - new.refunded)

    # -- when money moves

    def may_pay(self, bill: Bill, state: State, seen: int | None, now: int) -> None:
        """`seen` is the limit that whoever pays has read last."""
        own = state.recharge
        assert own
        self.is_this_one(bill, state)
        assert bill.number in self.wished, f"{bill} is charged and nobody wished it"
        period = state.period
        bill.period = period.start if now < period.end + SKEW else period_at(state.anchor, now).start
        others = [each for each in self.bills if each.period == bill.period and each is not bill]
        book = sum(each.paid - min(each.paid, self.gone(each)) for each in others)
        limit = max(own.limit, seen or 0)
        assert book + bill.due <= limit, f"{bill} charged with {book} spent of {limit}"

    def is_this_one(self, bill: Bill, state: State) -> None:
        own = state.recharge
        assert own, "charged without a rule"
        assert own.in_flight, f"{bill} charged, and {own.mode}"
        assert own.count == bill.number, f"{bill} charged while {own.count} is in flight"
        assert bill.due <= own.reserved, f"{bill} charged with {own.reserved} reserved"

    def gone(self, bill: Bill) -> int:
        paid = self.givebacks.paid.get(bill.intent)
        return paid.highest if paid else 0

    # -- in the end

    def ended(self, state: State, granted: Mapping[str, int], items: Items) -> None:
        """Everything that was charged is granted, and nothing else; nothing is open or reserved."""
        own = state.recharge
        assert own is None or not own.in_flight, f"{own} never ends"
        paid = sorted(f"recharge:r{bill.number}" for bill in self.bills if bill.status == "paid")
        came = sorted(cause for cause in granted if cause.startswith("recharge:"))
        assert paid == came, f"paid {paid}, granted {came}"
        alive = [bill for bill in self.bills if bill.is_alive]
        assert not alive, f"left behind: {alive}"
        kept = [purchase_from(item) for sk, item in items.items() if sk.startswith("B#r")]
        assert all(each.state in FINAL for each in kept), f"purchases {kept}"
        for payment in self.givebacks.paid.values():
            if payment.account == self.account:
                purchase = purchase_from(items[f"B#{payment.purchase}"])
                assert purchase.lost == payment.lost, f"{purchase} has not lost {payment.lost}"
                assert purchase.taken == purchase.credits * payment.lost // payment.amount, f"{purchase} taken"
        if own is not None:
            has_card = f"cus_{self.account}" in self.cashier.default
            assert own.mode != "no_payment_method" or not has_card, "the card that is there is never tried"
            rule = rule_from(items["R"])
            blocked = own.mode == "blocked"
            assert blocked == bool(rule.blocked_by) or own.mode == "no_payment_method", f"{own.mode} and {rule}"
            self.seen["recharged"] += len(came)
            self.seen[f"ends {own.mode}"] += 1
