"""The first key of a deployment opens its API, and is told to nobody but the one who asked."""

import json
import logging
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from pynamodb.connection import Connection

from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.tables import Tables
from chalicelib.adapters.dynamo.wire import PynamoWire
from chalicelib.domain.key_changes import Held
from chalicelib.domain.keys import SCOPES, ApiKey, digest
from infra import resources
from infra.first_key import main
from infra.local.aws import Aws
from infra.stack import stack_name
from infra.template import merge_template
from tests.builders import a_catalogue

PEPPER = "a pepper of ours"
SECRET = {"STRIPE_API_KEY": "sk_test_1", "KEY_PEPPER": PEPPER}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with Aws(tmp_path_factory.mktemp("aws")) as aws, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", aws.url)
        yield aws


@pytest.fixture
def stage() -> str:
    """A stage that nobody else deploys."""
    return f"s{uuid4().hex[:8]}"


def deploy(aws: Aws, stack: str, secret: dict[str, str] | None = None) -> None:
    """A stack as infra.deploy leaves it, as far as keys are concerned."""
    held = json.dumps(SECRET if secret is None else secret)
    version = aws.client("secretsmanager").create_secret(Name=f"{stack}-secret", SecretString=held)["VersionId"]
    template = merge_template()
    part = {
        "Parameters": {name: template["Parameters"][name] for name in ("Secret", "SecretVersion")},
        "Resources": {"CoreTable": resources.cloudformation()["CoreTable"]},
        "Outputs": {"CoreTableName": template["Outputs"]["CoreTableName"]},
    }
    given = {"Secret": f"{stack}-secret", "SecretVersion": version}
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName=stack,
        TemplateBody=json.dumps(part),
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in given.items()],
    )
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig={"Delay": 1})


def kept(aws: Aws, key: str, stack: str, pepper: str = PEPPER) -> ApiKey | None:
    """What the service knows of a key."""
    wire = PynamoWire(Connection(region="eu-central-1", host=aws.url))
    store = DynamoStore(Tables(wire, f"{stack}-core", f"{stack}-ephemeral"), a_catalogue())
    found = store.keys.find(digest(key, pepper))
    # What the API lists and revokes is what it finds by its id.
    assert found is None or store.keys.held(found.id) == Held(found)
    return found


def kept_id(aws: Aws, key: str, stack: str) -> str:
    found = kept(aws, key, stack)
    assert found is not None
    return found.id


def test_the_key_it_prints_opens_the_whole_deployment(aws: Aws, stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    deploy(aws, stack_name(stage))

    main(["--stage", stage, "--name", "backend"])

    found = kept(aws, capsys.readouterr().out.strip(), stack_name(stage))
    assert found is not None
    assert (found.name, found.scopes, found.account, found.revoked) == ("backend", SCOPES, None, False)


def test_a_key_may_reach_one_account_and_do_less(aws: Aws, stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    deploy(aws, stage)

    main(["--stack", stage, "--name", "reports", "--account", "acme", "--scopes", "read"])

    found = kept(aws, capsys.readouterr().out.strip(), stage)
    assert found is not None
    assert (found.account, found.scopes) == ("acme", {"read"})


def test_the_pepper_is_the_deployed_one_and_not_a_newer(
    aws: Aws, stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy(aws, stage)
    newer = json.dumps(SECRET | {"KEY_PEPPER": "another"})
    aws.client("secretsmanager").put_secret_value(SecretId=f"{stage}-secret", SecretString=newer)

    main(["--stack", stage, "--name", "backend"])

    key = capsys.readouterr().out.strip()
    assert kept(aws, key, stage) is not None
    assert kept(aws, key, stage, "another") is None


def test_the_key_is_printed_once_and_stands_nowhere_else(
    aws: Aws, stage: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    deploy(aws, stage)

    with caplog.at_level(logging.INFO):
        main(["--stack", stage, "--name", "backend"])

    said = capsys.readouterr()
    key = said.out.strip()
    stored = rows(aws, stage)
    assert said.out == f"{key}\n"
    assert {row["sk"]["S"] for row in stored} == {"K", kept_id(aws, key, stage)}
    for place in (said.err, caplog.text, str(stored)):
        assert key not in place
        assert PEPPER not in place


@pytest.mark.parametrize(
    ("reason", "secret", "said"),
    [
        ("no pepper in the secret", {"STRIPE_API_KEY": "sk_test_1"}, "holds no KEY_PEPPER"),
        ("an empty pepper", {"KEY_PEPPER": ""}, "holds no KEY_PEPPER"),
    ],
)
def test_without_a_pepper_no_key_is_made(aws: Aws, stage: str, reason: str, secret: dict[str, str], said: str) -> None:
    deploy(aws, stage, secret)

    with pytest.raises(SystemExit) as stopped:
        main(["--stack", stage, "--name", "backend"])

    assert said in str(stopped.value), reason
    assert rows(aws, stage) == []


@pytest.mark.usefixtures("aws")
def test_without_a_stack_no_key_is_made(stage: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--stage", stage, "--name", "backend"])

    assert stack_name(stage) in str(stopped.value)


def rows(aws: Aws, stack: str) -> list[dict[str, Any]]:
    return aws.client("dynamodb").scan(TableName=f"{stack}-core")["Items"]
