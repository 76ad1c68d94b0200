"""What a refunded or disputed recharge does to its rule: no card is charged again by itself for money that came back.

The rule is blocked until it is saved anew, or until nothing of the recharge is lost any more. A recharge in flight goes
on: whoever ends it finds `blocked_by`.
"""

from dataclasses import replace

from chalicelib.domain.credits import Purchase
from chalicelib.domain.journal import Change
from chalicelib.domain.notices import Kind, Notice
from chalicelib.domain.recharge import BLOCKED, MONEY_CAME_BACK, Recharge, Rule, counts, given_back


def with_loss(change: Change, rule: Rule, before: Purchase, purchase: Purchase, ends: Purchase) -> tuple[Change, Rule]:
    """The change and the rule, once the recharge's purchase has lost more, or less, than before.

    In `blocked_by` its id stands beside whatever else blocks. `ends` is the purchase once all is booked that moved:
    what is back, and about to go again, lifts nothing.
    """
    own = change.after.recharge
    if own is None:
        return change, rule
    if counts(own, change.after.period, purchase.paid_at):
        own = replace(own, spent=max(0, own.spent + before.refunded - purchase.refunded))
    change = change.setting(recharge=own)
    if before.lost == purchase.lost or before.lost > purchase.lost > 0:
        return change, rule
    left = tuple(each for each in rule.blocked_by if each != purchase.id)
    now_by = (*left, purchase.id) if ends.lost else left
    is_known, rule = purchase.id in rule.blocked_by, replace(rule, blocked_by=now_by)
    if ends.lost:
        return (change, rule) if own.in_flight or is_known else _blocked(change, own, rule, purchase)
    if left or not is_known:
        return change, rule
    return change.setting(recharge=own if own.in_flight else given_back(own)), replace(rule, detail=None)


def _blocked(change: Change, own: Recharge, rule: Rule, purchase: Purchase) -> tuple[Change, Rule]:
    """Told where it was not blocked before: by its card it may have been."""
    kind: Kind = "recharge_blocked"
    notice = Notice(f"{kind}:{purchase.account}:{purchase.id}:{change.before.entries}", kind, MONEY_CAME_BACK)
    told = () if own.mode == BLOCKED else (notice,)
    return change.setting(recharge=given_back(own, BLOCKED)).noticing(*told), replace(rule, detail=MONEY_CAME_BACK)
