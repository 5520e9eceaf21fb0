# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64

from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.directory.entries import reduced

KEY = b"password"


def coded(*values: str | bytes) -> str | list[str]:
    texts = [base64.b64encode(one if isinstance(one, bytes) else one.encode()).decode() for one in values]
    return texts[0] if len(texts) == 1 else texts


def digests(*values: str | bytes, key: bytes = KEY) -> list[str]:
    (entry,) = reduced([{"dn": "cn=a", "pager": coded(*values)}], plain=[], key=key)
    found = entry["attributes"].get("pager", [])
    assert isinstance(found, list)
    return found


def test_values_are_digests_unless_they_are_asked_for_plain() -> None:
    entry = {"dn": "cn=Anna", "UID": coded(" anna "), "pager": coded("04A2B6", "04A2B7"), "mail": coded(" ")}
    (found,) = reduced([entry], plain=["uid"], key=KEY)
    assert found["dn"] == "cn=Anna"
    assert found["attributes"]["uid"] == ["anna"]
    assert len(set(found["attributes"]["pager"])) == 2
    assert "mail" not in found["attributes"]
    assert "04A2B" not in str(found).upper()


def test_equal_values_have_equal_digests_under_one_key() -> None:
    assert digests("04a2b6") == digests(" 04A2B6 ")
    assert digests("04a2b6") != digests("04a2b7")
    assert digests("04a2b6") != digests("04a2b6", key=b"another")


def test_bytes_that_are_no_text_keep_their_difference() -> None:
    assert digests(b"\xff\xfeA") != digests(b"\xff\xfea")
    assert len(digests(b"\xff\xfe")) == 1


def test_a_value_that_is_not_in_base64_is_taken_as_it_is() -> None:
    (found,) = reduced([{"dn": "cn=a", "pager": "no base64!"}], plain=["pager"], key=KEY)
    assert found["attributes"] == {"pager": ["no base64!"]}
