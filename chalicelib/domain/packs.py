"""Packs: credits as they are sold."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.prices import ONCE, Price, read_price
from chalicelib.domain.tables import Table


@dataclass(frozen=True, slots=True)
class Pack:
    """A number of credits for one price, paid once."""

    id: str
    name: str
    credits: int
    price: Price


def read_pack(table: Table, pack_id: str, currency: str) -> Pack:
    name = table.text("name")
    credits = table.integer("credits", 1)
    pack = Pack(pack_id, name, credits, read_price(table.table("price"), ONCE, currency))
    table.close()
    return pack
