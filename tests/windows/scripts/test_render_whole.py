# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing of a rendered folder runs that was not rendered: in PowerShell 7, over the stand-in for Windows."""

from __future__ import annotations

import hashlib
import pathlib
import typing as t

import pytest

from .host import Host
from .rendered import HTTPS, Folder

pytestmark = pytest.mark.pwsh

SUMS = "SHA256SUMS"


def apart(text: str) -> list[tuple[str, str]]:
    """Digest and name of each line."""
    return [(line[:64], line[66:]) for line in text.splitlines()]


def signed(text: str) -> str:
    return (
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{text}-----BEGIN PGP SIGNATURE-----\n\nabc\n"
        "-----END PGP SIGNATURE-----\n"
    )


READ: list[tuple[str, t.Callable[[str], str]]] = [
    ("capitals", lambda text: "".join(f"{digest.upper()}  {name}\n" for digest, name in apart(text))),
    ("binary", lambda text: "".join(f"{digest} *{name}\n" for digest, name in apart(text))),
    ("empty lines", lambda text: "\n" + text.replace("\n", "\n\n") + "  \n"),
    ("tagged", lambda text: "".join(f"SHA256 ({name}) = {digest}\n" for digest, name in apart(text))),
    ("from here", lambda text: "".join(f"{digest}  ./{name}\n" for digest, name in apart(text))),
    ("of windows", lambda text: "".join(f"{digest}  .\\{name}\r\n".replace("/", "\\") for digest, name in apart(text))),
    ("clear-signed", signed),
    ("clear-signed elsewhere", lambda text: signed(text).replace("\n", "\r\n")),
    ("itself", lambda text: f"{text}{'0' * 64}  SHA256SUMS\n"),
]


@pytest.mark.parametrize("change", [sums[1] for sums in READ], ids=[sums[0] for sums in READ])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_digests_are_read_as_people_make_them(host: Host, change: t.Callable[[str], str], encoding: str) -> None:
    folder = Folder(host, HTTPS)
    sums = folder.path / SUMS
    sums.write_bytes(change(sums.read_text()).encode(encoding))
    done = folder.run("apply", "-Check")
    assert done.returncode == 0, done.stderr


REFUSED: list[tuple[str, t.Callable[[str], str], str]] = [
    ("none", lambda _text: "", "names no file"),
    ("one too few", lambda text: "".join(text.splitlines(keepends=True)[1:]), "SHA256SUMS does not name it"),
    ("one too many", lambda text: f"{text}{'0' * 64}  lib/more.psm1\n", "is missing"),
    ("no digest", lambda text: f"{text}apply.ps1\n", "is no digest of a file in this folder"),
    ("above", lambda text: f"{text}{'0' * 64}  lib/../../x\n", "is no digest of a file in this folder"),
    ("another drive", lambda text: f"{text}{'0' * 64}  C:/x\n", "is no digest of a file in this folder"),
    ("cut", lambda text: text[:-40], "is no digest of a file in this folder"),
    ("outside of the signature", lambda text: signed(text.splitlines()[0] + "\n") + text, "does not name it"),
]


@pytest.mark.parametrize(("change", "message"), [sums[1:] for sums in REFUSED], ids=[sums[0] for sums in REFUSED])
def test_a_folder_has_just_the_files_that_it_names(host: Host, change: t.Callable[[str], str], message: str) -> None:
    folder = Folder(host, HTTPS)
    sums = folder.path / SUMS
    sums.write_text(change(sums.read_text()))
    done = folder.run("apply", "-Check")
    assert (done.returncode, message in done.stderr) == (1, True), done.stderr
    assert "Nothing was changed" in done.stderr


@pytest.mark.parametrize(
    "name", ["lib/Zealous.psm1", "lib/Offline/Offline.psm1", "lib/.hidden", "notes.txt", "more/x.ps1"]
)
def test_a_planted_file_is_refused(host: Host, name: str) -> None:
    folder = Folder(host, HTTPS)
    (folder.path / name).parent.mkdir(exist_ok=True)
    (folder.path / name).write_text("")
    done = folder.run("apply", "-Check")
    assert done.returncode == 1
    assert "was not rendered with it" in done.stderr


@pytest.mark.parametrize("name", ["SHA256SUMS.asc", ".git/config"])
def test_signatures_and_what_git_keeps_may_lie_beside(host: Host, name: str) -> None:
    folder = Folder(host, HTTPS)
    (folder.path / name).parent.mkdir(exist_ok=True)
    (folder.path / name).write_text("")
    assert folder.run("apply", "-Check").returncode == 0


