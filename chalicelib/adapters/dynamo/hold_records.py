"""Holds turned into items and back: each by its id, and while it is open a second time by the instant it expires."""

from collections.abc import Mapping
from typing import Any

from chalicelib.adapters.dynamo.items import HoldExpiryItem, HoldItem
from chalicelib.adapters.dynamo.records import account_pk
from chalicelib.adapters.dynamo.state import codes_by_meter, meters_by_code
from chalicelib.domain.catalogue import Catalogue
from chalicelib.domain.holds import Capture, Hold

Raw = Mapping[str, Any]


def hold_sk(hold: str) -> str:
    return f"H#{hold}"


def hold_item(account: str, hold: Hold, catalogue: Catalogue) -> HoldItem:
    took = hold.captured
    meter = codes_by_meter(catalogue)[took.meter] if took and took.meter else None
    return HoldItem(
        account_pk(account),
        hold_sk(hold.id),
        state=hold.state,
        credits=hold.credits,
        at=hold.at,
        until=hold.expires_at,
        took=[took.credits, meter, took.quantity] if took else None,
    )


def hold_from(item: Raw, catalogue: Catalogue) -> Hold:
    row = HoldItem.from_raw_data(dict(item))
    took = None
    if row.took:
        credits, code, quantity = row.took
        took = Capture(credits, meters_by_code(catalogue)[code] if code else None, quantity)
    return Hold(row.sk[2:], int(row.credits), int(row.at), int(row.until), row.state, took)


def expiry_item(account: str, hold: Hold) -> HoldExpiryItem:
    return HoldExpiryItem(account_pk(account), f"X#{hold.expires_at:012}#{hold.id}")
