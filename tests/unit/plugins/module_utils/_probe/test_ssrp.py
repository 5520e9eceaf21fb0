# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions and answers of the browser service, as the specification MC-SQLR has them."""

from __future__ import annotations

import socket
import threading
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._probe import ssrp
from ansible_collections.printops.firewall.plugins.modules.mssql_browser_info import instances_of

ONE = "ServerName;SQL1;InstanceName;SAFEQ;IsClustered;No;Version;15.0.2000.5;tcp;49321;;"
CLUSTERED = "ServerName;SQL1;InstanceName;PIPES;IsClustered;Yes;Version;9.00.1399.06;np;\\\\SQL1\\pipe\\sql\\query;;"


def answer(text: str) -> bytes:
    return b"\x05" + len(text).to_bytes(2, "little") + text.encode()


class Browser:
    """A service on this machine that answers the questions it knows, and keeps quiet otherwise."""

    def __init__(self, answers: t.Mapping[bytes, bytes]) -> None:
        self._answers = answers
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(5)
        self.port = self._socket.getsockname()[1]
        self.asked: list[bytes] = []
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Browser:
        self._thread.start()
        return self

    def __exit__(self, *_failure: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", ("127.0.0.1", self.port))
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            question, peer = self._socket.recvfrom(512)
            if question == b"end":
                return
            self.asked.append(question)
            if question in self._answers:
                self._socket.sendto(self._answers[question], peer)


def test_questions_are_those_of_the_specification() -> None:
    assert ssrp.question() == b"\x03"
    assert ssrp.question("SAFEQ") == b"\x04SAFEQ\x00"


def test_an_answer_names_every_instance_and_its_port() -> None:
    safeq, pipes = ssrp.parse(answer(ONE + CLUSTERED))
    assert safeq == {
        "server": "SQL1",
        "instance": "SAFEQ",
        "clustered": False,
        "version": "15.0.2000.5",
        "tcp": 49321,
        "pipe": "",
    }
    assert (pipes["instance"], pipes["clustered"], pipes["tcp"]) == ("PIPES", True, None)
    assert pipes["pipe"].endswith("query")


def test_what_follows_the_announced_length_does_not_count() -> None:
    assert len(ssrp.parse(answer(ONE) + b"ServerName;X;InstanceName;Y;;")) == 1


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "begins with nothing"),
        (b"\x04\x00\x00", "begins with 040000"),
        (b"\x05\x01", "begins with 0501"),
        (b"\x05\x01", "begins with 05"),
        (b"\x05\xff\x00abc", "announces 255 bytes and has 3"),
        (answer("ServerName;SQL1;;"), "has no InstanceName"),
        (answer("nonsense"), "has no InstanceName"),
    ],
)
def test_another_answer_is_an_error_that_says_what_came(raw: bytes, words: str) -> None:
    with pytest.raises(ssrp.SsrpError, match=words):
        ssrp.parse(raw)


@pytest.mark.parametrize("port", ["0", "70000", "x", ""])
def test_a_port_that_is_none_is_no_port(port: str) -> None:
    (found,) = ssrp.parse(answer(ONE.replace("49321", port)))
    assert found["tcp"] is None


def ask(browser: Browser, instance: str | None) -> list[str]:
    params = {"host": "127.0.0.1", "port": browser.port, "timeout": 0.2, "instance": instance}
    return [one["instance"] for one in instances_of(params)]


def test_a_hidden_instance_is_asked_for_by_name() -> None:
    hidden = answer(ONE.replace("SAFEQ", "HIDDEN"))
    with Browser({b"\x03": answer(ONE), b"\x04HIDDEN\x00": hidden}) as browser:
        assert ask(browser, "safeq") == ["SAFEQ"]
        assert browser.asked == [b"\x03"]
        assert ask(browser, "HIDDEN") == ["SAFEQ", "HIDDEN"]
        assert ask(browser, "OTHER") == ["SAFEQ"]
        assert ask(browser, None) == ["SAFEQ"]


def test_a_service_that_is_not_there_raises_what_the_system_says() -> None:
    with Browser({}) as browser, pytest.raises(socket.timeout):
        ask(browser, None)
    with pytest.raises(OSError, match="refused"):
        ssrp.ask("127.0.0.1", port=browser.port, instance="", timeout=1)
