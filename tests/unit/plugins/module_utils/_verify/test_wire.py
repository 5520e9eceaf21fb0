# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What prober and listener say to each other."""

from __future__ import annotations

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._verify.wire import (
    question,
    read_question,
    read_saying,
    saying,
)

SAID = {"host": "b", "local": "10.0.0.2", "peer": "10.0.0.1"}


@pytest.mark.parametrize("wants_answer", [True, False])
def test_a_question_is_read_by_a_listener_of_the_same_run_only(*, wants_answer: bool) -> None:
    data = question("secret", "0011223344556677", wants_answer=wants_answer)
    assert read_question("secret", data) == ("0011223344556677", wants_answer)
    assert read_question("other", data) is None


@pytest.mark.parametrize(
    "data", [b"", b"printops", b"printops ?", b"GET / HTTP/1.0\r\n\r\n", b"printops " + b"x" * 900]
)
def test_anything_else_is_no_question(data: bytes) -> None:
    assert read_question("secret", data) is None


def test_a_saying_is_believed_of_the_same_run_and_the_same_question_only() -> None:
    data = saying("secret", **SAID, nonce="n")
    assert read_saying("secret", data, nonce="n") == SAID
    assert read_saying("secret", data) is None
    assert read_saying("other", data, nonce="n") is None
    assert read_saying("secret", data.replace(b"10.0.0.2", b"10.0.0.9"), nonce="n") is None


@pytest.mark.parametrize("data", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"printops=", b"printops=" + b"0" * 40 + b"\n"])
def test_anything_else_is_no_saying(data: bytes) -> None:
    assert read_saying("secret", data) is None
