"""Opens the tables on DynamoDB: one PynamoDB connection, and so one botocore client, for everything."""

from typing import Any

from pynamodb.connection import Connection

from chalicelib.adapters.dynamo.projections import DynamoProjections
from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.tables import Tables
from chalicelib.adapters.dynamo.wire import PynamoWire
from chalicelib.deps import AtOnce
from chalicelib.domain.catalogue import Catalogue
from chalicelib.settings import Settings

# PynamoDB waits 15 and 30 seconds by itself, longer than API Gateway waits for us.
CONNECT_SECONDS, READ_SECONDS, TRIES, POOL = 1, 3, 3, 50
# Botocore's standard mode rests for seconds before it asks a throttled table again; the caller hears of it sooner.
RETRIES: Any = {"mode": "legacy", "total_max_attempts": TRIES}


def connection_to(region: str, host: str | None) -> Connection:
    """As the service connects: a throttled, broken or absent DynamoDB is given up soon."""
    return Connection(
        region=region,
        host=host,
        connect_timeout_seconds=CONNECT_SECONDS,
        read_timeout_seconds=READ_SECONDS,
        retry_configuration=RETRIES,
        max_pool_connections=POOL,
    )


def open_store(settings: Settings, catalogue: Catalogue, at_once: AtOnce) -> tuple[DynamoStore, DynamoProjections]:
    """The store and the journal's projections; nothing is sent before their first use."""
    wire = PynamoWire(connection_to(settings.region, settings.aws_endpoint_url))
    tables = Tables(wire, settings.core_table, settings.ephemeral_table, at_once=at_once, spent=wire.spent)
    return DynamoStore(tables, catalogue), DynamoProjections(tables, catalogue)
