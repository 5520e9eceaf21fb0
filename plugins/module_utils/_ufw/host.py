# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Note that this module util is **PRIVATE** to the collection. It can have breaking changes at any time.
"""ufw on this host: its settings, files and lock, and its chains in the kernel.

Rules reach the kernel by C(iptables-restore --noflush) of the rules file: one commit for each IP version, which
replaces the chains that the file names and no others. C(ufw reload) opens the firewall while it runs, so it is unused.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pathlib
import re
import subprocess
import tempfile
import time
import typing as t

from ansible_collections.printops.firewall.plugins.module_utils._confirm.traces import MARK

from .files import (
    CHAINS,
    VERSIONS,
    RuleFile,
    UfwFileError,
    chain,
    kernel_line,
    parse,
)

WAYS = ("input", "output", "forward")
COMMAND_SECONDS = 60
LOCK_SECONDS = 30
_RETRY_SECONDS = 0.1
_SEARCH_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
_ADDRESSES = re.compile(r" -[sd] (\S+)")
_ENCODING = "latin-1"
"""Every byte has a character in it, so that a foreign line which is no UTF-8 is kept as it is."""


class UfwHostError(Exception):
    """What is wrong with ufw on this host, and what would be right."""


class Settings(t.NamedTuple):
    """C(enabled) of ufw.conf; C(ipv6) and C(input_policy) of /etc/default/ufw."""

    enabled: bool
    ipv6: bool
    input_policy: str

    @property
    def versions(self) -> tuple[int, ...]:
        """The IP versions that have rules of ufw; the other one is dropped altogether."""
        return VERSIONS if self.ipv6 else (4,)

    @property
    def told(self) -> list[str]:
        """What is not as most expect it, and no fault."""
        return [] if self.ipv6 else ["IPV6=no in /etc/default/ufw, so IPv6 is dropped, whatever a rule says"]

    def unenforced(self, kernel: t.Mapping[int, Kernel]) -> list[str]:
        """One sentence for each reason why packets do not pass through the rules of a version that the kernel knows."""
        found = []
        for version, table in kernel.items():
            if version in self.versions and (version == 4 or table.lines) and not table.is_hooked:
                found.append(f"no packet over IPv{version} comes to ufw's chains")
            elif "-P INPUT ACCEPT" in table.lines and self.input_policy != "ACCEPT":
                found.append(
                    f"the kernel accepts what no IPv{version} rule names: the policy of its INPUT chain is ACCEPT"
                )
        return found


class Kernel(t.NamedTuple):
    """The filter table of one IP version as C(iptables -S) prints it; empty where the kernel has no such version."""

    version: int
    lines: tuple[str, ...]

    @property
    def is_loaded(self) -> bool:
        """Whether ufw's chain for user rules exists."""
        return f"-N {chain(self.version)}" in self.lines

    @property
    def is_hooked(self) -> bool:
        """Whether that chain exists and packets to this host reach it."""
        return self.is_loaded and self._is_hooked("input")

    @property
    def is_output_hooked(self) -> bool:
        """Whether packets from this host reach the chain for them."""
        return self._is_hooked("output")

    @property
    def is_filled(self) -> bool:
        """Whether ufw's chains are as C(ufw reload) leaves them, which loads them and does not make the first jumps."""
        return self.is_loaded and all(self._user_hook(way) in self.lines for way in WAYS)

    def lacking_hooks(self) -> list[str]:
        """The jumps from the kernel's own chains that ufw makes when it starts, where there is something to jump to."""
        wanted = [hook for way in WAYS for hook in _hooks(self.version, way)]
        return [hook for hook in wanted if hook not in self.lines and f"-N {hook.split()[-1]}" in self.lines]

    def _is_hooked(self, way: str) -> bool:
        return {_hooks(self.version, way)[1], self._user_hook(way)} <= set(self.lines)

    def _user_hook(self, way: str) -> str:
        user = chain(self.version, way)
        return f"-A {user.replace('user', 'before')} -j {user}"

    def agrees_with(self, file: RuleFile) -> bool:
        """Whether each chain has as many rules as the file has for it, and all rules of ours in their order."""
        in_file = file.render().split("\n")
        own = [kernel_line(rule, version=self.version) for rule in file.own]
        return all(self._holds(chain(self.version, name), own=own, in_file=in_file) for name in CHAINS)

    def _holds(self, name: str, *, own: t.Sequence[str], in_file: t.Sequence[str]) -> bool:
        prefixes = (f"-A {name} ", f"-I {name} ")
        in_kernel = [line for line in self.lines if line.startswith(prefixes[0])]
        if len(in_kernel) != sum(_rules_of(line) for line in in_file if line.startswith(prefixes)):
            return False
        remaining = iter(in_kernel)
        return all(line in remaining for line in own if line.startswith(prefixes[0]))


