# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each item of the network passing, failing and not checkable, from recorded results of Linux and of Windows."""

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.plugin_utils._base.errors import ReadinessError
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.areas import decide_area
from ansible_collections.printops.firewall.plugins.plugin_utils._readiness.model import Outcome, Status

AT = "2026-03-01T10:00:00Z"
QUESTIONS: dict[str, t.Any] = {
    "components": ["safeq6_spooler_controller", "safeq6_terminal_server"],
    "listened": [
        {
            "protocol": "tcp",
            "ports": ports,
            "components": [component],
            "flows": [row],
            "is_jmx": is_jmx,
            "is_opened": not is_jmx,
        }
        for ports, component, row, is_jmx in (
            ("5012", "terminal_server", "safeq6/terminal-server/1", False),
            ("5014-5019", "terminal_server", "safeq6/terminal-server/11", False),
            ("9999", "spooler_controller", "safeq6/spooler-controller/14", True),
        )
    ],
    "targets": [
        {"protocol": protocol, "address": address, "port": port, "kind": kind, "name": name, "flows": [row]}
        for protocol, address, port, kind, name, row in (
            ("tcp", "10.0.0.2", 6010, "host", "mgmt1", "safeq6/management/3"),
            ("tcp", "10.5.0.20", 9100, "device", "10.5.0.20", "safeq6/mfd/23"),
            ("tcp", "192.0.2.9", 636, "outside", "192.0.2.9", "safeq6/ldap/4"),
            ("udp", "10.5.0.20", 161, "device", "10.5.0.20", "safeq6/mfd/3"),
        )
    ],
    "unnamed": [],
    "peers": [
        {"name": "site2", "kind": "member", "address": "10.0.0.3", "ports": [22]},
        {"name": "10.5.0.20", "kind": "device", "address": "10.5.0.20", "ports": [9100]},
    ],
    "probe": {},
}
ASKED: dict[str, t.Any] = {
    "components": QUESTIONS["components"],
    "questions": QUESTIONS,
    "programs": [],
    "latency_ms": 100,
    "jobs_per_hour": 3600.0,
    "job_kb": [40, 60],
    "link_kbit": 1000.0,
    "clock_s": 1.0,
    "may_be_closed": [],
    "throughput_port": 0,
}
SSHD = {"protocol": "tcp", "port": 22, "addresses": ["0.0.0.0", "::"], "jmx": False}
SSHD["holders"] = [{"pid": 7, "name": "sshd", "program": "/usr/sbin/sshd"}]


def holder(name: str, program: str, pid: int = 812) -> dict[str, t.Any]:
    return {"pid": pid, "name": name, "program": program}


def listener(port: int, *holders: dict[str, t.Any], on: str = "0.0.0.0", jmx: bool = False) -> dict[str, t.Any]:
    return {"protocol": "tcp", "port": port, "addresses": [on], "holders": list(holders), "jmx": jmx}


def answer(state: str, detail: str = "", ms: float = 1.0) -> dict[str, t.Any]:
    return {"state": state, "ms": ms, "detail": detail}


def latency(*times_ms: float, lost: int = 0, way: str = "icmp") -> dict[str, t.Any]:
    tried = [{"protocol": "icmp", "port": None}, {"protocol": "tcp", "port": 22}]
    return {"way": way, "times_ms": list(times_ms), "lost": lost, "tried": tried}


PROBE: dict[str, t.Any] = {
    "changed": False,
    "failed": False,
    "listeners": [SSHD],
    "as_root": True,
    "targets": [answer("open"), answer("open"), answer("open"), answer("silent")],
    "latency": [latency(*[2.0] * 20), latency(*[30.0] * 20)],
    "took_s": 3.0,
}


def clock(offset_s: float, uncertainty_s: float = 0.02) -> dict[str, t.Any]:
    return {"changed": False, "failed": False, "offset_s": offset_s, "uncertainty_s": uncertainty_s}


def on_linux(probe: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"platform": "linux", "network_probe_info": probe}


