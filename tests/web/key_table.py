"""The routes of API keys: how each is rightly asked, and the bodies that it must refuse."""

from tests.web.route import Route

KEY_ROUTES = [
    Route("GET", "/v1/keys"),
    Route(
        "POST",
        "/v1/keys",
        {"name": "backend", "scopes": ["usage", "read"]},
        wrong=[
            ({}, ["name", "scopes"]),
            ({"name": "", "scopes": []}, ["name", "scopes"]),
            ({"name": "a" * 201, "scopes": ["read", "read"]}, ["name", "scopes"]),
            ({"name": "a\nb", "scopes": ["root", "Read"]}, ["name", "scopes[0]", "scopes[1]"]),
            ({"name": "a", "scopes": "read"}, ["scopes"]),
            ({"name": "a", "scopes": ["read", "usage", "billing", "admin", "read"]}, ["scopes"]),
            ({"name": "a", "scopes": ["read"], "account": "..", "requires_member": 1}, ["account", "requires_member"]),
            ({"name": "a", "scopes": ["read"], "expires_at": "tomorrow"}, ["expires_at"]),
            ({"name": "a", "scopes": ["read"], "expires_at": "2020-01-01T00:00:00Z"}, ["expires_at"]),
            ({"name": "a", "scopes": ["read"], "key": "bk_mine"}, ["key"]),
        ],
    ),
    Route(
        "POST",
        "/v1/keys/{key}/rotate",
        {"overlap_seconds": 86_400},
        wrong=[
            ({}, ["overlap_seconds"]),
            ({"overlap_seconds": -1}, ["overlap_seconds"]),
            ({"overlap_seconds": 604_801}, ["overlap_seconds"]),
            ({"overlap_seconds": 1.0, "scopes": []}, ["overlap_seconds", "scopes"]),
        ],
    ),
    Route("DELETE", "/v1/keys/{key}"),
]
