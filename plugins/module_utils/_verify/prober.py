# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""Many attempts from true source addresses, a bounded number at the same time, in one process."""

from __future__ import annotations

import collections
import contextlib
import errno
import heapq
import ipaddress
import itertools
import os
import selectors
import socket
import struct
import time
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._probe.remote import ECHO, echo_message, echo_socket

from .listener import device_of
from .tap import Tap
from .wire import LARGEST, MAGIC, key_of, question, read_saying

_LATE_PORT, _RECEIVE_ERRORS_4, _RECEIVE_ERRORS_6 = 24, 11, 25
_ERROR = struct.Struct("=IBBBBII")
_OF_ICMP = (2, 3)
_NO_WAY = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}
_BARRED = {errno.EPERM, errno.EACCES}
_ONLY_HEARD_S = 0.2
_LAST_PACKETS_S = 0.15

Question = t.Mapping[str, t.Any]
"""C(protocol), C(source), C(source_port) (0: any), C(destination), C(port), C(tries), and C(expects): C(token) of our
listener, C(any) answer, an C(echo), or C(nothing), where only the listener tells."""


_NUMBERS = {"source_port": (0, 65535), "port": (0, 65535), "tries": (1, 1000)}
_WORDS = {"protocol": ("tcp", "udp", "icmp"), "expects": ("token", "any", "echo", "nothing")}
_ADDRESSES = ("source", "destination")


def check_question(raw: t.Any, *, place: str) -> None:
    """Raises ValueError with what was given and what would be right."""
    keys = {*_NUMBERS, *_WORDS, *_ADDRESSES}
    if not isinstance(raw, dict) or raw.keys() != keys:
        raise ValueError(f"{place} is {raw!r}; it must be a mapping with {', '.join(sorted(keys))}")
    for name, (least, most) in _NUMBERS.items():
        if not isinstance(raw[name], int) or not least <= raw[name] <= most:
            raise ValueError(f"{place}: {name} is {raw[name]!r}, and must be between {least} and {most}")
    for name, words in _WORDS.items():
        if raw[name] not in words:
            raise ValueError(f"{place}: {name} is {raw[name]!r}, and must be one of {', '.join(words)}")
    families = {ipaddress.ip_address(raw[name]).version for name in _ADDRESSES}
    if len(families) != 1:
        raise ValueError(f"{place}: {raw['source']} and {raw['destination']} are of two families")


class Attempt:
    """One socket and what became of it."""

    def __init__(self, place: int, asked: Question) -> None:
        self.place, self.asked = place, asked
        self.is_v6 = ":" in asked["destination"]
        self.nonce = os.urandom(8).hex()
        self.began = time.monotonic()
        self.is_connected = False
        self.is_over = False
        self.said = b""
        self._socket: t.Optional[socket.socket] = None
        self.answer: t.Dict[str, t.Any] = {"outcome": "not_tried", "key": "", "ms": 0.0, "detail": ""}

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    @property
    def socket(self) -> socket.socket:
        """Made when it is first asked for; raises C(OSError)."""
        if self._socket is None:
            self._socket = _new_socket(self)
        return self._socket

    def payload(self) -> bytes:
        return MAGIC + self.nonce.encode()


