# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A vendor's page of 2,000 rows read, matched and drafted, beside what the parser of HTML alone takes to read it.

The page has the rows of the shipped catalog safeq6 again and again, each time with other names and ports, so that
184 are the catalog's own, a tenth of them changed, and the others are new. C(python -m tests.bench.reading SIDE) prints
the seconds of processor time of one run, of ours with the catalog loaded and the texts of the comparison and the draft
made.
"""

from __future__ import annotations

import functools
import html
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection

from .measure import BenchError, Comparison, alternate
from .place import CHECKOUT, environment

ROWS = 2000
NAMES = ("catalog-2000",)
RIVAL = "html5lib alone"
HEADER = (
    "Client side",
    "Server side",
    "Unsecured server side port",
    "Secured server side port",
    "Application protocols",
    "Network protocols",
    "Transferred data",
)


def compare(names: Collection[str], *, runs: int) -> list[Comparison]:
    if not set(NAMES) & set(names):
        return []
    ours, rivals = (functools.partial(seconds_of, side) for side in ("ours", "parser"))
    return [alternate(NAMES[0], rival=RIVAL, runs=runs, ours=ours, rivals=rivals)]


def seconds_of(side: str) -> float:
    """Seconds of one run; raises C(BenchError) where not every row of the page came out of it."""
    command = [sys.executable, "-m", "tests.bench.reading", side]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(done.stderr[-2000:] or f"{side} failed")
    return float(json.loads(done.stdout))


def page(printed: list[tuple[str, ...]], *, rows: int = ROWS) -> str:
    """The page, with a section for each round of the catalog's rows."""
    parts = ["<!DOCTYPE html><html><head><title>Ports</title></head><body>"]
    for number in range(rows):
        turn, index = divmod(number, len(printed))
        if not index:
            parts.append(f"{'</table>' if turn else ''}<h2>Section {turn}</h2><table>{_row(HEADER, 'th')}")
        parts.append(_row(_cells(printed[index], turn=turn, index=index), "td"))
    return "".join([*parts, "</table></body></html>"])


def _cells(printed: tuple[str, ...], *, turn: int, index: int) -> tuple[str, ...]:
    client, server, unsecured, secured, application, network = printed
    if turn:
        client, unsecured = f"{client} of site {turn}", str(10_000 + 200 * turn + index)
    elif index % 10 == 0:
        unsecured = str(9_000 + index)
    return client, server, unsecured, secured, application, network, f"What row {index} of turn {turn} carries"


def _row(cells: tuple[str, ...], tag: str) -> str:
    inner = "".join(f'<{tag} class="confluenceTd"><p>{html.escape(cell)}</p></{tag}>' for cell in cells)
    return f"<tr>{inner}</tr>"


def our_seconds(path: pathlib.Path) -> float:
    import html5lib  # noqa: F401 - the rival has it imported too

    from ansible_collections.printops.firewall.plugins.plugin_utils._base.garbage import paused_garbage_collector
    from ansible_collections.printops.firewall.plugins.plugin_utils._reader.catalog_document import answer, ask

    asked = ask(
        document=str(path), base=["safeq6"], name="next", product="", revision="next", title="", date="", folder="."
    )
    started_at = time.process_time()
    with paused_garbage_collector():
        found = answer(asked)
        told, draft = found.text(), found.draft()
        seconds = time.process_time() - started_at
    counts = found.counts
    if counts["unchanged"] + counts["changed"] + counts["new"] != ROWS or counts["unread"] or counts["changed"] < 10:
        raise BenchError(f"catalog-2000: the rows came out as {counts}")
    if draft.count("\n  - id: safeq6/") != counts["new"] or f"{counts['new']} new" not in told:
        raise BenchError("catalog-2000: the draft does not have every new row")
    return seconds


def parser_seconds(path: pathlib.Path) -> float:
    import html5lib

    text = path.read_text(encoding="utf-8")
    started_at = time.process_time()
    tree = html5lib.parse(text, namespaceHTMLElements=False)
    seconds = time.process_time() - started_at
    if sum(1 for _row in tree.iter("tr")) < ROWS:
        raise BenchError("catalog-2000: the parser has lost rows")
    return seconds


def main(side: str) -> None:
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(CHECKOUT / ".collections")])
    from ansible_collections.printops.firewall.plugins.plugin_utils._catalog.load import find_catalog, load_catalog

    flows = load_catalog(find_catalog("safeq6", base_folder=None)).flows
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "page.html")
        path.write_text(page([tuple(dict(flow.as_printed).values()) for flow in flows]), encoding="utf-8")
        print(json.dumps({"ours": our_seconds, "parser": parser_seconds}[side](path)))


if __name__ == "__main__":
    main(sys.argv[1])