def on_windows(probe: dict[str, t.Any]) -> dict[str, t.Any]:
    """As ansible.windows.win_powershell documents what a script gives in $Ansible.Result."""
    result = {key: value for key, value in probe.items() if key not in ("changed", "failed")}
    told = {"debug": [], "error": [], "host_err": "", "host_out": "", "information": [], "output": [], "verbose": []}
    return {"platform": "windows", "network_probe_info": {"changed": False, "failed": False, "result": result, **told}}


def decided(
    item: str,
    *,
    recorded: t.Callable[[dict[str, t.Any]], dict[str, t.Any]] = on_linux,
    asked: t.Mapping[str, t.Any] | None = None,
    questions: t.Mapping[str, t.Any] | None = None,
    clocks: t.Mapping[str, t.Any] | None = None,
    throughput: t.Mapping[str, t.Any] | None = None,
    **probe: t.Any,
) -> Outcome:
    observed = {
        "at": AT,
        "clocks": clocks or {"site1": clock(0.1), "site2": clock(0.2)},
        "throughput": throughput or {},
        **recorded({**copy.deepcopy(PROBE), **probe}),
    }
    wanted = {**ASKED, **(asked or {}), "questions": {**QUESTIONS, **(questions or {})}}
    outcomes = decide_area("network", observed=observed, asked=wanted, host="site1")
    return next(one for one in outcomes if one.item == f"preinstall/network/{item}")


BOTH = pytest.mark.parametrize("recorded", [on_linux, on_windows])
NEEDING = ["ports_free", "latency", "jmx_localhost", "outbound"]


@BOTH
@pytest.mark.parametrize("item", [*NEEDING, "bandwidth", "clock"])
def test_a_host_that_is_ready_passes_with_evidence(item: str, recorded: t.Any) -> None:
    outcome = decided(item, recorded=recorded)
    assert outcome.status is Status.PASS, outcome
    assert outcome.evidence
    assert all(one.seen and one.where and one.when == AT for one in outcome.evidence)


@pytest.mark.parametrize("item", NEEDING)
@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ({"unreachable": True, "msg": "no route"}, "the host was not reached: no route"),
        (
            {"failed": False, "msg": "network_probe_info: too old"},
            "network_probe_info could not be read: network_probe_info: too old",
        ),
        ({"skipped": True, "skip_reason": "Conditional result was False"}, "Conditional result was False"),
        ({"failed": True, "result": {}, "msg": "Access is denied"}, "Access is denied"),
    ],
)
def test_without_an_answer_nothing_is_decided(item: str, result: dict[str, t.Any], reason: str) -> None:
    outcome = decided(item, recorded=lambda _probe: {"platform": "linux", "network_probe_info": result})
    assert outcome.status is Status.UNKNOWN
    assert reason in outcome.reason


@BOTH
def test_a_port_that_somebody_else_holds_fails_with_the_program_and_its_id(recorded: t.Any) -> None:
    outcome = decided("ports_free", recorded=recorded, listeners=[listener(5016, holder("nginx", "/usr/sbin/nginx"))])
    assert outcome.status is Status.FAIL
    assert outcome.summary == (
        "5016/tcp on 0.0.0.0 is held by nginx (pid 812, /usr/sbin/nginx), "
        "wanted by terminal_server [safeq6/terminal-server/11]"
    )
    assert "preinstall_network_programs" in outcome.remedy


@pytest.mark.parametrize(
    ("name", "program", "programs"),
    [
        ("java", "/opt/SafeQ6/SPOC/jre/bin/java", []),
        ("java.exe", r"C:\SafeQ6\SPOC\bin\java.exe", []),
        ("YSoft.SafeQ.Service.exe", r"D:\Programs\YSoft.SafeQ.Service.exe", []),
        ("node.exe", r"D:\Apps\Terminal Server\node.exe", []),
        ("java", "/usr/lib/jvm/java-11/bin/java", ["java"]),
        ("java", "/srv/Print/jre/bin/java", ["/srv/print/*"]),
    ],
)
def test_the_product_may_hold_its_ports(name: str, program: str, programs: list[str]) -> None:
    held = [listener(5012, holder(name, program), holder(name, program, pid=813))]
    outcome = decided("ports_free", asked={"programs": programs}, listeners=held)
    assert outcome.status is Status.PASS
    assert "1 port of them held by the product itself" in outcome.summary


