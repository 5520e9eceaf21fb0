# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this plugin util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Items about what runs on a server and holds its ports: web servers, databases, print products, LPD."""

from __future__ import annotations

import typing as t

from ansible_collections.printops.firewall.plugins.plugin_utils._base.text import few

from ..case import Case, UnreadableError
from ..model import Evidence, Outcome
from .asked import (
    Asked,
    Port,
    agreed_as,
)
from .seen import (
    SERVICES,
    SOCKETS,
    Listener,
    Service,
    listeners_of,
    named,
    services_of,
)
from .signatures import (
    DATABASES,
    LPD_SERVICES,
    OWN_PRODUCTS,
    PRINT_PRODUCTS,
    PRINT_SERVERS,
    WEB_SERVERS,
)

HTTP, LPD = 80, 515


def web_server(case: Case, asked: Asked) -> Outcome:
    """Nothing listens on TCP 80 that was not meant to, and no idle web server waits for the next start."""
    on_http = _on(listeners_of(case), HTTP)
    foreign = [one for one in on_http if not agreed_as(asked.intended, one.process)]
    servers = [one for one in _services(case) if named(WEB_SERVERS, one) and not _meant(one, asked)]
    sockets = _sockets(case, on_http, nothing="nothing listens on TCP 80")
    found = [case.saw(f"{named(WEB_SERVERS, one)}: {one}", SERVICES[case.windows]) for one in servers]
    if foreign:
        return case.failed(f"{few(_processes(foreign))} listens on TCP 80", sockets, *found)
    idle = [one for one in servers if one.starts and not one.running]
    if idle:
        return case.attest(
            f"{few([one.name for one in idle])} does not run now and starts with the system",
            sockets,
            *found,
            reason="the port of a web server that does not run cannot be seen",
        )
    if on_http:
        return case.passed(f"{few(_processes(on_http))} listens on TCP 80, as agreed", sockets, *found)
    running = sorted({named(WEB_SERVERS, one) for one in servers if one.running})
    beside = f"; {few(running)} is on another port" if running else ""
    return case.passed(f"nothing listens on TCP 80{beside}", sockets, *found)


def interfering(case: Case, asked: Asked) -> Outcome:
    """No database, no print product, and nobody on a port of the host's components, except what was meant."""
    listeners = listeners_of(case)
    products: dict[str, list[Service]] = {}
    for service in services_of(case):
        product = named(_signatures(asked), service)
        if product and (service.running or service.starts) and not _meant(service, asked):
            products.setdefault(product, []).append(service)
    held = [
        one
        for one in listeners
        if any(_uses(port, one) for port in asked.ports) and not agreed_as(asked.intended, one.process)
    ]
    evidence = [
        *(
            case.saw(f"{product}: {', '.join(map(str, services))}", SERVICES[case.windows])
            for product, services in sorted(products.items())
        ),
        *([_sockets(case, held, nothing="")] if held else []),
    ]
    said = [*sorted(products), *sorted({f"{one.process or 'somebody'} on {one.port}/{one.protocol}" for one in held})]
    if said:
        return case.failed(few(said), *evidence)
    ports = few(list(map(str, asked.ports)), most=40)
    return case.passed(
        "no other database or print product is known to run, and nobody else holds a port of the host's components",
        case.saw(f"none of {few(sorted(_signatures(asked)), most=30)}", SERVICES[case.windows]),
        case.saw(f"no listener on {ports}" if ports else "no port is planned for the host", _place(case)),
    )


def lpd_service(case: Case, asked: Asked) -> Outcome:
    """No LPD service of the operating system where it is a print server, or where a component needs its port."""
    on_lpd = [one for one in _on(listeners_of(case), LPD) if not agreed_as(asked.intended, one.process)]
    services = services_of(case)
    lpd = [one for one in services if named(LPD_SERVICES, one) and (one.running or one.starts)]
    features = _features(case) if case.windows else {}
    print_server = features.get("Print-Server", False) or any(
        named(PRINT_SERVERS, one) and (one.running or one.starts) for one in services
    )
    evidence = [
        _sockets(case, on_lpd, nothing="nothing listens on TCP 515"),
        case.saw(
            ", ".join(map(str, lpd)) or "no service of LPD runs or starts with the system", SERVICES[case.windows]
        ),
        case.saw(
            f"the server is {'' if print_server else 'no '}print server of the operating system",
            "Get-WindowsFeature" if case.windows else SERVICES[False],
        ),
    ]
    found = [
        *(["the feature Print-LPD-Service"] if features.get("Print-LPD-Service") else []),
        *(one.name for one in lpd),
        *_processes(on_lpd),
    ]
    if not found:
        return case.passed("no LPD service is there", *evidence)
    wanted = any(port.protocol == "tcp" and port.ports.first <= LPD <= port.ports.last for port in asked.ports)
    if print_server or wanted:
        why = "beside the print server" if print_server else "on the port that a component of the host uses"
        return case.failed(f"{few(found)} is there, {why}", *evidence)
    return case.passed(f"{few(found)} is there, and the server is no print server", *evidence)


def _signatures(asked: Asked) -> dict[str, tuple[str, ...]]:
    signatures: dict[str, tuple[str, ...]] = dict(PRINT_PRODUCTS)
    if not any("_database_" in component for component in asked.components):
        signatures |= DATABASES
    if asked.components:
        for prefix, own in OWN_PRODUCTS.items():
            if not any(component.startswith(prefix) for component in asked.components):
                signatures.update(own)
    return signatures


def _features(case: Case) -> dict[str, bool]:
    """Which features are installed; those of a Windows without roles are unknown, and its services tell enough."""
    try:
        return {str(one["name"]): bool(one["installed"]) for one in case.probe("features", "features")["features"]}
    except UnreadableError:
        return {}


def _services(case: Case) -> list[Service]:
    try:
        return services_of(case)
    except UnreadableError:
        return []


def _meant(service: Service, asked: Asked) -> bool:
    return agreed_as(asked.intended, service.name, service.title) is not None


def _on(listeners: t.Iterable[Listener], port: int) -> list[Listener]:
    return [one for one in listeners if one.protocol == "tcp" and one.port == port]


def _uses(port: Port, listener: Listener) -> bool:
    return port.protocol == listener.protocol and port.ports.first <= listener.port <= port.ports.last


def _processes(listeners: t.Iterable[Listener]) -> list[str]:
    return sorted({one.process or f"the process {one.pid}" for one in listeners})


def _sockets(case: Case, listeners: t.Sequence[Listener], *, nothing: str) -> Evidence:
    return case.saw("; ".join(map(str, listeners)) or nothing, _place(case))


def _place(case: Case) -> str:
    return SOCKETS[case.windows]
