"""Meters: what is counted.

A counter adds up over a usage period and starts again at zero; a gauge is set to a value and keeps it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chalicelib.domain.tables import Table

Kind = Literal["counter", "gauge"]


@dataclass(frozen=True, slots=True)
class Meter:
    """What is counted, in its unit.

    `code` is its name in storage and must never change meaning. The bar warns from `warning_percent` of the limit.
    One unit beyond the allowance costs `credits_per_unit`; None: it cannot be paid with credits.
    """

    id: str
    name: str
    unit: str
    kind: Kind
    code: str
    warning_percent: int
    credits_per_unit: int | None


def read_meter(table: Table, meter_id: str) -> Meter:
    kind: Kind = "gauge" if table.choice("kind", ("counter", "gauge")) == "gauge" else "counter"
    meter = Meter(
        id=meter_id,
        name=table.text("name"),
        unit=table.text("unit"),
        kind=kind,
        code=table.text("code", "[a-h]", noun="one letter from a to h"),
        warning_percent=table.integer("warning_percent", 1, 99),
        credits_per_unit=table.integer("credits_per_unit", 1) if table.has("credits_per_unit") else None,
    )
    if kind == "gauge" and meter.credits_per_unit is not None:
        table.note("credits_per_unit", "must be left out: a gauge is not paid with credits")
    table.close()
    return meter
