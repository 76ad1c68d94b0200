"""The self-audit over HTTP: what it finds, and who may ask."""

from tests.web.driver import Driver
from tests.web.test_credits import bought


def test_a_sound_account_has_no_findings(web: Driver) -> None:
    account = web.an_account("sound")
    bought(web, account)

    reply = web.ask("POST", f"/v1/accounts/{account}/audit", {})

    assert (reply.status, reply.json) == (200, {"findings": []})


def test_what_is_wrong_is_told_and_left(web: Driver) -> None:
    account = web.an_account("unsound")
    key = {"pk": {"S": f"A#{account}"}, "sk": {"S": "S"}}
    table = web.deps.settings.core_table
    item = web.dynamodb.get_item(TableName=table, Key=key)["Item"]
    web.dynamodb.put_item(TableName=table, Item=item | {"sb": {"N": "99"}})
    before = web.everything()

    [finding] = web.ask("POST", f"/v1/accounts/{account}/audit").json["findings"]

    assert set(finding) == {"code", "detail"}
    assert finding["code"] == "state_differs"
    assert web.everything() == before


def test_an_account_that_is_not_there_is_unknown(web: Driver) -> None:
    assert web.ask("POST", "/v1/accounts/nobody/audit", {}).code == "unknown_account"
