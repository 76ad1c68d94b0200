"""The wire to DynamoDB: one callable that takes a request as botocore does and gives the answer or botocore's error.

Everything this folder sends goes through it, so capacity can be counted and faults can be tried at one place.
PynamoDB's own error keeps too little (no item, no throttling reason): what it wraps is raised instead.
"""

from typing import Any, Protocol

from pynamodb.connection import Connection
from pynamodb.exceptions import VerboseClientError

Request = dict[str, Any]


class Wire(Protocol):
    """`call("UpdateItem", {...})`; raises botocore's ClientError or a connection error."""

    def __call__(self, operation: str, request: Request, /) -> dict[str, Any]: ...


class PynamoWire:
    """The real wire: PynamoDB's connection, one botocore client for all tables and models."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__(self, operation: str, request: Request) -> dict[str, Any]:
        try:
            return self._connection.dispatch(operation, request)
        except VerboseClientError as error:
            raise (error.__cause__ or error) from None