SCRIPTS = ["apply.ps1", "lib/Offline.psm1", "lib/OfflineFolder.psm1", "rules.jsonl", "README.txt"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_changed_line_ends_are_named(host: Host, name: str) -> None:
    folder = Folder(host, HTTPS)
    path = folder.path / name
    content = path.read_bytes()
    other = content.replace(b"\r\n", b"\n") if b"\r\n" in content else content.replace(b"\n", b"\r\n")
    path.write_bytes(other)
    done = folder.run("apply", "-Check")
    assert done.returncode == 1
    assert f"the line ends of {path} were changed on its way here" in done.stderr


def test_a_folder_whose_name_reads_as_a_pattern_runs_its_own_modules(host: Host) -> None:
    folder = Folder(host, HTTPS)
    beside, folder.path = folder.path.with_name("y 1"), folder.path.rename(folder.path.with_name("y [1]"))
    (beside / "lib").mkdir(parents=True)
    for path in (folder.path / "lib").iterdir():
        (beside / "lib" / path.name).write_text("throw 'not mine'")
    done = folder.run("apply", "-Check")
    assert done.returncode == 0, done.stderr


def ran(folder: Folder) -> bool:
    return folder.host.file.with_name(f"{folder.host.file.name}.ran").exists()


@pytest.mark.parametrize("name", ["Offline.psm1", "OfflineFolder.psm1"])
def test_a_changed_module_does_not_run(host: Host, name: str) -> None:
    folder = Folder(host, HTTPS)
    with (folder.path / "lib" / name).open("a") as module:
        module.write("\n[System.IO.File]::WriteAllText($env:PRINTOPS_STANDIN + '.ran', '')\n")
    done = folder.run("apply", "-Check")
    assert "is not the file that was rendered" in done.stderr
    assert not ran(folder)


def renew(folder: pathlib.Path) -> None:
    """Make the digests anew, as somebody does who has signed the files."""
    sums = folder / SUMS
    names = [name for _digest, name in apart(sums.read_text())]
    sums.write_text("".join(f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n" for name in names))


def test_signed_scripts_run(host: Host) -> None:
    folder = Folder(host, HTTPS)
    signature = "\r\n# SIG # Begin signature block\r\n# MIIF\r\n# SIG # End signature block\r\n"
    for path in (*folder.path.glob("*.ps1"), *folder.path.glob("lib/*.ps*1")):
        path.write_bytes(path.read_bytes() + signature.encode())
    renew(folder.path)
    assert folder.kept("apply")
    assert host.names() == folder.names


def test_a_checker_that_was_changed_with_the_digests_does_not_run(host: Host) -> None:
    folder = Folder(host, HTTPS)
    with (folder.path / "lib" / "OfflineFolder.psm1").open("a") as module:
        module.write("\n[System.IO.File]::WriteAllText($env:PRINTOPS_STANDIN + '.ran', '')\n")
    renew(folder.path)
    assert folder.run("apply", "-Check").returncode == 1
    assert not ran(folder)


MISSING = ["lib/OfflineFolder.psm1", "lib/Offline.psm1", "rules.jsonl", "SHA256SUMS"]


@pytest.mark.parametrize("script", ["apply", "confirm", "remove"])
@pytest.mark.parametrize("name", MISSING)
def test_a_missing_file_is_named(host: Host, script: str, name: str) -> None:
    folder = Folder(host, HTTPS)
    (folder.path / name).unlink()
    done = folder.run(script)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{script}: {folder.path / name} is missing; bring the folder anew")
    assert done.stderr.count("\n") == 1


CONTENTS = [
    ("{}", "its first line does not have the format"),
    ("", "its first line does not have the format"),
    ("[]", "line 1 is no JSON object"),
    ("{", "line 1 is no JSON object"),
    ('{"format": "printops.firewall/rendered/9"}', "its first line does not have the format"),
    ('{"format": "printops.firewall/rendered/1"}', "line 1 lacks host"),
    ('{"format": "printops.firewall/rendered/1", "host": "h", "addresses": ["127.0.0.1"], "group": "g", "profiles": [],'
     ' "start": true, "default_inbound": "keep", "management_ports": [], "restore_files": []}\n{}',
     "line 2 lacks record"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "message"), CONTENTS, ids=[message for _content, message in CONTENTS])
def test_rules_that_are_none_are_told(host: Host, content: str, message: str) -> None:
    folder = Folder(host, HTTPS)
    (folder.path / "rules.jsonl").write_text(content)
    renew(folder.path)
    done = folder.run("apply")
    assert done.returncode == 1
    assert message in done.stderr
    assert "Nothing was changed" in done.stderr


@pytest.mark.parametrize("script", ["apply", "confirm", "remove"])
def test_a_folder_that_others_may_write_to_is_refused(host: Host, script: str) -> None:
    host.put(writers=["CORP\\somebody may change C:\\for-review"])
    done = Folder(host, HTTPS).run(script)
    assert done.returncode == 1
    assert "others than administrators may change the folder" in done.stderr
    assert "CORP\\somebody" in done.stderr
