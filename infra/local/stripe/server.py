"""The HTTP side of the emulator: `/v1` is Stripe's API, `/_local` its controls, the rest its hosted pages."""

import json
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from infra.local.stripe.api import Api, Reply, Request
from infra.local.stripe.hosted import Page, page
from infra.local.stripe.local import Controls
from infra.local.stripe.state import State
from infra.local.turner import Turner

MAX_BODY = 1_000_000


class Server:
    def __init__(self, port: int, state: State, api: Api, turner: Turner) -> None:
        handler = type("Handler", (_Handler,), {"api": api, "stripe": state, "controls": Controls(state, turner)})
        self._server = _Listener(("127.0.0.1", port), handler)
        self._server.stripe = state
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    stripe: State

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no news; anything else is a mistake of ours, told aloud and kept."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            self.stripe.problem("emulator_broke", repr(sys.exception()))
            super().handle_error(request, client_address)  # pyright: ignore[reportArgumentType]


class _Handler(BaseHTTPRequestHandler):
    api: Api
    stripe: State
    controls: Controls
    protocol_version = "HTTP/1.1"
    # One packet an answer: written through a buffer, sent without waiting for more.
    wbufsize = 65_536
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, *args: object) -> None:
        """Requests are read from /_local/requests."""

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            self.close_connection = True
            self._send(413, b"", "text/plain")
            return
        body = self.rfile.read(length).decode("utf-8", "replace")
        if parts.path.startswith(("/v1/", "/v2/")):
            headers = {name.lower(): value for name, value in self.headers.items()}
            encoded = body if self.command == "POST" else parts.query
            self._reply(self.api.answer(Request(self.command, parts.path, encoded, headers)))
        elif parts.path.startswith("/_local/"):
            status, answer = self.controls.answer(self.command, parts.path, body)
            self._send(status, json.dumps(answer, indent=2).encode(), "application/json")
        else:
            self._show(page(self.stripe, self.command, parts.path, body))

    def _reply(self, reply: Reply) -> None:
        if reply.lost:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        # On one line: an indented answer is ten times as dear to write.
        self._send(reply.status, json.dumps(reply.body).encode(), "application/json", reply.headers)

    def _show(self, shown: Page) -> None:
        headers = {"Location": shown.location} if shown.location else {}
        self._send(shown.status, shown.content, shown.kind, headers)

    def _send(self, status: int, content: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Type": kind, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
