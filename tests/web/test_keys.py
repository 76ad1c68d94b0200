"""API keys over HTTP: made, listed, rotated and revoked, each within the reach of the key that asks."""

from typing import Any

import pytest

from tests.web.driver import Driver, Reply

OVERVIEW = "/v1/accounts/keys"
SHOWN = {
    "id", "prefix", "name", "scopes", "account", "requires_member", "created_at", "expires_at", "last_used",
}  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def account(web: Driver) -> str:
    return web.an_account("keys")


def made(web: Driver, key: str = "", **fields: Any) -> Any:
    reply = web.ask("POST", "/v1/keys", {"name": "made", "scopes": ["read"], **fields}, key=key)
    assert reply.status == 201, reply.text
    return reply.json


def opens(web: Driver, key: str) -> int:
    return web.ask("GET", OVERVIEW, key=key).status


def listed(web: Driver, key: str = "") -> list[Any]:
    return web.ask("GET", "/v1/keys?limit=100", key=key).json["data"]


def rotated(web: Driver, key: str, overlap: int) -> Reply:
    return web.ask("POST", f"/v1/keys/{key}/rotate", {"overlap_seconds": overlap})


def log_of(web: Driver, account: str) -> list[Any]:
    """What the account's journal tells of keys, oldest first."""
    entries = web.deps.store.entries(account, before=None, limit=50)[::-1]
    return [(each.cause, each.actor, touch) for each in entries for touch in each.touched if touch.what == "key"]


def test_a_key_is_shown_once_and_does_what_it_was_made_for(web: Driver) -> None:
    shown = made(web, name="reports", scopes=["usage", "read"])

    key = shown.pop("key")
    assert shown.keys() == SHOWN
    assert (shown["name"], shown["scopes"], shown["account"], shown["last_used"]) == (
        "reports", ["read", "usage"], None, None,
    )  # fmt: skip
    assert key.startswith(shown["prefix"])
    assert opens(web, key) == 200
    assert web.ask("GET", "/v1/keys", key=key).code == "forbidden"
    [row] = [each for each in listed(web) if each["id"] == shown["id"]]
    assert row == {**shown, "last_used": row["created_at"][:10]}


def test_what_was_never_used_says_so(web: Driver) -> None:
    shown = made(web)

    assert [each["last_used"] for each in listed(web) if each["id"] == shown["id"]] == [None]


def test_no_answer_but_the_first_and_no_table_holds_the_key(web: Driver) -> None:
    shown = made(web)

    rotated_to = rotated(web, shown["id"], 60).json["key"]

    stored = str(web.everything()) + web.ask("GET", "/v1/keys?limit=100").text
    assert shown["key"] not in stored
    assert rotated_to not in stored


def test_the_same_request_again_is_answered_without_the_key_and_keeps_no_name(web: Driver) -> None:
    first, again = (
        web.ask("POST", "/v1/keys", {"name": "Ada's own", "scopes": ["read"]}, Idempotency_Key="keys-1")
        for _ in range(2)
    )
    path, body = f"/v1/keys/{first.json['id']}/rotate", {"overlap_seconds": 60}
    turned, turned_again = (web.ask("POST", path, body, Idempotency_Key="keys-2") for _ in range(2))

    assert (first.status, again.status, turned.status, turned_again.status) == (201, 201, 200, 200)
    assert again.json == {name: value for name, value in first.json.items() if name != "key"}
    assert turned_again.json == {name: value for name, value in turned.json.items() if name != "key"}
    assert "Ada's own" not in str(web.dynamodb.scan(TableName=web.deps.settings.ephemeral_table))
    for _ in range(2):
        assert web.ask("DELETE", f"/v1/keys/{first.json['id']}", Idempotency_Key="keys-3").status == 204


def test_keys_are_listed_newest_first_and_page_by_page(web: Driver) -> None:
    for _ in range(3):
        made(web)
    whole = [each["id"] for each in listed(web)]

    seen: list[str] = []
    target = "/v1/keys?limit=2"
    while target:
        page = web.ask("GET", target).json
        seen += [each["id"] for each in page["data"]]
        target = f"/v1/keys?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""

    assert seen == whole
    own = web.a_key("admin", account="keys")
    cursor = web.ask("GET", "/v1/keys?limit=2").json["next_cursor"]
    assert web.ask("GET", f"/v1/keys?cursor={cursor}", key=own).code == "bad_parameter"


