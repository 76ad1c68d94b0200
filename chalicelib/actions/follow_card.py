"""Following the card: where another one is there, or none any more, the recharge is decided anew."""

from dataclasses import replace

from chalicelib.actions.change_account import Commit
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.cards import card_of
from chalicelib.domain.journal import begin
from chalicelib.domain.recharge import NO_PAYMENT_METHOD, lifted, with_card, without_card


def following_card(deps: Deps, state: State, commit: Commit | None, profile: Profile) -> Commit | None:
    """The commit with what the card of its profile means to the recharge; None where nothing is to be written."""
    saved = commit.profile if commit and commit.profile else profile
    own = state.recharge
    rule = deps.store.rule(state.account, consistent=True) if own is not None else None
    if own is None or rule is None:
        return commit
    card = card_of(saved)
    free = lifted(rule) if card is not None and card != rule.card else rule
    if with_card(own, free, card) == own and free == rule:
        return commit
    commit = commit or Commit()
    change = commit.change or begin(state, deps.clock.now(), deps.catalogue).because("payment_method")
    before = change.after.recharge or own
    after = with_card(before, free, card)
    if after.mode == NO_PAYMENT_METHOD:
        # What was told of the card that is gone is of no use any more.
        free = replace(free, detail=None)
    change = change.noticing(*without_card(before, after, f"{state.account}:rule:{state.entries}"))
    beside = replace(commit.beside, rule=free) if free != rule else commit.beside
    return Commit(change.setting(recharge=after), commit.profile, beside)
