# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands refuse before they touch anything; what they do is tested on machines, in tests/lab."""

from __future__ import annotations

import os
import pathlib
import signal
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._offline import commands as offline


@pytest.fixture(autouse=True)
def keep_the_process_as_it_is(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[None]:
    umask = os.umask(0)
    os.umask(umask)
    hangup = signal.getsignal(signal.SIGHUP)
    monkeypatch.setenv("PATH", os.environ["PATH"])
    yield
    signal.signal(signal.SIGHUP, hangup)
    os.umask(umask)


@pytest.mark.parametrize("command", offline.COMMANDS)
def test_only_root_may(
    command: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert offline.main(command, folder=str(tmp_path), words=[]) == 1
    assert capsys.readouterr().err == f"{command}: it must run as root; nothing was changed\n"


@pytest.mark.parametrize("command", offline.COMMANDS)
def test_a_folder_that_was_not_rendered_is_refused(
    command: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert offline.main(command, folder=str(tmp_path), words=[]) == 1
    assert "rules.json cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["5", "-1", "soon", "1.5"])
def test_seconds_are_given_plainly(seconds: str, tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        offline.main("apply", folder=str(tmp_path), words=[f"--confirm-timeout={seconds}"])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "give at least 10 seconds, or 0" in said
    assert said.endswith("see ./apply --help. Nothing was changed\n")
    assert said.count("\n") == 1