BEYOND = [
    ("a scope that it lacks", {"scopes": ["usage"], "account": "keys"}),
    ("every account", {"scopes": ["read"]}),
    ("another account", {"scopes": ["read"], "account": "keys-other"}),
    ("an account that is not there", {"scopes": ["read"], "account": "keys-nowhere"}),
    ("a longer life", {"scopes": ["read"], "account": "keys", "expires_at": "2099-01-01T00:00:00Z"}),
    ("no end", {"scopes": ["read"], "account": "keys", "expires_at": None}),
]


@pytest.mark.parametrize(("reason", "fields"), BEYOND, ids=[row[0] for row in BEYOND])
def test_a_key_beyond_ones_own_reach_is_not_made(web: Driver, reason: str, fields: dict[str, Any]) -> None:
    end = web.deps.clock.now() + 3_600
    own = web.a_key("read", "admin", account="keys", expires_at=end)
    if reason == "another account" and web.ask("GET", "/v1/accounts/keys-other").status == 404:
        web.an_account("keys-other")
    before = web.everything()

    reply = web.ask("POST", "/v1/keys", {"name": "more", **fields}, key=own)

    assert (reply.status, reply.code) == (403, "forbidden"), reason
    assert web.everything() == before


def test_an_account_that_may_not_be_seen_answers_as_one_that_is_not_there(web: Driver) -> None:
    own = web.a_key("read", "admin", account="keys")
    web.an_account("keys-hidden")

    there, nowhere = (
        web.ask("POST", "/v1/keys", {"name": "x", "scopes": ["read"], "account": account}, key=own)
        for account in ("keys-hidden", "keys-nowhere")
    )

    assert (there.status, there.text) == (nowhere.status, nowhere.text)


def test_a_key_for_an_account_that_is_not_there_is_not_made(web: Driver) -> None:
    before = web.everything()

    reply = web.ask("POST", "/v1/keys", {"name": "x", "scopes": ["read"], "account": "keys-nowhere"})

    assert (reply.status, reply.code) == (404, "unknown_account")
    assert web.everything() == before


def test_a_key_of_one_account_sees_and_ends_that_accounts_keys_only(web: Driver) -> None:
    own, whole = web.a_key("read", "admin", account="keys"), made(web)
    web.an_account("keys-foreign")
    mine, foreign = made(web, own, account="keys"), made(web, account="keys-foreign")

    seen = {each["id"] for each in listed(web, own)}

    assert mine["id"] in seen
    assert {each["account"] for each in listed(web, own)} == {"keys"}
    missing = web.ask("DELETE", "/v1/keys/key_none", key=own)
    for other in (whole, foreign):
        for method, path, body in (("DELETE", "", None), ("POST", "/rotate", {"overlap_seconds": 0})):
            reply = web.ask(method, f"/v1/keys/{other['id']}{path}", body, key=own)
            assert (reply.status, reply.code) == (404, "unknown_key")
            assert reply.text.replace(other["id"], "key_none") == missing.text
        assert opens(web, other["key"]) in (200, 404)
    assert web.ask("DELETE", f"/v1/keys/{mine['id']}", key=own).status == 204


def test_a_key_that_can_do_more_is_not_rotated_but_may_be_revoked(web: Driver) -> None:
    own = web.a_key("admin", account="keys")
    mightier = made(web, scopes=["read", "admin"], account="keys")

    assert web.ask("POST", f"/v1/keys/{mightier['id']}/rotate", {"overlap_seconds": 0}, key=own).code == "forbidden"
    assert opens(web, mightier["key"]) == 200
    assert web.ask("DELETE", f"/v1/keys/{mightier['id']}", key=own).status == 204
    assert opens(web, mightier["key"]) == 401


def test_a_rotated_key_has_two_secrets_until_the_overlap_ends(web: Driver) -> None:
    first = made(web)

    reply = rotated(web, first["id"], 60)

    second = reply.json
    assert reply.status == 200
    assert {**second, "key": "", "prefix": ""} == {**first, "key": "", "prefix": "", "last_used": None}
    assert second["key"] != first["key"]
    assert (opens(web, first["key"]), opens(web, second["key"])) == (200, 200)
    third = rotated(web, first["id"], 60).json
    assert [opens(web, each["key"]) for each in (first, second, third)] == [401, 200, 200]
    web.world.emulator.turner.move_to(web.deps.clock.now() + 60)
    assert [opens(web, each["key"]) for each in (first, second, third)] == [401, 401, 200]


