"""Errors of credits and of what was paid for them: leaves of the tree in errors.py."""

from chalicelib.errors import Refused, TryAgain


class NotPaid(Refused):
    hint = "Nothing was paid for this purchase: there is nothing to give back."


class AbovePayment(Refused):
    hint = "Refund at most what is left of the payment; leave `amount` out for all of it."


class Disputed(Refused):
    hint = "The bank has the money, and decides; answer the dispute at Stripe."


class PurchaseNotSettled(TryAgain):
    """Money went back that was paid for a purchase whose credits are still to come."""
