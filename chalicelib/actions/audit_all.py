"""Auditing account after account by night, as many as one night takes; the next one goes on from there.

An account that cannot be audited is counted, too: what nobody has looked at is not known to be sound.
"""

import logging

from chalicelib.actions.audit import audit
from chalicelib.deps import Deps
from chalicelib.errors import UnknownAccount

log = logging.getLogger(__name__)

PAGES = 5_000
"""Pages of the table that a night reads, each at most 1 MB or 128 read units: 640,000 of them at the very most. The
journals that are read besides cost more: of an account what actions/audit.py says."""
ACCOUNTS = 5_000
"""Accounts after which a night ends, with one list at Stripe each; the last page's may be more by a few."""
SECONDS = 600
"""A page begun later than this waits for the next night: the function has 900, and does something else first."""

SAVED = 60
"""Seconds after which a night writes down where it is, should it die; one that sees all accounts writes nothing."""


def audit_all(deps: Deps) -> int:
    """How many findings there were."""
    stored = cursor = deps.store.sweeps.audit_cursor()
    begun = saved = deps.clock.now()
    accounts = findings = failed = 0
    for _ in range(PAGES):
        page, cursor = deps.store.sweeps.accounts_from(cursor)
        for account in page:
            found = _findings(deps, account)
            findings, failed = findings + (found or 0), failed + (found is None)
        accounts, now = accounts + len(page), deps.clock.now()
        if cursor is None or accounts >= ACCOUNTS or now - begun >= SECONDS:
            break
        if now - saved >= SAVED:
            deps.store.sweeps.move_audit_cursor(cursor)
            stored, saved = cursor, now
    if cursor != stored:
        deps.store.sweeps.move_audit_cursor(cursor)
    log.info("audit.done", extra={"accounts": accounts, "findings": findings, "failed": failed})
    return findings


def _findings(deps: Deps, account: str) -> int | None:
    """How many, each told in the log; None where the account could not be read or Stripe not be asked."""
    try:
        found = audit(deps, account)
    except UnknownAccount:
        return 0
    except Exception:  # Whatever one account's items hold, the others are looked at.
        log.exception("audit.failed", extra={"account_id": account})
        return None
    for each in found:
        log.error("audit.finding", extra={"account_id": account, "code": each.code, "detail": each.detail})
    return len(found)