@pytest.mark.parametrize(
    "program", ["/usr/lib/jvm/java-11/bin/java", r"C:\Program Files\SafeQuest\x.exe", r"C:\Windows\spooler\x.exe", ""]
)
def test_others_may_not(program: str) -> None:
    assert decided("ports_free", listeners=[listener(5012, holder("java", program))]).status is Status.FAIL


def test_one_of_two_holders_who_is_somebody_else_is_enough_to_fail() -> None:
    held = listener(5012, holder("java", "/opt/safeq6/java"), holder("nc", "/usr/bin/nc"))
    assert decided("ports_free", listeners=[held]).status is Status.FAIL


def test_a_database_may_hold_its_own_port_and_no_other() -> None:
    own = {**QUESTIONS["listened"][0], "ports": "5432", "components": ["database_pgsql"]}
    questions = {"listened": [own, *QUESTIONS["listened"]]}
    postgres = holder("postgres", "/usr/lib/postgresql/15/bin/postgres")
    assert decided("ports_free", questions=questions, listeners=[listener(5432, postgres)]).status is Status.PASS
    assert decided("ports_free", questions=questions, listeners=[listener(5012, postgres)]).status is Status.FAIL


def test_the_http_service_of_windows_is_explained() -> None:
    outcome = decided("ports_free", recorded=on_windows, listeners=[listener(5012, holder("System", "", pid=4))])
    assert "System (pid 4, Windows itself; netsh http show servicestate tells for whom)" in outcome.summary


def test_holders_are_not_guessed_without_root() -> None:
    outcome = decided("ports_free", as_root=False, listeners=[listener(5012)])
    assert outcome.status is Status.UNKNOWN
    assert "did not run as root" in outcome.reason
    assert decided("ports_free", as_root=True, listeners=[listener(5012)]).status is Status.FAIL


@BOTH
def test_jmx_on_any_other_address_than_loopback_fails(recorded: t.Any) -> None:
    java = holder("java", "/opt/SafeQ6/java")
    outcome = decided("jmx_localhost", recorded=recorded, listeners=[listener(9999, java)])
    assert (outcome.status, outcome.summary) == (
        Status.FAIL,
        "9999/tcp on 0.0.0.0 is held by java (pid 812, /opt/SafeQ6/java)",
    )
    assert decided("jmx_localhost", listeners=[listener(9999, java, on="::1")]).status is Status.PASS
    assert decided("jmx_localhost", listeners=[listener(9999, java, on="fe80::1%4")]).status is Status.FAIL


def test_of_the_sockets_beside_jmx_only_java_s_own_passes() -> None:
    java = holder("java", "/opt/SafeQ6/java")
    jmx, own, rmi = (
        {**listener(9999, java, on="127.0.0.1"), "ephemeral": False},
        {**listener(40002, java), "ephemeral": True, "local_management": True},
        {**listener(40001, java), "ephemeral": True},
    )
    right = decided("jmx_localhost", listeners=[SSHD, jmx, own])
    assert right.status is Status.PASS
    assert any("40002/tcp" in one.seen and "only management by its own host" in one.seen for one in right.evidence)
    wrong = decided("jmx_localhost", listeners=[SSHD, jmx, own, rmi])
    assert (wrong.status, "40001/tcp on 0.0.0.0" in wrong.summary) == (Status.FAIL, True)
    assert "beside JMX on 9999/tcp, as its RMI port is, random unless it is set" in wrong.summary
    assert "40002" not in wrong.summary


def test_jmx_that_the_plan_opens_may_listen_to_others() -> None:
    opened = [{**one, "is_opened": True} for one in QUESTIONS["listened"]]
    held = [listener(9999, holder("java", "/opt/SafeQ6/java"))]
    outcome = decided("jmx_localhost", questions={"listened": opened}, listeners=held)
    assert outcome.status is Status.PASS
    assert "where the plan opens it: 9999/tcp on 0.0.0.0 is held by java" in outcome.summary


def test_jmx_on_a_port_that_no_document_has_is_found_by_how_the_program_was_started() -> None:
    java = holder("java", "/usr/bin/java")
    assert decided("jmx_localhost", listeners=[listener(7091, java)]).status is Status.PASS
    outcome = decided("jmx_localhost", listeners=[listener(7091, java, jmx=True)])
    assert (outcome.status, outcome.remedy != "") == (Status.FAIL, True)


