# Copyright (c) 2026, the printops.firewall maintainers
# GNU General Public License v3.0+ (see LICENSE or the GNU site: www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a folder must be before anything of it runs; that the commands look is tested in _render/test_linux.py."""

from __future__ import annotations

import hashlib
import os
import pathlib
import subprocess
import typing as t

import pytest

from ansible_collections.printops.firewall.plugins.module_utils._offline import check
from ansible_collections.printops.firewall.plugins.module_utils._offline.check import FolderError, parse_sums

DIGESTS = {"apply": "a1" * 32, "lib/my file.py": "b2" * 32}
FILES = {"apply": b"one\n", "lib/two.py": b"two\n", "lib/deep/three.py": b"three\n"}


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A whole folder; who may write to what is above it is left aside."""
    monkeypatch.setattr(check, "_expect_safe", lambda _root, _names: None)
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    lines = [f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in FILES.items()]
    (tmp_path / "SHA256SUMS").write_text("".join(lines))
    return tmp_path


def as_plain(**_given: str) -> str:
    return "".join(f"{digest}  {name}\n" for name, digest in DIGESTS.items())


FORMS: dict[str, bytes] = {
    "sha256sum": as_plain().encode(),
    "upper case, as Get-FileHash": "".join(f"{d.upper()}  {n}\n" for n, d in DIGESTS.items()).encode(),
    "--binary": as_plain().replace("  ", " *").encode(),
    "--tag": "".join(f"SHA256 ({name}) = {digest}\n" for name, digest in DIGESTS.items()).encode(),
    "of find": as_plain().replace("  ", "  ./").encode(),
    "backslashes": as_plain().replace("/", "\\").encode(),
    "a blank line at the end": f"{as_plain()}\n\n".encode(),
    "no line end at the end": as_plain().strip().encode(),
    "CR LF": as_plain().replace("\n", "\r\n").encode(),
    "byte order mark": b"\xef\xbb\xbf" + as_plain().encode(),
    "UTF-16": as_plain().encode("utf-16"),
    "with itself": f"{as_plain()}{'0' * 64}  SHA256SUMS\n".encode(),
    "clear-signed": (
        f"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n{as_plain()}"
        "-----BEGIN PGP SIGNATURE-----\n\niQ==\n=abcd\n-----END PGP SIGNATURE-----\n"
    ).encode(),
}


@pytest.mark.parametrize("form", FORMS)
def test_sums_are_read_as_people_make_them(form: str) -> None:
    assert parse_sums(FORMS[form], place="SHA256SUMS") == DIGESTS


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/../../b", "", "..\\x"])
def test_sums_name_only_files_of_the_folder(name: str) -> None:
    with pytest.raises(FolderError, match="SHA256SUMS: line 1 is no digest"):
        parse_sums(f"{'0' * 64}  {name}\n".encode(), place="SHA256SUMS")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", f"{'0' * 64}  SHA256SUMS\n".encode()])
def test_sums_of_nothing_are_refused(content: bytes) -> None:
    with pytest.raises(FolderError, match="names no file"):
        parse_sums(content, place="SHA256SUMS")


def test_a_whole_folder_passes(folder: pathlib.Path) -> None:
    (folder / "SHA256SUMS.asc").touch()
    (folder / ".git").mkdir()
    (folder / ".git/config").touch()
    check.check(str(folder))


def plant(name: str) -> t.Callable[[pathlib.Path], None]:
    def edit(folder: pathlib.Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()

    return edit


def shorten(folder: pathlib.Path) -> None:
    sums = folder / "SHA256SUMS"
    sums.write_text("".join(sums.read_text().splitlines(keepends=True)[:-1]))


EDITS: dict[str, tuple[t.Callable[[pathlib.Path], object], str]] = {
    "a module of Python": (plant("lib/json.py"), r"has besides what was rendered: lib/json\.py"),
    "a package beside a module": (plant("lib/two/__init__.py"), r"besides.*lib/two/__init__\.py"),
    "bytecode": (plant("lib/__pycache__/two.cpython-311.pyc"), r"besides.*\.pyc"),
    "a file at the top": (plant("argparse.py"), r"besides.*argparse\.py"),
    "a folder that is a link": (lambda folder: (folder / "lib/more").symlink_to("/usr"), r"besides.*lib/more"),
    "a lost file": (lambda folder: (folder / "lib/two.py").unlink(), r"lacks: lib/two\.py"),
    "shortened sums": (shorten, r"besides.*lib/deep/three\.py"),
    "empty sums": (lambda folder: (folder / "SHA256SUMS").write_text(""), "names no file"),
    "an edited file": (
        lambda folder: (folder / "apply").write_text("other"),
        "apply is not the file that was rendered",
    ),
    "other line ends": (lambda folder: (folder / "apply").write_bytes(b"one\r\n"), r"the line ends of \S+apply were"),
}


@pytest.mark.parametrize("edit", EDITS)
def test_a_folder_that_is_not_as_rendered_is_refused(folder: pathlib.Path, edit: str) -> None:
    change, said = EDITS[edit]
    change(folder)
    with pytest.raises(FolderError, match=said):
        check.check(str(folder))


def test_the_file_that_the_output_goes_to_may_lie_in_the_folder(folder: pathlib.Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(pathlib.Path(check.__file__).parent)!r}); import check; "
    code += f"check._expect_safe = lambda root, names: None; check.check({str(folder)!r})"
    with (folder / "said.txt").open("w") as said:
        subprocess.run(["python3", "-c", code], stdout=said, check=True)
    with pytest.raises(FolderError, match=r"besides.*said\.txt"):
        check.check(str(folder))


class FakeStatus(t.NamedTuple):
    st_mode: int
    st_uid: int = 0
    st_gid: int = 0


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/srv/h/apply", FakeStatus(0o100757), "others than root may change /srv/h/apply"),
        ("/srv/h/lib", FakeStatus(0o40775, st_gid=1000), "change /srv/h/lib"),
        ("/srv/h", FakeStatus(0o40755, st_uid=1000), "change /srv/h; copy the folder .* /root/h$"),
        ("/srv/h", FakeStatus(0o41777), "change /srv/h;"),
        ("/srv", FakeStatus(0o40777), "change /srv;"),
        ("/srv/h/lib/two.py", FakeStatus(0o120777), "two.py is a link"),
        ("/srv", FakeStatus(0o41777), ""),
        ("/srv/h/lib", FakeStatus(0o40775), ""),
    ],
)
def test_only_root_may_write(path: str, status: FakeStatus, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        pathlib.Path,
        "lstat",
        lambda self: status if str(self) == path else FakeStatus(0o40755 if not self.suffix else 0o100644),
    )
    expect = check._expect_safe
    if said:
        with pytest.raises(FolderError, match=said):
            expect(pathlib.Path("/srv/h"), ["apply", "lib/two.py"])
    else:
        expect(pathlib.Path("/srv/h"), ["apply", "lib/two.py"])


def test_entering_leaves_nothing_for_another_python(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("PYTHONSTARTUP", "/somewhere")
    check.enter("apply", str(folder))
    assert not [name for name in os.environ if name.startswith("PYTHON")]
    (folder / "apply").unlink()
    with pytest.raises(SystemExit, match=r"^apply: .* lacks: apply; bring it anew.*\. Nothing was changed$"):
        check.enter("apply", str(folder))
