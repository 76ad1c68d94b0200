"""`python -m infra.first_key --stage prod --name backend`: makes an API key for a deployed stack and prints it, once.

Table and secret are the ones that the stack was deployed with. Whoever runs this needs to read the secret and to write
to the core table. It is listed, rotated and revoked under /v1/keys like any other, but stands in no audit log.
"""

import json
import secrets
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.connection import Connection

from chalicelib.adapters.clock import SystemClock
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.tables import Tables
from chalicelib.adapters.dynamo.wire import PynamoWire
from chalicelib.domain.key_changes import made
from chalicelib.domain.keys import BYTES, SCOPES, ApiKey, issued
from chalicelib.domain.periods import Instant
from chalicelib.errors import BillingError
from chalicelib.wiring import read_catalogue
from infra.stack import stack_name


class NotDeployed(Exception):
    """The stack or its secret lacks what a key needs; the message says what."""


def main(arguments: list[str]) -> None:
    options = _options(arguments)
    try:
        key = make_key(boto3.Session(), stack_name(options.stage, options.stack), options)
    except (NotDeployed, BillingError, ClientError, BotoCoreError) as error:
        sys.exit(f"no key was made: {error}")
    print(key)
    print("It is shown this once; only its hash is kept. Put it where your backend reads its secrets.", file=sys.stderr)


def make_key(session: boto3.Session, stack: str, options: Namespace) -> str:
    """A new key, kept in the stack's table; raises NotDeployed."""
    described = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described.get("Outputs", [])}
    if "CoreTableName" not in outputs:
        raise NotDeployed(f"{stack} has no core table: it is not this service, or not deployed yet")
    pepper = _pepper(session.client("secretsmanager"), described)
    key, kept = issued(secrets.token_bytes(BYTES), pepper, _wanted(options, SystemClock().now()))
    _keep(kept, outputs["CoreTableName"], stack, session.region_name)
    return key


def _wanted(options: Namespace, now: Instant) -> ApiKey:
    scopes, key = frozenset(options.scopes), f"key_{secrets.token_hex(16)}"
    return ApiKey("", options.name, "", scopes, options.account, id=key, created=now, by="infra.first_key")


def _options(arguments: list[str]) -> Namespace:
    parser = ArgumentParser("python -m infra.first_key", description="Makes an API key for a deployed stack.")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--stage", help="the stage that was deployed; its stack is billing-<stage>")
    which.add_argument("--stack", help="name of the stack, where infra.deploy was given one")
    parser.add_argument("--name", required=True, help="what the key is for, as people will know it")
    parser.add_argument("--account", help="the only account that the key reaches; all of them if left out")
    parser.add_argument("--scopes", nargs="+", choices=sorted(SCOPES), default=sorted(SCOPES), help="all if left out")
    return parser.parse_args(arguments)


def _pepper(secretsmanager: Any, described: Any) -> str:
    """The pepper that the stack's functions have; a version made since has not reached them."""
    given = {each["ParameterKey"]: each["ParameterValue"] for each in described.get("Parameters", [])}
    found = secretsmanager.get_secret_value(SecretId=given["Secret"], VersionId=given["SecretVersion"])
    pepper = json.loads(found["SecretString"]).get("KEY_PEPPER", "")
    if not pepper:
        raise NotDeployed(f"the secret {given['Secret']} holds no KEY_PEPPER")
    return pepper


def _keep(key: ApiKey, core: str, stack: str, region: str | None) -> None:
    wire = PynamoWire(Connection(region=region))
    DynamoStore(Tables(wire, core, f"{stack}-ephemeral"), read_catalogue()).keys.write(made(key))


if __name__ == "__main__":
    main(sys.argv[1:])
