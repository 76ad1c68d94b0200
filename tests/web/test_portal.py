import pytest

from tests.web.driver import Driver

BODY = {"return_url": "https://app.example.com/billing"}


def test_every_account_is_let_into_the_portal(web: Driver) -> None:
    path = f"/v1/accounts/{web.an_account('portal')}/portal"

    first, second = web.ask("POST", path, BODY), web.ask("POST", path, BODY | {"flow": "payment_method"})

    assert first.status == second.status == 200
    assert set(first.json) == {"url"}
    assert first.json["url"] != second.json["url"]
    assert first.headers["Cache-Control"] == "no-store"
    assert web.ask("GET", "/v1/accounts/portal").json["plan"]["id"] == "free"


@pytest.mark.parametrize("flow", ["subscription_cancel", "subscription_update", "payment_method_update", "", 1])
def test_no_other_flow_is_known(web: Driver, flow: object) -> None:
    web.an_account(f"flow-{flow}")
    before = web.everything()

    reply = web.ask("POST", f"/v1/accounts/flow-{flow}/portal", BODY | {"flow": flow})

    assert (reply.status, reply.fields) == (422, ["flow"])
    assert web.everything() == before


def test_only_who_may_change_billing_is_let_in(web: Driver) -> None:
    path = f"/v1/accounts/{web.an_account('guarded')}/portal"
    web.a_member("guarded", "bob", "member")
    before = web.everything()

    assert web.ask("POST", path, BODY, Acting_Member="bob").code == "forbidden"
    assert web.ask("POST", path, BODY, key=web.a_key("read")).code == "forbidden"
    assert web.ask("POST", path, BODY, key=web.a_key("billing", account="other")).code == "unknown_account"

    assert web.everything()[2:] == before[2:]
