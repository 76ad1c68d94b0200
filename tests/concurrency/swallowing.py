"""A proxy before a DynamoDB that swallows answers: the request is carried out, and its sender never hears of it.

What the sender sees is a connection that is cut, before a word of the answer or in the middle of it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import urlsplit

OWN = frozenset({"connection", "content-length", "transfer-encoding"})
"""Headers of one connection, which are not passed on."""
Fate = Callable[[str, int], str]
"""What becomes of an answer, by the operation and its number: "heard", "cut" or "torn"."""


def heard(_operation: str, _number: int) -> str:
    return "heard"


class Proxy(ThreadingHTTPServer):
    """Passes on what is posted, and the answers as `fate` says; `operations` are those since `meet`."""

    daemon_threads = True

    def __init__(self, url: str):
        super().__init__(("127.0.0.1", 0), Handler)
        self.engine = urlsplit(url).netloc
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._lock = Lock()
        self.meet(heard)

    def meet(self, fate: Fate) -> None:
        """What befalls the answers from now on."""
        self.fate, self.operations, self.swallowed = fate, list[str](), 0

    def befalls(self, operation: str) -> str:
        with self._lock:
            fate = self.fate(operation, len(self.operations))
            self.operations.append(operation)
            self.swallowed += fate != "heard"
            return fate


class Handler(BaseHTTPRequestHandler):
    """One connection of a sender, and one of its own to the engine."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: Proxy

    def setup(self) -> None:
        super().setup()
        self.engine = HTTPConnection(self.server.engine, timeout=20)

    def finish(self) -> None:
        self.engine.close()
        super().finish()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.engine.request("POST", self.path, body, dict(self.headers.items()))
        answer = self.engine.getresponse()
        said = answer.read()
        fate = self.server.befalls(self.headers["X-Amz-Target"].rpartition(".")[2])
        self.close_connection = fate != "heard"
        if fate == "cut":
            return
        self._head(answer, len(said))
        self.wfile.write(said if fate == "heard" else said[: len(said) // 2])

    def _head(self, answer: HTTPResponse, length: int) -> None:
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in OWN:
                self.send_header(name, value)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a request is no news."""


@contextmanager
def swallowing(url: str) -> Iterator[Proxy]:
    """The proxy before this engine, on a port of its own."""
    with Proxy(url) as proxy:
        thread = Thread(target=proxy.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()
