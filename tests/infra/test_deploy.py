"""Deploying, tried against an emulator of AWS, and against CloudFormation's answers that it does not give."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from infra.deploy import newest_version, upload
from infra.local.aws import Aws
from infra.stack import StackFailed, apply

PARAMETERS = {"Secret": "billing", "SecretVersion": "1", "ReturnHosts": "app.example.com"}


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    with Aws(tmp_path_factory.mktemp("aws")) as aws:
        aws.client("s3").create_bucket(
            Bucket="deploy", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        yield aws


def test_the_stack_comes_up_and_a_second_run_changes_nothing(aws: Aws, packaged: Path) -> None:
    url = upload(aws.client("s3"), "deploy", packaged)

    first = apply(aws.client("cloudformation"), "billing-dev", url, PARAMETERS)
    second = apply(aws.client("cloudformation"), "billing-dev", url, PARAMETERS)

    assert first == second
    assert first["CoreTableName"] in aws.client("dynamodb").list_tables()["TableNames"]
    assert len(aws.client("lambda").list_functions()["Functions"]) == 9


def test_the_same_package_keeps_its_name_so_nothing_is_deployed_anew(aws: Aws, packaged: Path) -> None:
    assert upload(aws.client("s3"), "deploy", packaged) == upload(aws.client("s3"), "deploy", packaged)


def test_the_newest_version_of_the_secret_is_deployed(aws: Aws) -> None:
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="keys", SecretString="{}")
    newest = secrets.put_secret_value(SecretId="keys", SecretString='{"STRIPE_API_KEY": "new"}')["VersionId"]

    assert newest_version(secrets, "keys") == newest


@pytest.mark.parametrize(
    "words", ["The submitted information didn't contain changes.", "No updates are to be performed."]
)
def test_a_template_without_a_change_is_no_failure(words: str) -> None:
    with stubbed({"Status": "FAILED", "StatusReason": words}) as cloudformation:
        assert apply(cloudformation, "billing-dev", "https://example.com/t", {}) == {"CoreTableName": "core"}


def test_a_refused_change_says_why() -> None:
    with (
        stubbed({"Status": "FAILED", "StatusReason": "Unresolved resource dependencies"}) as cloudformation,
        pytest.raises(StackFailed, match="Unresolved resource dependencies"),
    ):
        apply(cloudformation, "billing-dev", "https://example.com/t", {})


@contextmanager
def stubbed(change_set: dict[str, Any]) -> Iterator[Any]:
    """CloudFormation with a standing stack, whose next change set comes out like this."""
    client = boto3.client("cloudformation")
    stack = {
        "StackName": "billing-dev",
        "CreationTime": "2026-01-01T00:00:00Z",
        "StackStatus": "UPDATE_COMPLETE",
        "Outputs": [{"OutputKey": "CoreTableName", "OutputValue": "core"}],
    }
    with Stubber(client) as stub:
        stub.add_response("describe_stacks", {"Stacks": [stack]})
        stub.add_response("create_change_set", {"Id": "1"})
        stub.add_response("describe_change_set", change_set, {"StackName": "billing-dev", "ChangeSetName": ANY})
        stub.add_response("describe_change_set", change_set, {"StackName": "billing-dev", "ChangeSetName": ANY})
        stub.add_response("describe_stacks", {"Stacks": [stack]})
        yield client
