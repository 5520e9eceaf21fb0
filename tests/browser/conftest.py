# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Chromium, which scripts/setup --browser installs, without a window."""

from __future__ import annotations

import pathlib
import shutil
import typing as t

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

PAGES = t.Callable[..., Page]


@pytest.fixture(name="browser", scope="session")
def browser_fixture() -> t.Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "there is no chromium: run scripts/setup --browser"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(name="opened")
def opened_fixture(browser: Browser) -> t.Iterator[PAGES]:
    """Opens a file, ready to be used; fails at the end where a page wrote to the console, failed or asked a network."""
    said: list[str] = []
    contexts = []

    def opened(path: pathlib.Path, **options: t.Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: None if request.url.startswith("file:") else said.append(request.url))
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-ready=yes]", timeout=60_000)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []
