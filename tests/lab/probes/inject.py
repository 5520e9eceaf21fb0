# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a function in a child, and kills it or fails a system call at its Nth call that changes something.

Calls counted are those that write to files, rename, link, remove, make, change modes, start programs and talk to
sockets; of opens, those that make or empty a file; over all processes that the child starts. C(kill) kills the process
that makes the call, before the call; C(break off) kills the child, and what it has started goes on. A seccomp filter
stops these calls only, the others run at full speed.
x86_64 only; runs on the machines of the lab, on Python 3.9 or newer.
"""

from __future__ import annotations

import ctypes
import errno
import os
import pathlib
import signal
import stat
import struct
import sys
import traceback
import typing as t

TRACEME, CONT, GETREGS, SETREGS, SETOPTIONS = 0, 7, 12, 13, 0x4200
OPTIONS = 2 | 4 | 8 | 16 | 0x80 | 0x100000
"""TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, TRACESECCOMP, EXITKILL."""
EVENT_SECCOMP = 7
LONGEST_S = 240
"""What takes longer than this hangs, and is killed."""
WALL = 0x40000000
SET_NO_NEW_PRIVS, SET_SECCOMP, MODE_FILTER = 38, 22, 2
RETURN_TRACE, RETURN_ALLOW = 0x7FF00000, 0x7FFF0000
LOAD_WORD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
WRITING_OPEN = os.O_CREAT | os.O_TRUNC
AT_PATH = {
    "openat": 1,
    "mkdirat": 1,
    "unlinkat": 1,
    "renameat": 3,
    "renameat2": 3,
    "linkat": 3,
    "symlinkat": 2,
    "fchmodat": 1,
    "fchownat": 1,
}
PATH = {
    "open": 0,
    "creat": 0,
    "mkdir": 0,
    "rmdir": 0,
    "unlink": 0,
    "rename": 1,
    "link": 1,
    "symlink": 1,
    "chmod": 0,
    "chown": 0,
    "execve": 0,
    "truncate": 0,
}
DESCRIPTOR = {
    "write",
    "pwrite64",
    "writev",
    "ftruncate",
    "fsync",
    "fdatasync",
    "fchmod",
    "fchown",
    "sendto",
    "sendmsg",
    "copy_file_range",
    "sendfile",
}
NUMBERS = {
    1: "write",
    18: "pwrite64",
    20: "writev",
    40: "sendfile",
    44: "sendto",
    46: "sendmsg",
    2: "open",
    59: "execve",
    74: "fsync",
    75: "fdatasync",
    76: "truncate",
    77: "ftruncate",
    82: "rename",
    83: "mkdir",
    84: "rmdir",
    85: "creat",
    86: "link",
    87: "unlink",
    88: "symlink",
    90: "chmod",
    91: "fchmod",
    92: "chown",
    93: "fchown",
    257: "openat",
    258: "mkdirat",
    260: "fchownat",
    263: "unlinkat",
    264: "renameat",
    265: "linkat",
    266: "symlinkat",
    268: "fchmodat",
    316: "renameat2",
    326: "copy_file_range",
}
REGISTERS = (
    "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss "
    "fs_base gs_base ds es fs gs"
)
ARGUMENTS = ("rdi", "rsi", "rdx", "r10")

Call = t.Tuple[str, str, str]
"""The program that makes it, its name, and what it is about."""
BREAK_OFF = "break off"
QUERYING = ("iptables", "ip6tables", "nft")
"""Programs whose single messages ask the kernel; what they change is one sendmsg."""


class Registers(ctypes.Structure):
    _fields_: t.ClassVar = [(name, ctypes.c_ulonglong) for name in REGISTERS.split()]


LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long


def ptrace(request: int, pid: int, address: int = 0, data: t.Any = None) -> None:
    if LIBC.ptrace(request, pid, address, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def text_at(pid: int, address: int) -> str:
    with pathlib.Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        memory.seek(address)
        found = b""
        while b"\0" not in found and len(found) < 4096:
            piece = memory.read(min(256, 4096 - address % 4096 if not found else 256))
            if not piece:
                break
            found += piece
    return found.split(b"\0")[0].decode("utf-8", "replace")


def operand_of(pid: int, name: str, registers: Registers) -> str | None:
    """What the call is about; None where it changes nothing that counts."""
    arguments = [getattr(registers, argument) for argument in ARGUMENTS]
    if name in DESCRIPTOR:
        try:
            descriptor = pathlib.Path(f"/proc/{pid}/fd/{arguments[0] & 0xFFFFFFFF}")
            path = str(descriptor.readlink())
            kind = descriptor.stat().st_mode
        except OSError:
            return None
        if stat.S_ISFIFO(kind) or path.startswith(("/dev/", "anon_inode:")):
            return None
        return path.split(":")[0]
    if name in ("open", "openat"):
        flags = arguments[AT_PATH.get(name, 0) + 1]
        if not flags & WRITING_OPEN:
            return None
    position = AT_PATH[name] if name in AT_PATH else PATH[name]
    path = text_at(pid, arguments[position])
    if path.startswith(("/dev/", "/proc/")):
        return None
    if name == "execve" and (not pathlib.Path(f"/proc/{pid}/root{path}").exists()):
        return None
    return path


class Program(ctypes.Structure):
    _fields_: t.ClassVar = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def stop_at_changes() -> None:
    """From now on, the calls that may change something stop for the tracer, in all children too."""
    steps = [(LOAD_WORD, 0, 0, 0)]
    numbers = sorted(NUMBERS)
    for position, number in enumerate(numbers):
        steps.append((JUMP_EQUAL, len(numbers) - position, 0, number))
    steps += [(RETURN, 0, 0, RETURN_ALLOW), (RETURN, 0, 0, RETURN_TRACE)]
    packed = b"".join(struct.pack("HBBI", *step) for step in steps)
    program = Program(len(steps), packed)
    if LIBC.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0) or LIBC.prctl(SET_SECCOMP, MODE_FILTER, ctypes.byref(program), 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


class Outcome(t.NamedTuple):
    """All calls that were counted, the one that met with the fault, what was printed, and the exit status."""

    calls: t.List[Call]
    hit: t.Optional[Call]
    output: str
    status: int


class Tracer:
    """C(at) counts from 1; 0 is never reached, so that all calls are listed."""

    def __init__(
        self,
        function: t.Callable[[], None],
        *,
        at: int,
        what: str,
        on_broken_off: t.Callable[[Outcome], None] = lambda _outcome: None,
    ) -> None:
        self.at, self.what, self.on_broken_off = at, what, on_broken_off
        self.calls: list[Call] = []
        self.hit: Call | None = None
        self.known: set[int] = set()
        self.status = 0
        self.output, into = os.pipe()
        os.set_blocking(self.output, False)
        self.child = os.fork()
        if self.child == 0:
            become_child(function, into)
        os.close(into)

    def run(self) -> Outcome:
        os.waitpid(self.child, WALL)
        ptrace(SETOPTIONS, self.child, 0, OPTIONS)
        self.known.add(self.child)
        ptrace(CONT, self.child)
        printed = b""
        while True:
            try:
                pid, status = os.waitpid(-1, WALL)
            except ChildProcessError:
                printed += drained(self.output)
                os.close(self.output)
                return Outcome(self.calls, self.hit, printed.decode(), self.status)
            printed += drained(self.output)
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                if pid == self.child:
                    self.status = os.waitstatus_to_exitcode(status)
                    if self.hit and self.what == BREAK_OFF:
                        self.on_broken_off(Outcome(self.calls, self.hit, printed.decode(), self.status))
                continue
            passed = 0
            number, event = os.WSTOPSIG(status), status >> 16
            try:
                if event == EVENT_SECCOMP:
                    self.at_call(pid)
                elif not event and pid in self.known and number not in (signal.SIGSTOP, signal.SIGTRAP):
                    passed = number
                self.known.add(pid)
                ptrace(CONT, pid, 0, passed)
            except ProcessLookupError:
                continue

    def at_call(self, pid: int) -> None:
        registers = Registers()
        ptrace(GETREGS, pid, 0, ctypes.byref(registers))
        name = NUMBERS[registers.orig_rax]
        operand = operand_of(pid, name, registers)
        if operand is None:
            return
        comm = pathlib.Path(f"/proc/{pid}/comm")
        call = (comm.read_text(encoding="utf-8").strip(), name, operand)
        if name == "sendto" and call[0].startswith(QUERYING):
            return
        self.calls.append(call)
        if len(self.calls) != self.at:
            return
        self.hit = call
        if self.what in ("kill", BREAK_OFF):
            os.kill(pid if self.what == "kill" else self.child, signal.SIGKILL)
        else:
            registers.orig_rax = 0xFFFFFFFFFFFFFFFF
            registers.rax = -getattr(errno, self.what) & 0xFFFFFFFFFFFFFFFF
            ptrace(SETREGS, pid, 0, ctypes.byref(registers))


def drained(pipe: int) -> bytes:
    found = b""
    try:
        while piece := os.read(pipe, 65536):
            found += piece
    except BlockingIOError:
        pass
    return found


def become_child(function: t.Callable[[], None], into: int) -> t.NoReturn:
    status = 120
    try:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(into, 1)
        os.dup2(into, 2)
        signal.alarm(LONGEST_S)
        ptrace(TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        stop_at_changes()
        function()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
