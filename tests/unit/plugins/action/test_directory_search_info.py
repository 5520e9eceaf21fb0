# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A search passes digests on, and neither values nor password are shown; the module that it runs is played."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest

CHECKOUT = pathlib.Path(__file__).resolve().parents[4]
PASSWORD, CARD = "Acht-stumme-Boten-6", "04A2B6C81190"
CODED_CARD = "MDRBMkI2QzgxMTkw"
ENTRIES = [{"dn": "cn=anna", "uid": "YW5uYQ==", "pager": CODED_CARD}, {"dn": "cn=otto", "pager": CODED_CARD}]
PLAYED = """\
#!/usr/bin/python
from ansible.module_utils.basic import AnsibleModule
options = {name: {"type": "str"} for name in ("dn", "server_uri", "bind_dn")}
options["bind_pw"] = {"type": "str", "no_log": True}
options["base64_attributes"] = {"type": "list"}
module = AnsibleModule(argument_spec=options)
answer = %r
if "msg" in answer:
    module.fail_json(**answer)
module.exit_json(changed=True, asked=module.params["base64_attributes"], **answer)
"""


class Searched(t.NamedTuple):
    output: str
    result: dict[str, t.Any]


def search(folder: pathlib.Path, answer: dict[str, t.Any]) -> Searched:
    module = folder / "collections/ansible_collections/community/general/plugins/modules/ldap_search.py"
    module.parent.mkdir(parents=True)
    module.write_text(PLAYED % answer)
    question = {"dn": "dc=test", "bind_dn": "cn=svc", "bind_pw": PASSWORD, "plain": ["uid"]}
    kept = {"dest": f"{folder}/result.json", "content": "{{ found | to_json }}", "mode": "0600"}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {
                "printops.firewall.directory_search_info": question,
                "no_log": True,
                "register": "found",
                "failed_when": False,
            },
            {"ansible.builtin.copy": kept, "no_log": True},
        ],
    }
    book = folder / "book.json"
    book.write_text(json.dumps([play]))
    done = subprocess.run(
        [str(pathlib.Path(sys.executable).with_name("ansible-playbook")), "-vvvv", str(book)],
        env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": f"{folder}/collections:{CHECKOUT / '.collections'}"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Searched(done.stdout + done.stderr, json.loads((folder / "result.json").read_text()))


def test_values_are_digests_and_nothing_is_shown(tmp_path: pathlib.Path) -> None:
    output, result = search(tmp_path, {"results": ENTRIES})
    anna, otto = result["entries"]
    assert (anna["dn"], anna["attributes"]["uid"]) == ("cn=anna", ["anna"])
    assert anna["attributes"]["pager"] == otto["attributes"]["pager"]
    assert not result["changed"]
    for secret in (PASSWORD, CARD, CODED_CARD, "cn=anna"):
        assert secret not in output
    for secret in (PASSWORD, CARD, CODED_CARD):
        assert secret not in json.dumps(result)


@pytest.mark.parametrize("extra", [{}, {"results": ENTRIES}])
def test_a_failure_says_what_the_module_said_and_has_no_entries(
    tmp_path: pathlib.Path, extra: dict[str, t.Any]
) -> None:
    answer = {"msg": "Cannot bind to the server.", "details": "Invalid credentials", **extra}
    output, result = search(tmp_path, answer)
    assert (result["msg"], result["details"]) == ("Cannot bind to the server.", "Invalid credentials")
    assert not {"entries", "results", "invocation"} & set(result)
    assert CODED_CARD not in output
