"""Opens the store on DynamoDB: one PynamoDB connection, and so one botocore client, for everything."""

from pynamodb.connection import Connection

from chalicelib.adapters.dynamo.store import DynamoStore
from chalicelib.adapters.dynamo.wire import PynamoWire
from chalicelib.domain.catalogue import Catalogue
from chalicelib.settings import Settings

# PynamoDB waits 15 and 30 seconds by itself, longer than API Gateway waits for us.
CONNECT_SECONDS, READ_SECONDS, TRIES, POOL = 1, 3, 3, 50


def open_store(settings: Settings, catalogue: Catalogue) -> DynamoStore:
    """The store; nothing is sent before its first use."""
    connection = Connection(
        region=settings.region,
        host=settings.aws_endpoint_url,
        connect_timeout_seconds=CONNECT_SECONDS,
        read_timeout_seconds=READ_SECONDS,
        max_retry_attempts=TRIES,
        max_pool_connections=POOL,
    )
    return DynamoStore(PynamoWire(connection), settings.core_table, settings.ephemeral_table, catalogue)
