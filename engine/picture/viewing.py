"""A picture or a page in the browser, from memory: nothing is left behind."""
from __future__ import annotations

import secrets
import time
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer

from engine.errors import PictureError

SECONDS = 30.0                       # how long a browser may take to fetch it


def show(content: bytes, kind: str, seconds: float = SECONDS) -> None:
    """Hand the content, of the MIME type `kind`, to the browser once, over this machine's own network.

    Errors: PictureError where there is no browser, or it does not fetch the content in time.
    """
    fetched: list[bool] = []
    place = f"/{secrets.token_urlsafe(16)}"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path == place
            body = content if known else b""
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            if known:
                fetched.append(True)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        end, server.timeout = time.monotonic() + seconds, 0.2
        if not webbrowser.open(f"http://127.0.0.1:{server.server_port}{place}"):
            raise PictureError('there is no browser here to open it in; write it with .save("graph.svg")')
        while not fetched and time.monotonic() < end:
            server.handle_request()
    if not fetched:
        raise PictureError(f'no browser fetched it within {seconds:g} s; write it with .save("graph.svg")')
