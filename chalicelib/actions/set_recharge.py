"""Setting the recharge's rule, the whole of it at once; that lifts whatever has blocked it but a refused card."""

from dataclasses import dataclass, replace
from typing import Any

from chalicelib.actions.asking import Asker
from chalicelib.actions.change_account import Commit, change_account
from chalicelib.actions.change_once import finishing_with, outcome_of
from chalicelib.deps import Beside, Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.cards import card_of
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.finished import UPDATED
from chalicelib.domain.journal import Touch, begin
from chalicelib.domain.money import Money
from chalicelib.domain.packs import Pack
from chalicelib.domain.prices import EXCLUSIVE
from chalicelib.domain.recharge import (
    BLOCKED,
    IDLE,
    NO_PAYMENT_METHOD,
    Recharge,
    Rule,
    chosen,
    cost_of,
    is_refused,
    saved,
    told_without_card,
)
from chalicelib.errors import Invalid, Problem, UnknownPack


@dataclass(frozen=True)
class RuleWish:
    """The rule as a customer wishes it."""

    enabled: bool
    threshold: int
    pack: str
    limit: Money


def set_recharge(deps: Deps, account: str, wish: RuleWish, asker: Asker) -> State:
    """The account with this rule; where the credits are below its threshold it begins in this very write.

    The same operation once more changes nothing, neither what was saved since nor what has blocked the rule since.

    Raises UnknownAccount, UnknownPack, or Invalid for a limit in another currency than the catalogue's.
    """
    pack, catalogue = deps.catalogue.packs.get(wish.pack), deps.catalogue
    if pack is None:
        raise UnknownPack(f"there is no pack {wish.pack}")
    if wish.limit.currency != catalogue.currency:
        raise Invalid([Problem("spending_limit.currency", f"must be {catalogue.currency}")])
    wished = Recharge(wish.enabled, wish.threshold, expected_cost(pack, catalogue), wish.limit.amount)

    def decide(state: State, profile: Profile) -> Commit | None:
        if outcome_of(deps, asker.operation):
            return None
        known = deps.store.rule(account, consistent=True)
        change = begin(state, deps.clock.now(), catalogue)
        before, card = change.after.recharge, card_of(profile)
        rule = chosen(known, pack.id, card)
        recharge = saved(wished, before, _mode(rule, card))
        rule = replace(known, pack=pack.id, blocked_by=()) if known and recharge.in_flight else rule
        before_shown, after_shown = _shown(state.recharge, known, catalogue), _shown(recharge, rule, catalogue)
        change = change.noticing(*told_without_card(before, recharge, account, state.entries))
        change = change.touching(Touch("recharge_rule", None, before_shown, after_shown))
        change = change.setting(recharge=recharge).because("recharge_rule", asker.actor)
        return finishing_with(Commit(change, beside=Beside(rule=rule)), asker.operation, UPDATED)

    return change_account(deps, account, decide)


def _shown(recharge: Recharge | None, rule: Rule | None, catalogue: Catalogue) -> dict[str, Any] | None:
    """The rule as the audit log tells it."""
    if recharge is None or rule is None:
        return None
    limit = {"amount": recharge.limit, "currency": catalogue.currency}
    return {"enabled": recharge.enabled, "threshold": recharge.threshold, "pack": rule.pack, "spending_limit": limit}


def _mode(rule: Rule, card: str | None) -> str:
    """In which it waits for credits to fall, or for a card."""
    if card is None:
        return NO_PAYMENT_METHOD
    return BLOCKED if is_refused(rule, card) else IDLE


def expected_cost(pack: Pack, catalogue: Catalogue) -> int:
    """What a pack is expected to cost; where tax comes on top nobody knows it yet, so the highest is taken."""
    price = pack.price
    percent = catalogue.tax_rate_highest_percent if price.tax_behavior == EXCLUSIVE else 0
    return cost_of(price.money.amount, percent)