class Prober:
    """Raises nothing for what an attempt meets; what was not tried in time has fewer attempts than were asked for."""

    def __init__(
        self, asked: t.Sequence[Question], *, secret: str, at_once: int, timeout_s: float, bound_s: float
    ) -> None:
        self._asked, self._secret = asked, secret
        self._at_once, self._timeout_s, self._bound_s = at_once, timeout_s, bound_s
        self._done: t.List[t.List[t.Dict[str, t.Any]]] = [[] for _one in asked]
        self._waiting = collections.deque(range(len(asked)))
        self._running: t.Dict[Attempt, None] = {}
        self._alarms: t.List[t.Tuple[float, int, t.Callable[[], None]]] = []
        self._order = itertools.count()
        self._selector = selectors.DefaultSelector()
        self._tap: t.Optional[Tap] = None
        with contextlib.suppress(OSError):
            self._tap = Tap(listens=False)
            self._selector.register(self._tap.socket, selectors.EVENT_READ)

    def run(self) -> t.List[t.List[t.Dict[str, t.Any]]]:
        """For each question its attempts, in their order."""
        end = time.monotonic() + self._bound_s
        while (self._waiting or self._running) and time.monotonic() < end:
            while self._waiting and len(self._running) < self._at_once:
                place = self._waiting.popleft()
                self._begin(Attempt(place, self._asked[place]))
            self._turn(end)
        for attempt in list(self._running):
            self._drop(attempt)
        self._see(until=time.monotonic() + _LAST_PACKETS_S)
        seen = self._tap.seen() if self._tap else None
        for attempts in self._done:
            for answer in attempts:
                answer["left"] = None if seen is None or not answer["key"] else seen.get(answer["key"], [0, 0, 0])
        return self._done

    def _turn(self, end: float) -> None:
        now = time.monotonic()
        until = min(self._alarms[0][0] if self._alarms else end, end)
        for key, events in self._selector.select(max(until - now, 0)):
            if key.data is None:
                self._see()
            elif not key.data.is_over:
                self._go_on(key.data, events)
        now = time.monotonic()
        while self._alarms and self._alarms[0][0] <= now:
            heapq.heappop(self._alarms)[2]()

    def _see(self, *, until: float = 0.0) -> None:
        if self._tap:
            self._tap.read()
            while time.monotonic() < until:
                time.sleep(0.01)
                self._tap.read()

    def _at(self, delay_s: float, attempt: Attempt, action: t.Callable[[], None]) -> None:
        def if_still_there() -> None:
            if not attempt.is_over:
                action()

        heapq.heappush(self._alarms, (time.monotonic() + delay_s, next(self._order), if_still_there))

    def _begin(self, attempt: Attempt) -> None:
        self._running[attempt] = None
        try:
            self._open(attempt)
        except OSError as error:
            self._end(attempt, *_word_of(error, at_bind=not attempt.answer["key"] and attempt.is_open))

    def _open(self, attempt: Attempt) -> None:
        asked = attempt.asked
        one = attempt.socket
        one.setblocking(False)
        level, option = (
            (socket.IPPROTO_IPV6, _RECEIVE_ERRORS_6) if attempt.is_v6 else (socket.IPPROTO_IP, _RECEIVE_ERRORS_4)
        )
        one.setsockopt(level, option, 1)
        if asked["protocol"] == "tcp" and not asked["source_port"]:
            one.setsockopt(socket.IPPROTO_IP, _LATE_PORT, 1)
        try:
            one.bind((asked["source"], asked["source_port"]))
        except OSError as error:
            self._end(attempt, *_word_of(error, at_bind=True))
            return
        if asked["protocol"] == "udp":
            _choose_device(one, attempt)
        status = one.connect_ex((asked["destination"], asked["port"]))
        name = attempt.nonce if asked["protocol"] == "icmp" else one.getsockname()[1]
        attempt.answer["key"] = key_of(asked["protocol"], asked["source"], name, asked["destination"], asked["port"])
        if status not in (0, errno.EINPROGRESS):
            raise OSError(status, os.strerror(status))
        is_tcp = asked["protocol"] == "tcp"
        self._selector.register(one, selectors.EVENT_WRITE if is_tcp else selectors.EVENT_READ, attempt)
        self._at(self._timeout_s, attempt, lambda: self._give_up(attempt))
        if not is_tcp:
            self._send(attempt)
            again_s = _ONLY_HEARD_S / 2 if asked["expects"] == "nothing" else self._timeout_s / 2
            self._at(again_s, attempt, lambda: self._send_again(attempt))
        if asked["expects"] == "nothing":
            self._at(_ONLY_HEARD_S, attempt, lambda: self._give_up(attempt))

    def _send(self, attempt: Attempt) -> None:
        """Nothing in a datagram to what is not ours: no service takes that for a request."""
        expects = attempt.asked["expects"]
        if expects == "echo":
            data = echo_message(ECHO[_family(attempt)][0], attempt.payload())
        elif expects == "any":
            data = b""
        else:
            data = question(self._secret, attempt.nonce, wants_answer=expects == "token")
        attempt.socket.send(data)

    def _send_again(self, attempt: Attempt) -> None:
        try:
            self._send(attempt)
        except OSError as error:
            self._fail(attempt, error)

    def _go_on(self, attempt: Attempt, events: int) -> None:
        try:
            if attempt.asked["protocol"] == "tcp" and not attempt.is_connected:
                status = attempt.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if status:
                    raise OSError(status, os.strerror(status))
                self._connected(attempt)
            elif events & selectors.EVENT_READ:
                self._read(attempt)
        except BlockingIOError:
            pass
        except OSError as error:
            self._fail(attempt, error)

    def _connected(self, attempt: Attempt) -> None:
        attempt.is_connected = True
        attempt.answer["ms"] = _ms_since(attempt.began)
        if attempt.asked["expects"] == "any":
            self._end(attempt, "accepted", "")
        else:
            self._selector.modify(attempt.socket, selectors.EVENT_READ, attempt)

    def _read(self, attempt: Attempt) -> None:
        data = attempt.socket.recv(LARGEST * 2)
        protocol, expects = attempt.asked["protocol"], attempt.asked["expects"]
        if protocol == "icmp":
            reply = ECHO[_family(attempt)][1]
            if data.endswith(attempt.payload()) and data[-len(attempt.payload()) - 8] == reply:
                self._end(attempt, "accepted", "")
        elif protocol == "udp":
            token = read_saying(self._secret, data, nonce=attempt.nonce)
            if expects == "any":
                self._end(attempt, "accepted", "")
            elif token:
                attempt.answer["token"] = token
                self._end(attempt, "token", "")
            else:
                self._end(attempt, "other", "the answer is not our listener's")
        else:
            attempt.said += data
            if data and not attempt.said.endswith(b"\n") and len(attempt.said) < LARGEST:
                return
            token = read_saying(self._secret, attempt.said)
            if token:
                attempt.answer["token"] = token
            word = "it closed without a word" if not attempt.said else "what was said is not our listener's"
            self._end(attempt, "token" if token else "other", "" if token else word)

    def _give_up(self, attempt: Attempt) -> None:
        if attempt.is_connected:
            self._end(attempt, "other", "it accepted and said nothing")
        else:
            self._end(attempt, "silent", "no answer in time")

    def _fail(self, attempt: Attempt, error: OSError) -> None:
        message = _icmp_message(attempt)
        if message:
            attempt.answer["icmp"] = message
            self._end(attempt, "icmp", error.strerror or str(error))
        else:
            self._end(attempt, *_word_of(error, at_bind=False))

    def _end(self, attempt: Attempt, outcome: str, detail: str) -> None:
        answer = attempt.answer
        if not answer["ms"]:
            answer["ms"] = _ms_since(attempt.began)
        answer.update(outcome=outcome, detail=detail)
        self._done[attempt.place].append(answer)
        self._drop(attempt)
        is_good = outcome in ("token", "accepted") or attempt.asked["expects"] == "nothing"
        if is_good and len(self._done[attempt.place]) < attempt.asked["tries"]:
            self._waiting.append(attempt.place)

    def _drop(self, attempt: Attempt) -> None:
        """Our own listener is left with a reset, so that neither side keeps the port."""
        attempt.is_over = True
        self._running.pop(attempt, None)
        if not attempt.is_open:
            return
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(attempt.socket)
        if attempt.is_connected and attempt.asked["expects"] == "token":
            attempt.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        attempt.socket.close()


