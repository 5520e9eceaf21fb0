# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of 10,000 hosts beside the plan that it is made of, each by a playbook; and how fast it is in a browser."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Collection, Sequence
from pathlib import Path

from .controller import COLOURLESS, inventory_file
from .measure import BenchError, Comparison, alternate
from .place import CHECKOUT, SCRATCH, program, timed

REPORT = "report-10000"
NAMES = (REPORT,)
HOSTS = 10_000
MOST_BYTES = 15_000_000
TYPED = ("s", "si", "sit", "site", "site0", "site00", "site004", "site0042", "site0042 5011/tcp", "10.32.42.11", "")
KEYSTROKE = """
async (typed) => {
  const search = document.getElementById("search");
  const begun = performance.now();
  search.value = typed;
  search.dispatchEvent(new Event("input", { bubbles: true }));
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - begun;
}
"""


def compare(names: Collection[str], *, runs: int) -> list[Comparison]:
    """The playbook report with the page alone, on the plan's file, and the playbook plan, which makes that file."""
    return [_compare(runs=runs)] if REPORT in names else []


def _compare(*, runs: int) -> Comparison:
    inventory, plan, folder = inventory_file(HOSTS), SCRATCH / "report-plan-10000.json", SCRATCH / "report-10000"
    reporting = [
        "-e",
        f"printops_plan_file={plan}",
        "-e",
        f"report_folder={folder}",
        "-e",
        '{"report_forms": ["html"]}',
    ]

    def rivals() -> float:
        plan.unlink(missing_ok=True)
        return _played("plan.yml", inventory=str(inventory), options=["-e", f"printops_plan_file={plan}"])

    def ours() -> float:
        if not plan.exists():
            rivals()
        shutil.rmtree(folder, ignore_errors=True)
        return _played("report.yml", inventory="localhost,", options=reporting)

    comparison = alternate(REPORT, rival="the playbook plan", runs=runs, ours=ours, rivals=rivals)
    page = folder / "report.html"
    if page.stat().st_size > MOST_BYTES:
        raise BenchError(f"{REPORT}: the page has {page.stat().st_size} bytes, more than {MOST_BYTES}")
    print(f"  {REPORT}, the page: {page.stat().st_size / 1e6:.1f} MB; {_in_a_browser(page)} (not in the file)")
    return comparison


def _played(playbook: str, *, inventory: str, options: Sequence[str]) -> float:
    path = str(CHECKOUT / "playbooks" / playbook)
    return timed([program("ansible-playbook"), "-i", inventory, path, *options], extra=COLOURLESS)


def _in_a_browser(page: Path) -> str:
    """How long it takes until the page can be used, and until a keystroke in its search is answered."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise BenchError("there is no chromium: run scripts/setup --browser")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = browser.new_page()
        opened.goto(page.as_uri())
        opened.wait_for_selector("html[data-ready=yes]", timeout=60_000)
        ready = opened.evaluate("performance.now()")
        answers = [opened.evaluate(KEYSTROKE, typed) for typed in TYPED]
        browser.close()
    return (
        f"ready after {ready / 1000:.2f} s, a keystroke answered in {statistics.median(answers):.0f} ms, "
        f"at most {max(answers):.0f} ms"
    )
