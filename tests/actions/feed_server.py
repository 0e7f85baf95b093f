"""A server of feeds on this machine: it answers what a test tells it to."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]

ROW: dict[str, Any] = {
    "name": "Tuesday Beginners",
    "slug": "tuesday",
    "day": 2,
    "time": "19:30",
    "timezone": "UTC",
    "types": ["O", "BE"],
    "location": "Parish hall",
    "formatted_address": "1 Main Street, Cork, T12, Ireland",
    "latitude": 51.8985,
    "longitude": -8.4756,
}


@dataclass
class FeedServer:
    """What the server answers, and what it was asked."""

    url: str = ""
    answer: Answer = lambda _request: None
    asked: list[dict[str, str]] = field(default_factory=list)

    def gives(self, *rows: Any, etag: str = "") -> None:
        """Answer with these rows."""
        headers = {"ETag": etag} if etag else {}
        self.sends(json.dumps(list(rows)).encode(), status=200, **headers)

    def sends(self, body: bytes, *, status: int = 200, **headers: str) -> None:
        """Answer with this body; a known ETag is answered with 304."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            known = headers.get("ETag")
            if known and request.headers.get("If-None-Match") == known:
                request.send_response(304)
                request.end_headers()
                return
            request.send_response(status)
            for name, value in headers.items():
                request.send_header(name.replace("_", "-"), value)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        self.answer = answer

    def breaks_off(self) -> None:
        """Promise more than comes."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            request.send_header("Content-Length", "1000")
            request.end_headers()
            request.wfile.write(b"[")

        self.answer = answer

    def drips(self, until: threading.Event) -> None:
        """Send a little again and again, without an end."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            request.end_headers()
            while not until.wait(0.05):
                try:
                    request.wfile.write(b" ")
                except OSError:
                    return

        self.answer = answer

    def leads_to(self, url: str) -> None:
        """Redirect, always."""
        self.sends(b"", status=302, Location=url)


@contextmanager
def feed_server() -> Iterator[FeedServer]:
    """Serve on a free port of this machine until the block is left."""
    told = FeedServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            told.asked.append(dict(self.headers))
            told.answer(self)

        def log_message(self, *_: Any) -> None:
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}/feed"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
