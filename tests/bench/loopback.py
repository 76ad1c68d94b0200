"""The model of DynamoDB behind a port, in a process of its own: `with loopback() as url:`.

It answers over the real socket, headers and JSON, in a fraction of a real DynamoDB's time, and does not compete with
the caller for its interpreter: so what is timed against it is the caller. It ends when its input is closed.
"""

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from botocore.exceptions import ClientError

from tests.bench.account import definitions
from tests.bench.meter import Call
from tests.simulation.table import Engine


@contextmanager
def loopback() -> Iterator[str]:
    """The URL of fresh tables of the service."""
    with subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(child.stdout.readline())}"
        finally:
            child.stdin.close()


def handler_of(call: Call) -> type[BaseHTTPRequestHandler]:
    """Requests of DynamoDB's JSON protocol, answered one at a time."""
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body in one piece: else the last part waits for the first to be acknowledged.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            operation = self.headers["X-Amz-Target"].partition(".")[2]
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])), object_hook=unpacked)
            status, answer = 200, dict[str, Any]()
            with lock:
                try:
                    answer = call(operation, request)
                except ClientError as error:
                    status, answer = refusal(error)
            body = json.dumps(answer, default=packed).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    return Handler


def refusal(error: ClientError) -> tuple[int, dict[str, Any]]:
    """Status and body of an error, as DynamoDB tells it."""
    said: Mapping[str, Any] = error.response
    more = {name: said[name] for name in ("Item", "CancellationReasons") if name in said}
    told = {"__type": f"com.amazonaws.dynamodb.v20120810#{said['Error']['Code']}", "message": said["Error"]["Message"]}
    return said["ResponseMetadata"]["HTTPStatusCode"], told | more


def unpacked(value: dict[str, Any]) -> dict[str, Any]:
    """A typed value as botocore gives it, where it is binary."""
    if "B" in value and isinstance(value["B"], str):
        return {"B": b64decode(value["B"])}
    if "BS" in value:
        return {"BS": [b64decode(each) for each in value["BS"]]}
    return value


def packed(value: Any) -> str:
    """Bytes as they travel."""
    return b64encode(value).decode()


def main() -> None:
    """Says its port, and serves until nobody holds its input."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(Engine(definitions()).call))
    server.daemon_threads = True
    Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    server.shutdown()
    server.server_close()


if __name__ == "__main__":
    main()
