"""The shapes of Stripe's objects: every field the pinned API version shows, as it is when nothing was set.

One JSON file a kind, beside this file; the tests hold them to Stripe's published samples and to the SDK.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "shapes"


def blank(kind: str, **fields: Any) -> dict[str, Any]:
    """A fresh object of this kind with these fields set; a field that the shape lacks is a mistake of ours."""
    shape = json.loads(_text(kind))
    unknown = [name for name in fields if name not in shape and not name.startswith("_")]
    if unknown:
        raise KeyError(f"{kind} has no {', '.join(unknown)}")
    return {**shape, **fields}


@cache
def _text(kind: str) -> str:
    return (FOLDER / f"{kind}.json").read_text("utf-8")
