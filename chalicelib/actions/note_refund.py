"""Noting a refund that failed: the bank would not take the money, so somebody must send it another way.

Its amount is back in the balance at Stripe then. Source: https://docs.stripe.com/refunds#failed-refunds
"""

import logging

from chalicelib.actions.change_account import Commit, change_account
from chalicelib.deps import Deps
from chalicelib.domain.accounts import Profile, State
from chalicelib.domain.journal import begin
from chalicelib.domain.notices import Notice
from chalicelib.domain.refunds import SECOND_SUBSCRIPTION
from chalicelib.errors import UnknownAccount

log = logging.getLogger(__name__)


def note_refund(deps: Deps, stripe_refund_id: str) -> None:
    """The account is told of a refund of its second subscription that came to nothing; the notice's id is stable."""
    refund = deps.stripe.refund(stripe_refund_id)
    account = refund.account
    if refund.kind != SECOND_SUBSCRIPTION or account is None or refund.status != "failed":
        return
    about = {"account_id": account, "stripe_refund_id": stripe_refund_id}
    log.error("refund.failed", extra=about)
    cause = f"refund_failed:{stripe_refund_id}"
    detail = f"{refund.money} for a second subscription did not reach the bank: send it another way"

    def decide(state: State, _: Profile) -> Commit:
        change = begin(state, deps.clock.now(), deps.catalogue).because(cause)
        return Commit(change.noticing(Notice(cause, "refund_failed", detail)))

    try:
        change_account(deps, account, decide)
    except UnknownAccount:
        log.info("refund.of_unknown_account", extra=about)
