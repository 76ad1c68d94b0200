"""GET /openapi.json: the contract, for programs. It is made when it is first asked for."""

import json
from collections.abc import Sequence
from functools import cache

from chalicelib.web.auth import PUBLIC
from chalicelib.web.call import Answer, Call
from chalicelib.web.routes import Routes
from chalicelib.web.shapes.public import Document

routes = Routes(__name__)


@routes.on("GET", "/openapi.json", scopes=PUBLIC, answers=Document)
def get(_: Call) -> Answer:
    """This document; needs no key."""
    return Answer(_text(tuple(routes.mounted)), headers={"Cache-Control": "public, max-age=60"})


@cache
def _text(mounted: Sequence[Routes]) -> str:
    # Not at import: the functions that answer no requests have no use for it.
    from chalicelib.web.openapi_document import document

    return json.dumps(document(route for each in mounted for route in each.declared), separators=(",", ":"))