@BOTH
def test_latency_fails_by_the_median_or_by_the_95th_percentile(recorded: t.Any) -> None:
    slow = latency(*[120.0] * 20)
    outcome = decided("latency", recorded=recorded, latency=[latency(*[2.0] * 20), slow])
    assert outcome.status is Status.FAIL
    assert "device 10.5.0.20 over icmp: median 120.0 ms, 95th percentile 120.0 ms of 20" in outcome.summary
    two_slow = latency(*[5.0] * 18, 150.0, 150.0)
    assert decided("latency", latency=[two_slow, two_slow]).status is Status.FAIL
    one_slow = latency(*[5.0] * 19, 150.0)
    assert decided("latency", latency=[one_slow, one_slow]).status is Status.PASS


def test_latency_at_the_limit_is_not_under_it_and_the_limit_is_the_operators() -> None:
    at_limit = [latency(*[100.0] * 20)] * 2
    assert decided("latency", latency=at_limit).status is Status.FAIL
    assert decided("latency", latency=at_limit, asked={"latency_ms": 101}).status is Status.PASS


def test_lost_round_trips_are_slower_than_any() -> None:
    outcome = decided("latency", latency=[latency(*[2.0] * 18, lost=2), latency(*[2.0] * 20)])
    assert outcome.status is Status.FAIL
    assert "site2 (10.0.0.3) over icmp: median 2.0 ms, 95th percentile never of 20, 2 lost" in outcome.summary


def test_a_member_that_never_answers_could_not_be_checked() -> None:
    outcome = decided("latency", latency=[latency(way=""), latency(*[2.0] * 20)])
    assert (outcome.status, outcome.reason) == (
        Status.UNKNOWN,
        "site2 (10.0.0.3) gave no answer to icmp, 22/tcp",
    )


def test_devices_that_nobody_named_are_left_to_a_person_unless_a_member_is_too_slow() -> None:
    questions = {"peers": QUESTIONS["peers"][:1]}
    outcome = decided("latency", questions=questions, latency=[latency(2.0)])
    assert outcome.status is Status.ATTEST
    assert "preinstall_network_devices" in outcome.reason
    assert decided("latency", questions=questions, latency=[latency(200.0)]).status is Status.FAIL


def test_latency_does_not_apply_without_members_and_devices() -> None:
    questions = {"peers": [], "components": ["safeq6_spooler_controller"]}
    assert decided("latency", questions=questions, latency=[]).status is Status.NOT_APPLICABLE


def test_bandwidth_is_the_jobs_times_their_volume() -> None:
    passing = decided("bandwidth")
    assert passing.summary == "Needs 480.0 kbit/s of 1000.0 kbit/s."
    assert "40 to 60 kB are 320.0 kbit/s to 480.0 kbit/s" in passing.evidence[0].seen
    failing = decided("bandwidth", asked={"link_kbit": 479.9})
    assert (failing.status, failing.summary) == (Status.FAIL, "Needs 480.0 kbit/s, has 479.9 kbit/s.")


@pytest.mark.parametrize("lacking", ["jobs_per_hour", "link_kbit"])
def test_bandwidth_is_left_to_a_person_where_a_number_lacks(lacking: str) -> None:
    outcome = decided("bandwidth", asked={lacking: 0.0})
    assert outcome.status is Status.ATTEST
    assert f"preinstall_network_{lacking}" in outcome.reason


def sent(kbit_s: float, error: str = "") -> dict[str, t.Any]:
    return {"changed": False, "sent": [{"address": "10.0.0.3", "kbit_s": kbit_s, "error": error}]}


def test_what_was_measured_counts_where_it_is_less_than_what_the_operator_says() -> None:
    outcome = decided("bandwidth", asked={"throughput_port": 5555}, throughput=sent(300.0))
    assert (outcome.status, outcome.summary) == (Status.FAIL, "Needs 480.0 kbit/s, has 300.0 kbit/s.")
    outcome = decided("bandwidth", asked={"throughput_port": 5555, "link_kbit": 0.0}, throughput=sent(96000.0))
    assert (outcome.status, outcome.summary) == (Status.PASS, "Needs 480.0 kbit/s of 96.0 Mbit/s.")
    assert "96.0 Mbit/s measured to 10.0.0.3" in [one.seen for one in outcome.evidence]