def _with_names(line: str) -> str:
    """A line of C(iptables -S) as it is where C(/etc/protocols) has a name for IGMP, which not every host has."""
    return line.rstrip().replace(" -p 2 ", " -p igmp ")


class Host:
    """ufw's files under C(root), and the commands found along C(search_path)."""

    def __init__(self, *, root: pathlib.Path = pathlib.Path("/"), search_path: str = _SEARCH_PATH) -> None:
        self.root = self._root = root
        self._environment = {"PATH": search_path, "LC_ALL": "C"}

    def rules_path(self, version: int) -> pathlib.Path:
        return self._root / "etc/ufw" / ("user.rules" if version == 4 else "user6.rules")

    @property
    def conf_path(self) -> pathlib.Path:
        return self._root / "etc/ufw/ufw.conf"

    def before_path(self, version: int) -> pathlib.Path:
        return self._root / "etc/ufw" / ("before.rules" if version == 4 else "before6.rules")

    @contextlib.contextmanager
    def locked(self, *, seconds: float = LOCK_SECONDS) -> t.Iterator[None]:
        """Hold the lock that every C(ufw) command takes; raises C(UfwHostError) when it stays taken."""
        path = self._root / "run/ufw.lock"
        try:
            lock = path.open("a", encoding="ascii")
        except OSError as error:
            raise UfwHostError(f"cannot lock {path}: {error.strerror}; run the task as root (become: true)") from error
        with lock:
            deadline = time.monotonic() + seconds
            while not _try_lock(lock):
                if time.monotonic() > deadline:
                    raise UfwHostError(f"another ufw command has held {path} for {seconds:g} s; try again when it ends")
                time.sleep(_RETRY_SECONDS)
            yield

    def settings(self) -> Settings:
        defaults = _variables(self._read(self._root / "etc/default/ufw"))
        conf = _variables(self._read(self.conf_path))
        return Settings(
            enabled=conf.get("ENABLED", "no").lower() == "yes",
            ipv6=defaults.get("IPV6", "no").lower() == "yes",
            input_policy=defaults.get("DEFAULT_INPUT_POLICY", "DROP").upper(),
        )

    def before_rules(self, version: int) -> str:
        return self._read(self.before_path(version))

    def rules(self, version: int) -> RuleFile:
        path = self.rules_path(version)
        try:
            return parse(self._read(path))
        except UfwFileError as error:
            raise UfwHostError(f"{path}: {error}; 'ufw reset' makes a new one") from error

    def _read(self, path: pathlib.Path) -> str:
        try:
            return path.read_bytes().decode(_ENCODING)
        except FileNotFoundError as error:
            what = "ufw is not installed on this host; install the package ufw"
            if self.conf_path.exists():
                what = "put it back from the package ufw, or by 'ufw reset', which makes all of ufw's files new"
            raise UfwHostError(f"{path} is missing: {what}") from error
        except OSError as error:
            raise UfwHostError(f"cannot read {path}: {error.strerror}; run the task as root (become: true)") from error

    def write_rules(self, version: int, file: RuleFile) -> None:
        """Replace a rules file in one step, keeping its owner and mode; a crash leaves the old one or the new."""
        path = pathlib.Path(os.path.realpath(self.rules_path(version)))
        status = path.stat()
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                os.fchown(stream.fileno(), status.st_uid, status.st_gid)
                os.fchmod(stream.fileno(), status.st_mode & 0o7777)
                stream.write(file.render().encode(_ENCODING))
                stream.flush()
                os.fsync(stream.fileno())
            pathlib.Path(temporary).replace(path)
        except BaseException:
            pathlib.Path(temporary).unlink()
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def kernel(self) -> dict[int, Kernel]:
        """The filter tables of both IP versions, read at the same time.

        Raises C(UfwHostError) with what iptables said where it cannot tell what is loaded.
        """
        listings = {version: self._start(command_of(version), "-w", "5", "-S") for version in VERSIONS}
        answers = {version: listing.finish() for version, listing in listings.items()}
        found = {}
        for version, (status, output, errors) in answers.items():
            if status and (version == 4 or self._has_ipv6()):
                said, command = " ".join((errors or output).split()), command_of(version)
                raise UfwHostError(
                    f"{command} cannot tell which rules are loaded: {said}. "
                    f"Nothing can be changed safely before '{command} -S' works again"
                )
            found[version] = Kernel(version, () if status else tuple(map(_with_names, output.splitlines())))
        return found

    def _has_ipv6(self) -> bool:
        """Whether the kernel knows IPv6 at all."""
        return (self._root / "proc/sys/net/ipv6").exists()

    def check(self, files: t.Mapping[int, RuleFile]) -> None:
        """Let iptables read the files without committing them; raises C(UfwHostError) with what it said."""
        tests = {v: self._start(f"{command_of(v)}-restore", "-w", "5", "-n", "--test") for v in files}
        for version, test in tests.items():
            self._expect_success(version, test, files[version])

    def load(self, version: int, file: RuleFile) -> None:
        """Commit one file to the kernel; raises C(UfwHostError) with what iptables said."""
        self._expect_success(version, self._start(f"{command_of(version)}-restore", "-w", "5", "-n"), file)

    def start(self) -> None:
        """Put ufw in force, with connection tracking loaded first so that it knows the sessions there are.

        Raises C(UfwHostError) with what ufw said where packets do not pass through its rules then.
        """
        with contextlib.suppress(UfwHostError):
            self._start("modprobe", "nf_conntrack").finish()
        settings, kernel = self.settings(), self.kernel()
        status, output, errors = 0, "", ""
        if not (settings.enabled and kernel[4].is_loaded):
            status, output, errors = self._start("ufw", "--force", "enable").finish()
        elif not all(kernel[version].is_filled for version in settings.versions if kernel[version].lines):
            status, output, errors = self._start("ufw", "reload").finish()
        self._restore_hooks(self.settings())
        faults = self.settings().unenforced(self.kernel())
        if status or faults:
            raise UfwHostError(f"ufw does not start: {(errors or output).strip() or '; '.join(faults)}")

    def _restore_hooks(self, settings: Settings) -> None:
        """The jumps and policies of the kernel's own chains, which ufw does not put back while its chains exist."""
        for version, kernel in self.kernel().items():
            accepts = "-P INPUT ACCEPT" in kernel.lines and settings.input_policy != "ACCEPT"
            policy = [":INPUT DROP [0:0]"] if accepts else []
            hooks = kernel.lacking_hooks()
            if policy or hooks:
                text = "\n".join(["*filter", *policy, *hooks, "COMMIT", ""])
                command = self._start(f"{command_of(version)}-restore", "-w", "5", "-n")
                status, _output, errors = command.finish(stdin=text)
                if status:
                    raise UfwHostError(f"{command.name} refuses the jumps to ufw's chains: {errors.strip()}")

    def stop(self) -> None:
        """Disable ufw; raises C(UfwHostError) with what it said where that fails."""
        status, output, errors = self._start("ufw", "--force", "disable").finish()
        if status:
            raise UfwHostError(f"ufw does not stop: {(errors or output).strip()}")

    def _start(self, name: str, *arguments: str) -> _Command:
        pipe = subprocess.PIPE
        mark = {MARK: os.environ[MARK]} if MARK in os.environ else {}
        environment = {**self._environment, **mark}
        try:
            process = subprocess.Popen([name, *arguments], stdin=pipe, stdout=pipe, stderr=pipe, env=environment)
        except OSError as error:
            raise UfwHostError(f"cannot run {name}: {error.strerror}; install the package iptables") from error
        return _Command(name, process)

    def _expect_success(self, version: int, command: _Command, file: RuleFile) -> None:
        status, _output, errors = command.finish(stdin=file.render())
        if status:
            raise UfwHostError(f"{command.name} refuses {self.rules_path(version)}: {errors.strip()}")