def test_a_rotation_without_overlap_ends_the_old_secret_at_once(web: Driver) -> None:
    first = made(web)
    assert opens(web, first["key"]) == 200

    second = rotated(web, first["id"], 0).json

    assert (opens(web, first["key"]), opens(web, second["key"])) == (401, 200)


def test_a_revoked_key_works_no_more_and_is_not_listed(web: Driver) -> None:
    first = made(web)
    second = rotated(web, first["id"], 3_600).json
    assert (opens(web, first["key"]), opens(web, second["key"])) == (200, 200)

    reply = web.ask("DELETE", f"/v1/keys/{first['id']}")

    assert (reply.status, reply.text) == (204, "")
    assert (opens(web, first["key"]), opens(web, second["key"])) == (401, 401)
    assert first["id"] not in {each["id"] for each in listed(web)}
    assert web.ask("DELETE", f"/v1/keys/{first['id']}").status == 204
    assert rotated(web, first["id"], 0).code == "unknown_key"


def test_a_key_may_end_itself(web: Driver) -> None:
    own = made(web, scopes=["admin"])

    assert web.ask("DELETE", f"/v1/keys/{own['id']}", key=own["key"]).status == 204
    assert web.ask("GET", "/v1/keys", key=own["key"]).status == 401


def test_what_befalls_a_key_of_an_account_is_in_its_journal_without_name_or_secret(web: Driver) -> None:
    web.an_account("keys-told")
    first = made(web, account="keys-told", name="Ada's own")
    second = rotated(web, first["id"], 60).json
    web.ask("DELETE", f"/v1/keys/{first['id']}")

    told = log_of(web, "keys-told")

    assert [(cause, actor) for cause, actor, _ in told] == [(f"key:{first['id']}", f"key:{web.key[:11]}")] * 3
    assert [(t.before and t.before["prefix"], t.after and t.after["prefix"]) for _, _, t in told] == [
        (None, first["prefix"]), (first["prefix"], second["prefix"]), (second["prefix"], None),
    ]  # fmt: skip
    for secret in (first["key"], second["key"], "Ada's own"):
        assert secret not in str(told)


def test_a_key_of_an_account_that_was_never_made_can_be_ended(web: Driver) -> None:
    web.a_key("read", account="keys-never")
    [row] = [each for each in listed(web) if each["account"] == "keys-never"]

    assert rotated(web, row["id"], 0).status == 200
    assert web.ask("DELETE", f"/v1/keys/{row['id']}").status == 204


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_person_may_see_or_make_keys(web: Driver, method: str) -> None:
    body = {"name": "x", "scopes": ["read"]} if method == "POST" else None

    reply = web.ask(method, "/v1/keys", body, Acting_Member="ada")

    assert (reply.status, reply.code) == (403, "forbidden")


UNFIT = [
    ("truncated", lambda key: key[:-1]),
    ("longer", lambda key: key + "A"),
    ("with a line behind it", lambda key: key + "\r\nActing-Member: ada"),
    ("with a line before it", lambda key: "\r\n" + key + "\r\nX: y"),
    ("its prefix only", lambda key: key[:11]),
    ("its last character changed", lambda key: key[:-1] + ("E" if key[-1] != "E" else "I")),
    ("in other letters", lambda key: key.swapcase()),
    ("shouted", lambda key: f"BK_{key[3:]}"),
    ("two keys", lambda key: f"{key}, {key}"),
    ("look-alike letters", lambda key: key.replace("b", "\N{CYRILLIC SMALL LETTER SOFT SIGN}")),
]


@pytest.mark.parametrize(("reason", "change"), UNFIT, ids=[row[0] for row in UNFIT])
def test_what_is_not_quite_a_key_opens_nothing_and_learns_nothing(web: Driver, reason: str, change: Any) -> None:
    key = web.a_key()

    reply = web.ask("GET", OVERVIEW, key=None, Authorization=f"Bearer {change(key)}")

    assert (reply.status, reply.code) == (401, "unauthorized"), reason
    assert key not in reply.text


@pytest.mark.parametrize("key", ["a%20b", "%2e%2e", "a%2Fb", "é", "a" * 129])
def test_an_impossible_key_is_unknown(web: Driver, key: str) -> None:
    assert web.ask("DELETE", f"/v1/keys/{key}").code == "unknown_key"
    assert rotated(web, key, 0).code == "unknown_key"