@pytest.mark.parametrize(
    ("throughput", "reason"),
    [
        (sent(0.0, "timed out"), "10.0.0.3: timed out"),
        ({"failed": True, "msg": "network_throughput_info: port is 0"}, "network_throughput_info: port is 0"),
        ({}, "throughput could not be read"),
    ],
)
def test_a_measurement_that_was_asked_for_and_failed_is_told(throughput: dict[str, t.Any], reason: str) -> None:
    outcome = decided("bandwidth", asked={"throughput_port": 5555}, throughput=throughput)
    assert outcome.status is Status.UNKNOWN
    assert reason in outcome.reason


def test_without_other_members_nothing_is_measured() -> None:
    questions = {"peers": QUESTIONS["peers"][1:]}
    assert decided("bandwidth", asked={"throughput_port": 5555}, questions=questions).status is Status.PASS


def test_a_clock_that_most_do_not_agree_with_fails_and_the_others_pass() -> None:
    clocks = {"site1": clock(37.0), "site2": clock(0.1), "mgmt1": clock(-0.1)}
    outcome = decided("clock", clocks=clocks)
    assert outcome.status is Status.FAIL
    assert "37.000 s (give or take 0.020) ahead of the controller" in outcome.summary
    swapped = {**clocks, "site1": clock(0.0), "site2": clock(37.0)}
    outcome = decided("clock", clocks=swapped)
    assert (outcome.status, outcome.summary) == (Status.PASS, "Within 1 s of the controller; mgmt1. Not so site2.")


def test_a_controller_whose_clock_is_wrong_accuses_nobody_who_agrees() -> None:
    outcome = decided("clock", clocks={"site1": clock(-300.0), "site2": clock(-300.2)})
    assert outcome.status is Status.PASS
    assert outcome.summary.endswith("Not so the controller.")


def test_two_that_differ_and_nobody_to_tell_who_is_right() -> None:
    outcome = decided("clock", clocks={"site1": clock(-5.0)})
    assert (outcome.status, outcome.summary) == (
        Status.FAIL,
        "5.000 s (give or take 0.020) behind the controller",
    )


def test_a_reading_that_took_too_long_tells_nothing() -> None:
    outcome = decided("clock", clocks={"site1": clock(0.8, 0.6), "site2": clock(0.0)})
    assert outcome.status is Status.UNKNOWN
    assert "took too long" in outcome.reason


@pytest.mark.parametrize("clocks", [{"site1": {"failed": True, "msg": "date: not found"}}, {"site2": clock(0.0)}])
def test_a_clock_that_was_not_read_could_not_be_checked(clocks: dict[str, t.Any]) -> None:
    assert decided("clock", clocks=clocks).status is Status.UNKNOWN


@BOTH
@pytest.mark.parametrize(
    ("place", "state", "words"),
    [
        (0, "filtered", "6010/tcp of 10.0.0.2 (mgmt1) is filtered: no answer, after 1 ms [safeq6/management/3]"),
        (0, "unreachable", "6010/tcp of 10.0.0.2 (mgmt1) is unreachable (No route to host), after 1 ms"),
        (1, "filtered", "9100/tcp of 10.5.0.20 is filtered"),
        (2, "closed", "636/tcp of 192.0.2.9 is closed: refused, as nothing listens there or a firewall rejects"),
        (3, "unreachable", "161/udp of 10.5.0.20 is unreachable"),
    ],
)
def test_what_cannot_be_reached_fails_by_name(recorded: t.Any, place: int, state: str, words: str) -> None:
    targets = copy.deepcopy(PROBE["targets"])
    targets[place] = answer(state, "No route to host")
    outcome = decided("outbound", recorded=recorded, targets=targets)
    assert outcome.status is Status.FAIL
    assert words in outcome.summary


