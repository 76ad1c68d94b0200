"""Following the card: where another one is there, or none any more, the recharge is decided anew."""

from dataclasses import replace

from chalicelib.actions.change_account import Commit
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.cards import card_of
from chalicelib.domain.journal import begin
from chalicelib.domain.periods import Instant
from chalicelib.domain.recharge import (
    NO_PAYMENT_METHOD,
    PENDING,
    Recharge,
    Rule,
    lifted,
    reconsidered,
    told_without_card,
    with_card,
)


def following_card(deps: Deps, state: State, commit: Commit | None, profile: Profile) -> Commit | None:
    """The commit with what the card of its profile means to the recharge; None where nothing is to be written."""
    saved = commit.profile if commit and commit.profile else profile
    own = state.recharge
    rule = deps.store.rule(state.account, consistent=True) if own is not None else None
    if own is None or rule is None:
        return commit
    card, now = card_of(saved), deps.clock.now()
    free = lifted(rule) if card is not None and card != rule.card else rule
    is_other = card not in (None, card_of(profile))
    if _followed(own, free, card, now, is_other=is_other) == own and free == rule:
        return commit
    commit = commit or Commit()
    change = commit.change or begin(state, now, deps.catalogue).because("payment_method")
    before = change.after.recharge or own
    after = _followed(before, free, card, now, is_other=is_other)
    if after.mode != before.mode and after.mode in (NO_PAYMENT_METHOD, PENDING):
        # What was told of the card that is gone is of no use any more.
        # But where the bank waits is known by it, until whatever waits there is over.
        free = replace(free, detail=None, action_url=free.action_url if after.mode == PENDING else None)
    change = change.noticing(*told_without_card(before, after, state.account, state.entries))
    beside = replace(commit.beside, rule=free) if free != rule else commit.beside
    return Commit(change.setting(recharge=after), commit.profile, beside)


def _followed(own: Recharge, rule: Rule, card: str | None, now: Instant, *, is_other: bool) -> Recharge:
    return with_card(reconsidered(own, now) if is_other else own, rule, card)
