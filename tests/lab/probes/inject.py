# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command with all its children and kills it, or fails a system call, at the Nth call that changes something.

Usage: inject.py N kill|ENOSPC|EIO COMMAND...; N counts from 1 over all processes together, 0 only lists the calls.
Prints JSON: {"calls": [[process, call, operand], ...], "status": exit status, "hit": the call or null}. x86_64 only.
Calls counted are those that write to files, rename, link, remove, make, change modes, start programs and talk to
sockets; of opens, those that make or empty a file. C(kill) kills the process that makes the call, before the call.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import pathlib
import signal
import stat
import sys
import typing as t

TRACEME, PEEKDATA, SYSCALL, GETREGS, SETREGS, SETOPTIONS, GETEVENTMSG = 0, 2, 24, 12, 13, 0x4200, 0x4201
OPTIONS = 1 | 2 | 4 | 8 | 16 | 0x100000
"""TRACESYSGOOD, TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, EXITKILL."""
WALL = 0x40000000
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
QUERYING = ("iptables", "ip6tables", "nft")
"""Programs whose single messages ask the kernel; what they change is one sendmsg."""
SKIPPED_PROGRAMS = ("nsenter", "env", "python3")


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
        if stat.S_ISFIFO(kind) or path.startswith("/dev/"):
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
    if name == "execve" and (
        path.rpartition("/")[2] in SKIPPED_PROGRAMS or not pathlib.Path(f"/proc/{pid}/root{path}").exists()
    ):
        return None
    return path


class Tracer:
    def __init__(self, *, at: int, what: str, command: list[str]) -> None:
        self.at, self.what = at, what
        self.calls: list[tuple[str, str, str]] = []
        self.hit: tuple[str, str, str] | None = None
        self.inside: set[int] = set()
        self.failing: set[int] = set()
        self.known: set[int] = set()
        self.status = 0
        self.child = os.fork()
        if self.child == 0:
            ptrace(TRACEME, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            os.execvp(command[0], command)  # noqa: S606

    def run(self) -> None:
        os.waitpid(self.child, WALL)
        ptrace(SETOPTIONS, self.child, 0, OPTIONS)
        self.known.add(self.child)
        ptrace(SYSCALL, self.child)
        while True:
            try:
                pid, status = os.waitpid(-1, WALL)
            except ChildProcessError:
                return
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                self.inside.discard(pid)
                if pid == self.child:
                    self.status = os.waitstatus_to_exitcode(status)
                continue
            passed = 0
            number, event = os.WSTOPSIG(status), status >> 16
            try:
                if number == signal.SIGTRAP | 0x80:
                    self.at_call(pid)
                elif not event and pid in self.known and number not in (signal.SIGSTOP, signal.SIGTRAP):
                    passed = number
                self.known.add(pid)
                ptrace(SYSCALL, pid, 0, passed)
            except ProcessLookupError:
                continue

    def at_call(self, pid: int) -> None:
        registers = Registers()
        if pid in self.inside:
            self.inside.discard(pid)
            if pid in self.failing:
                self.failing.discard(pid)
                ptrace(GETREGS, pid, 0, ctypes.byref(registers))
                registers.rax = (-getattr(errno, self.what)) & 0xFFFFFFFFFFFFFFFF
                ptrace(SETREGS, pid, 0, ctypes.byref(registers))
            return
        self.inside.add(pid)
        ptrace(GETREGS, pid, 0, ctypes.byref(registers))
        name = NUMBERS.get(registers.orig_rax)
        operand = None if name is None else operand_of(pid, name, registers)
        if name is None or operand is None:
            return
        comm = pathlib.Path(f"/proc/{pid}/comm")
        call = (comm.read_text(encoding="utf-8").strip(), name, operand)
        if name == "sendto" and call[0].startswith(QUERYING):
            return
        self.calls.append(call)
        if len(self.calls) != self.at:
            return
        self.hit = call
        if self.what == "kill":
            os.kill(pid, signal.SIGKILL)
        else:
            registers.orig_rax = 0xFFFFFFFFFFFFFFFF
            ptrace(SETREGS, pid, 0, ctypes.byref(registers))
            self.failing.add(pid)


def main() -> None:
    tracer = Tracer(at=int(sys.argv[1]), what=sys.argv[2], command=sys.argv[3:])
    tracer.run()
    print(json.dumps({"calls": tracer.calls, "status": tracer.status, "hit": tracer.hit}))


if __name__ == "__main__":
    main()