def test_a_refusal_of_what_is_not_installed_yet_shows_that_the_way_is_open() -> None:
    outcome = decided("outbound", targets=[answer("closed"), answer("closed"), answer("open"), answer("closed")])
    assert (outcome.status, outcome.summary) == (
        Status.PASS,
        "1 of 4 targets open; 3 reached and closed, as nothing listens there yet.",
    )


def test_the_operator_says_what_may_be_closed_outside() -> None:
    targets = [answer("open"), answer("open"), answer("closed"), answer("silent")]
    outcome = decided("outbound", asked={"may_be_closed": ["safeq6/ldap/4"]}, targets=targets)
    assert outcome.status is Status.PASS
    assert "1 over UDP silent, which proves nothing" in outcome.summary


def test_nothing_but_silence_over_udp_could_not_be_checked() -> None:
    questions = {"targets": QUESTIONS["targets"][3:]}
    outcome = decided("outbound", questions=questions, targets=[answer("silent")])
    assert (outcome.status, outcome.reason) == (Status.UNKNOWN, "silence over UDP proves nothing")


def test_an_attempt_that_could_not_be_made_could_not_be_checked() -> None:
    targets = [answer("error", "Too many open files"), *[answer("open")] * 3]
    outcome = decided("outbound", targets=targets)
    assert outcome.status is Status.UNKNOWN
    assert "could not be tried (Too many open files)" in outcome.reason


def test_networks_without_a_known_address_are_named() -> None:
    part = {"protocol": "tcp", "ports": "9100", "remotes": ["10.6.0.0/24"], "flows": ["safeq6/mfd/23"]}
    unnamed = [part, {**part, "ports": "515"}]
    outcome = decided("outbound", questions={"unnamed": unnamed})
    assert outcome.status is Status.UNKNOWN
    assert outcome.reason == "no address is known in 10.6.0.0/24: name one of each in preinstall_network_devices"
    seen = [one.seen for one in outcome.evidence]
    assert "not tried to 10.6.0.0/24: 9100/tcp [safeq6/mfd/23], 515/tcp [safeq6/mfd/23]" in seen
    nothing = decided("outbound", questions={"unnamed": unnamed, "targets": []}, targets=[])
    assert (nothing.status, nothing.reason) == (Status.UNKNOWN, outcome.reason)


def test_outbound_does_not_apply_where_nothing_is_planned() -> None:
    outcome = decided("outbound", questions={"targets": []}, targets=[])
    assert outcome.status is Status.NOT_APPLICABLE


def test_answers_that_do_not_fit_the_questions_are_not_read() -> None:
    assert decided("outbound", targets=[answer("open")]).status is Status.UNKNOWN
    assert decided("latency", latency=[latency(1.0)]).status is Status.UNKNOWN


def test_numbers_may_be_texts_as_older_ansible_has_them() -> None:
    texts = {"latency_ms": "100", "jobs_per_hour": "3600.0", "job_kb": ["40", "60"], "link_kbit": "1000.0"}
    for item in ("latency", "bandwidth", "clock"):
        assert decided(item, asked={**texts, "clock_s": "1.0", "throughput_port": "0"}).status is Status.PASS


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"latency_ms": "fast"}, "host site1: preinstall_network_latency_ms is 'fast'; it must be a number"),
        ({"link_kbit": -1}, "preinstall_network_link_kbit is -1; it must be a number that is not negative"),
        ({"clock_s": float("nan")}, "preinstall_network_clock_s is nan"),
        ({"job_kb": [60, 40]}, r"preinstall_network_job_kb is \[60, 40\]; it must be the least and the most"),
        ({"job_kb": [60]}, "preinstall_network_job_kb is"),
        ({"may_be_closed": "safeq6/ldap/4"}, "preinstall_network_may_be_closed is 'safeq6/ldap/4'; it must be a list"),
    ],
)
def test_what_cannot_be_asked_is_said(asked: dict[str, t.Any], message: str) -> None:
    targets = [answer("open"), answer("open"), answer("closed"), answer("silent")]
    with pytest.raises(ReadinessError, match=message):
        decided("latency", asked=asked, targets=targets)


def test_an_unknown_question_is_an_error() -> None:
    with pytest.raises(ReadinessError, match="host site1: network: nothing is asked by the name 'latency'; did you"):
        decided("latency", asked={"latency": 3})
