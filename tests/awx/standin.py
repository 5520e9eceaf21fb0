# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the API of AWX 24.6: it records requests, and answers as a real one was seen to. It runs nothing.

C(python3 -m tests.awx.standin start FOLDER) serves until C(stop FOLDER). C(FOLDER/url) has its address,
C(FOLDER/requests.jsonl) each request that came, and C(FOLDER/refuse) what to refuse: a line for each beginning of a
method and path.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import typing as t
import urllib.parse

from .objects import Answer, Awx

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
TOKEN = "of-the-stand-in"  # noqa: S105
VERSION = "24.6.1"
LONGEST_START_SECONDS = 30.0
POLL_SECONDS = 0.1


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    awx: Awx
    folder: pathlib.Path

    def _answer(self) -> None:
        parts = urllib.parse.urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        data = json.loads(body) if body and self.command in ("POST", "PATCH") else {}
        with (self.folder / "requests.jsonl").open("a", encoding="utf-8") as record:
            record.write(json.dumps({"method": self.command, "path": self.path, "data": data}) + "\n")
        status, answer = self._decide(parts.path, dict(urllib.parse.parse_qsl(parts.query)), data)
        text = b"" if status == 204 else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", VERSION)
        self.end_headers()
        self.wfile.write(text)

    def _decide(self, path: str, query: dict[str, str], data: dict[str, t.Any]) -> Answer:
        if path.startswith("/api/v2/tokens/") and self.headers.get("Authorization", "").startswith("Basic "):
            return (201, {"id": 1, "token": TOKEN}) if self.command == "POST" else (204, None)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"detail": "Authentication credentials were not provided."}
        refuse = self.folder / "refuse"
        lines = refuse.read_text(encoding="utf-8").splitlines() if refuse.exists() else []
        if any(re.match(line, f"{self.command} {path}") for line in lines if line):
            return 400, {"error": "refused, as the test asked", "detail": "refused, as the test asked"}
        _empty, _api, _v2, *words = path.rstrip("/").split("/")
        return self.awx.answer(self.command, tuple(words), query=query, data=data)

    do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815

    def log_message(self, *_: t.Any) -> None:
        """Requests are recorded in a file."""


def serve(folder: pathlib.Path) -> http.server.HTTPServer:
    handler = type("Bound", (Handler,), {"awx": Awx(), "folder": folder})
    server = http.server.HTTPServer(("127.0.0.1", 0), handler)
    (folder / "url.new").write_text(f"http://127.0.0.1:{server.server_address[1]}", encoding="utf-8")
    (folder / "url.new").replace(folder / "url")
    return server


def start(folder: pathlib.Path) -> None:
    """Begin to serve in a process of its own, with nothing in it, and return when it can be connected to."""
    folder.mkdir(parents=True, exist_ok=True)
    stop(folder)
    for name in ("url", "requests.jsonl", "refuse"):
        (folder / name).unlink(missing_ok=True)
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-m", "tests.awx.standin", "run", str(folder)]
        process = subprocess.Popen(command, cwd=CHECKOUT, stdout=log, stderr=log, start_new_session=True)
    (folder / "process").write_text(str(process.pid), encoding="utf-8")
    end = time.monotonic() + LONGEST_START_SECONDS
    while not (folder / "url").exists():
        if process.poll() is not None or time.monotonic() > end:
            sys.exit((folder / "log").read_text(encoding="utf-8") or "the stand-in did not start")
        time.sleep(POLL_SECONDS)


def stop(folder: pathlib.Path) -> None:
    file = folder / "process"
    if file.exists():
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(file.read_text(encoding="utf-8")), signal.SIGTERM)
        file.unlink()


if __name__ == "__main__":
    word, place = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    {"run": lambda at: serve(at).serve_forever(), "start": start, "stop": stop}[word](place)
