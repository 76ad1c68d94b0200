"""Opens the tables on DynamoDB: one PynamoDB connection, and so one botocore client, for everything."""

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


def open_store(settings: Settings, catalogue: Catalogue, at_once: AtOnce) -> tuple[DynamoStore, DynamoProjections]:
    """The store and the journal's projections; nothing is sent before their first use."""
    connection = Connection(
        region=settings.region,
        host=settings.aws_endpoint_url,
        connect_timeout_seconds=CONNECT_SECONDS,
        read_timeout_seconds=READ_SECONDS,
        max_retry_attempts=TRIES,
        max_pool_connections=POOL,
    )
    wire = PynamoWire(connection)
    tables = Tables(wire, settings.core_table, settings.ephemeral_table, at_once=at_once)
    return DynamoStore(tables, catalogue), DynamoProjections(tables, catalogue)
