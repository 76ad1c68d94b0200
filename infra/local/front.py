"""The HTTP front: a web server that stands where API Gateway stands and calls the very app as a Lambda function."""

import errno
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from chalice.app import Chalice
from chalice.local import LocalChalice

from chalicelib.web.answers import PROBLEM, USUAL
from chalicelib.web.problems import edge_document
from infra.local.gateway import Answer, Request, answer_of, event_of, resource_of
from infra.local.lambdas import Context

log = logging.getLogger(__name__)

# API Gateway's own bound on a payload.
MAX_BODY = 10 * 1024 * 1024


class PortTaken(Exception):
    """Somebody listens on that port already."""


class Front:
    """Serves `app` on 127.0.0.1 until closed; port 0 takes a free one."""

    def __init__(self, app: Chalice, port: int) -> None:
        # Chalice's own way of letting several threads into one app: each has its current request.
        app.__class__ = LocalChalice
        self._server = _bound(port, lambda request: answered(app, request))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


def answered(app: Chalice, request: Request) -> Answer:
    """What API Gateway with this app behind it answers."""
    if len(request.body) > MAX_BODY:
        return refused("too_large", request)
    found = resource_of(request.path, app.routes)
    if found is None:
        return refused("unknown_path", request)
    event = event_of(request, *found, app.api.binary_types)
    try:
        return answer_of(app(event, Context("api_handler")))
    except Exception:  # A function that dies is the gateway's to tell of, whatever it died of.
        log.exception("the function did not answer %s", request.id)
        return refused("internal", request)


def refused(code: str, request: Request) -> Answer:
    """A gateway's own refusal, in the form of the deployed GatewayResponses."""
    document = edge_document(code)
    headers = {**USUAL, **PROBLEM, "Request-Id": request.id}
    return Answer(document["status"], list(headers.items()), json.dumps(document).encode())


def _bound(port: int, answer: Callable[[Request], Answer]) -> ThreadingHTTPServer:
    handler = type("Handler", (_Handler,), {"answer": staticmethod(answer)})
    try:
        return _Server(("127.0.0.1", port), handler)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(f"port {port} is taken") from error
        raise


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002 - the base class's form
        """A client that went away is no news."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            log.exception("the front broke")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # An answer is one packet: written through a buffer, sent without waiting for the client's acknowledgement.
    wbufsize = 65_536
    disable_nagle_algorithm = True
    answer: Callable[[Request], Answer]

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        request = Request(self.command, self.path, self.headers.items())
        if not length.isdecimal() or "Transfer-Encoding" in self.headers:
            # Where the body ends is unknown, so nothing can follow it on this connection.
            self.close_connection = True
            self._send(refused("bad_request", request))
            return
        self._send(self.answer(replace(request, body=self._read(int(length)))))

    def __getattr__(self, name: str) -> Any:
        """The base class looks for a do_METHOD; whatever the method, the service says whether it takes it."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _read(self, length: int) -> bytes:
        body = self.rfile.read(min(length, MAX_BODY + 1))
        while length > MAX_BODY + 1 and self.rfile.read(min(length - MAX_BODY - 1, 65_536)):
            length -= 65_536
        return body

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:
        """The service logs its requests itself."""