class _Command(t.NamedTuple):
    name: str
    process: subprocess.Popen[bytes]

    def finish(self, *, stdin: str = "") -> tuple[int, str, str]:
        """Exit status, output and errors."""
        try:
            output, errors = self.process.communicate(stdin.encode(_ENCODING), timeout=COMMAND_SECONDS)
        except subprocess.TimeoutExpired as error:
            self.process.kill()
            self.process.wait()
            raise UfwHostError(f"{self.name} did not end within {COMMAND_SECONDS} s") from error
        return self.process.returncode, output.decode(_ENCODING), errors.decode(_ENCODING)


def _rules_of(line: str) -> int:
    """How many rules iptables makes of a line: one for each pair of a source and a destination."""
    count = 1
    for addresses in _ADDRESSES.findall(line):
        count *= addresses.count(",") + 1
    return count


def _hooks(version: int, way: str) -> list[str]:
    """The jumps from a chain of the kernel's own, in ufw's order."""
    parts = ("before-logging", "before", "after", "after-logging", "reject", "track")
    name = "ufw" if version == 4 else "ufw6"
    return [f"-A {way.upper()} -j {name}-{part}-{way}" for part in parts]


def command_of(version: int) -> str:
    return "iptables" if version == 4 else "ip6tables"


def _try_lock(lock: t.IO[str]) -> bool:
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return False
        raise
    return True


def _variables(text: str) -> dict[str, str]:
    """The assignments of a shell file that has nothing but assignments and remarks, as ufw's have."""
    pairs = (line.partition("=") for line in text.splitlines() if not line.lstrip().startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, equals, value in pairs if equals}
