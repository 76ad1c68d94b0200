"""How the tests see hosted pages: as forms over HTTP, and through a real browser where there is one."""

import http.client
import shutil
from urllib.parse import urlencode, urlsplit

CHROMIUM = shutil.which("chromium")
BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def visit(url: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
    """The status, body and redirect of a page; a form is sent if there is one."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=20)
    try:
        connection.request("POST" if form else "GET", parts.path, urlencode(form) if form else None)
        response = connection.getresponse()
        return response.status, response.read().decode("latin-1"), response.headers.get("Location", "")
    finally:
        connection.close()
