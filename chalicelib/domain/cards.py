"""Cards: what an account is told of what will be charged next, before a renewal fails over it.

Told once for its cause: the same card is looked at again and again, so the profile remembers what was told of it.
"""

from dataclasses import replace

from chalicelib.domain.accounts import Profile
from chalicelib.domain.notices import Notice
from chalicelib.domain.periods import DAY, Instant, day_start, months_after
from chalicelib.domain.subscriptions import PaymentMethod

EXPIRING_DAYS = 30
"""How long before its end a card is told to expire; a card is good to the end of its month."""


def with_payment_method(
    profile: Profile, method: PaymentMethod | None, now: Instant
) -> tuple[Profile, tuple[Notice, ...]]:
    """The profile with what is charged next, and what must be told of that now."""
    known = replace(profile, payment_method=method)
    if method is None:
        return known, _removed(profile.payment_method)
    notice = _expiring(method, now)
    if notice is None or notice.id == profile.card_told:
        return known, ()
    return replace(known, card_told=notice.id), (notice,)


def card_of(profile: Profile) -> str | None:
    """What is charged next, by customer and fingerprint: the same card given again is the same."""
    method = profile.payment_method
    return named(profile, method.fingerprint or method.stripe_payment_method_id) if method else None


def named(profile: Profile, fingerprint: str) -> str:
    """A card of the account's customer."""
    return f"{profile.stripe_customer_id}:{fingerprint}"


def is_card_untold(profile: Profile, now: Instant) -> bool:
    """Whether time alone has brought something to tell of the card that the profile knows."""
    return bool(profile.payment_method and with_payment_method(profile, profile.payment_method, now)[1])


def _removed(before: PaymentMethod | None) -> tuple[Notice, ...]:
    """One that was replaced is not missed."""
    if before is None:
        return ()
    kind = "payment_method_removed"
    return (Notice(f"{kind}:{before.stripe_payment_method_id}", kind, "there is no payment method to charge any more"),)


def _expiring(method: PaymentMethod, now: Instant) -> Notice | None:
    if method.exp_year is None or method.exp_month is None:
        return None
    end = months_after(day_start(method.exp_year, method.exp_month, 1), 1)
    if now < end - EXPIRING_DAYS * DAY:
        return None
    month = f"{method.exp_year}-{method.exp_month:02}"
    kind, detail = "payment_method_expiring", f"the card is good until the end of {month}"
    return Notice(f"{kind}:{method.stripe_payment_method_id}:{month}", kind, detail)
