"""The files of Debian packages as layers of an image: nothing is installed, because no program of them ever runs."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from .failure import Failure
from .processes import output_of, say

# Debian has these folders below /usr, and packages still name them without: https://wiki.debian.org/UsrMerge
_MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


def download(folder: Path, groups: Sequence[Sequence[str]]) -> list[list[Path]]:
    """The packages of a small Debian and, group by group, those that are needed on top; once, then from `folder`."""
    lists = folder / "groups.txt"
    if not lists.is_file():
        say("downloading the Debian packages that the images are made of (a few minutes, once)")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        names = list(_names(folder, groups))
        _debootstrap(folder, [name for group in groups for name in group], "--download-only")
        lists.write_text("".join(" ".join(group) + "\n" for group in names))
    files = {path.name.split("_")[0]: path for path in (folder / "root/var/cache/apt/archives").glob("*.deb")}
    return [[files[name] for name in line.split()] for line in lists.read_text().splitlines()]


def layer_of(packages: Sequence[Path], path: Path) -> None:
    """Writes the packages' files as one layer."""
    part = path.with_suffix(".part")
    seen: set[str] = set()
    with tarfile.open(part, "w", format=tarfile.GNU_FORMAT) as layer:
        for package in packages:
            _copy(package, layer, seen)
    part.rename(path)


def split(layer: Path, paths: Sequence[Path]) -> None:
    """Writes a layer's files as so many layers, none of them empty, in order."""
    with tarfile.open(layer) as files:
        members = list(files.getmembers())
        left = sum(member.size for member in members)
        for others, path in reversed(list(enumerate(reversed(paths)))):
            # Hard links become files here, so that there may be more than was counted.
            share, taken = max(left, 0) / (others + 1), 0
            part = path.with_suffix(".part")
            with tarfile.open(part, "w", format=tarfile.GNU_FORMAT) as target:
                while len(members) > others and (taken <= share or not others):
                    taken += _move(members.pop(0), files, target)
            part.rename(path)
            left -= taken


def _move(member: tarfile.TarInfo, files: tarfile.TarFile, target: tarfile.TarFile) -> int:
    content = files.extractfile(member) if member.isreg() or member.islnk() else None
    if member.islnk():
        # What it links to may be in another layer.
        member.type, member.size = tarfile.REGTYPE, files.getmember(member.linkname).size
    target.addfile(member, content)
    return member.size


def _copy(package: Path, layer: tarfile.TarFile, seen: set[str]) -> None:
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as reader:
        assert reader.stdout
        with tarfile.open(fileobj=reader.stdout, mode="r|") as files:
            for member in files:
                member.name = _merged(member.name)
                if member.name in seen or not member.name:
                    continue
                seen.add(member.name)
                if member.islnk():
                    member.linkname = _merged(member.linkname)
                layer.addfile(member, files.extractfile(member) if member.isreg() else None)
    if reader.returncode != 0:
        raise Failure(f"`dpkg-deb --fsys-tarfile {package}` ended with {reader.returncode}")


def _merged(name: str) -> str:
    path = PurePosixPath(name)
    if not path.parts:
        return ""
    return str("usr" / path if path.parts[0] in _MERGED else path)


def _names(folder: Path, groups: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """What each group needs beyond those before it."""
    wanted: list[str] = []
    known: set[str] = set()
    for group in groups:
        wanted += group
        names = _debootstrap(folder, wanted, "--print-debs").split()
        yield [name for name in names if name not in known]
        known.update(names)


def _debootstrap(folder: Path, packages: Sequence[str], what: str) -> str:
    address, codename = _mirror()
    include = [f"--include={','.join(packages)}"] if packages else []
    return output_of(["debootstrap", what, "--variant=minbase", *include, codename, folder / "root", address])


def _mirror() -> tuple[str, str]:
    """The first mirror that this machine's own apt uses."""
    form = "$(REPO_URI) $(CODENAME)"
    for line in output_of(["apt-get", "indextargets", "--format", form, "Created-By: Packages"]).splitlines():
        address, codename = line.split()
        if "-" not in codename:
            return address, codename
    raise Failure("apt of this machine knows no mirror of Debian")
