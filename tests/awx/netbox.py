# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the API of NetBox 4.1: what its inventory plugin asks for, of virtual machines that the test names."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import typing as t
import urllib.parse

TOKEN = "of-the-stand-in"  # noqa: S105
PARAMETERS = ("limit", "exclude", "status", "tag")


class Server(t.NamedTuple):
    name: str
    address: str
    site: str
    tags: tuple[str, ...]
    status: str = "active"


def machines(servers: t.Sequence[Server]) -> list[dict[str, t.Any]]:
    sites = sites_of(servers)
    return [
        {
            "id": number,
            "name": one.name,
            "site": {"id": sites.index(one.site) + 1, "name": one.site, "slug": one.site},
            "primary_ip": {"address": f"{one.address}/24"},
            "primary_ip4": {"address": f"{one.address}/24"},
            "primary_ip6": None,
            "tags": [{"slug": tag} for tag in one.tags],
            "status": {"value": one.status, "label": one.status.title()},
            "custom_fields": {},
            "local_context_data": None,
        }
        for number, one in enumerate(servers, 1)
    ]


def sites_of(servers: t.Sequence[Server]) -> list[str]:
    return sorted({one.site for one in servers})


def answer(path: str, query: dict[str, str], servers: t.Sequence[Server]) -> t.Any:
    if path == "/api/status/":
        return {"netbox-version": "4.1.3"}
    if path == "/api/schema/":
        parameters = {"get": {"parameters": [{"name": name} for name in PARAMETERS]}}
        paths = {f"/api/{name}/": parameters for name in ("dcim/devices", "virtualization/virtual-machines")}
        return {"info": {"version": "4.1.3"}, "paths": paths}
    rows: list[dict[str, t.Any]] = []
    if path == "/api/virtualization/virtual-machines/":
        status, tag = query.get("status"), query.get("tag")
        wanted = [one for one in servers if status in (None, one.status) and (tag is None or tag in one.tags)]
        rows = [machine for machine in machines(servers) if machine["name"] in {one.name for one in wanted}]
    elif path == "/api/dcim/sites/":
        rows = [
            {
                "id": number,
                "name": site,
                "slug": site,
                "prefix_count": 0,
                "region": None,
                "time_zone": None,
                "facility": "",
            }
            for number, site in enumerate(sites_of(servers), 1)
        ]
    return {"count": len(rows), "next": None, "previous": None, "results": rows}


@contextlib.contextmanager
def netbox(servers: t.Sequence[Server]) -> t.Iterator[str]:
    """Its address, as long as the context lasts."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urllib.parse.urlsplit(self.path)
            is_known = self.headers.get("Authorization") == f"Token {TOKEN}"
            body = answer(parts.path, dict(urllib.parse.parse_qsl(parts.query)), servers) if is_known else {}
            text = json.dumps(body).encode()
            self.send_response(200 if is_known else 403)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: t.Any) -> None:
            """The test looks at the inventory."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