def _family(attempt: Attempt) -> socket.AddressFamily:
    return socket.AF_INET6 if attempt.is_v6 else socket.AF_INET


def _new_socket(attempt: Attempt) -> socket.socket:
    protocol, family = attempt.asked["protocol"], _family(attempt)
    if protocol == "icmp":
        return echo_socket(family, ECHO[family][2])
    return socket.socket(family, socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM)


def _choose_device(one: socket.socket, attempt: Attempt) -> None:
    """To groups and everyone, by the device of the source address."""
    source = attempt.asked["source"]
    if attempt.is_v6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, device_of(source))
    else:
        one.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(source))
        one.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)


def _icmp_message(attempt: Attempt) -> t.Optional[t.List[t.Any]]:
    """Type, code and sender of the message of ICMP that the kernel kept for the socket; see ip(7), IP_RECVERR."""
    with contextlib.suppress(OSError):
        _data, ancillary, _flags, _address = attempt.socket.recvmsg(1, 512, socket.MSG_ERRQUEUE)
        for _level, _kind, data in ancillary:
            _errno, origin, kind, code, _pad, _info, _more = _ERROR.unpack_from(data)
            if origin in _OF_ICMP:
                return [kind, code, _sender(data[_ERROR.size :])]
    return None


def _sender(address: bytes) -> str:
    """Of a struct sockaddr; empty where it is none of ours."""
    (family,) = struct.unpack_from("=H", address)
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, address[4:8])
    return socket.inet_ntop(socket.AF_INET6, address[8:24]) if family == socket.AF_INET6 else ""


def _word_of(error: OSError, *, at_bind: bool) -> t.Tuple[str, str]:
    detail = error.strerror or str(error)
    if at_bind:
        return ("no_source" if error.errno == errno.EADDRNOTAVAIL else "error"), detail
    if error.errno in (errno.ECONNREFUSED, errno.ECONNRESET):
        return "reset", detail
    if error.errno in _BARRED:
        return "barred", detail
    return ("no_way" if error.errno in _NO_WAY else "error"), detail


def _ms_since(began: float) -> float:
    return round((time.monotonic() - began) * 1000, 3)
