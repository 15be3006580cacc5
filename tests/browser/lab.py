"""A JupyterLab server in a folder of its own, and what one does in it with hands and eyes."""

import io
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from class_runs import wait_until
from PIL import Image
from playwright.sync_api import Locator, Page

# JupyterLab asks at its first start whether it may fetch news; nobody is there to answer.
SETTINGS = {"fetchNews": "false", "checkForUpdates": False}
SETTINGS_FILE = "@jupyterlab/apputils-extension/notification.jupyterlab-settings"
PICTURES = os.environ.get("CONVWORK_SCREENSHOTS")  # the folder to which `keep_picture` writes


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    port: int
    token: str

    def url(self, notebook: str = "") -> str:
        """The address of the start page, or of a notebook in the server's folder."""
        place = f"lab/tree/{notebook}" if notebook else "lab"
        # What others left open in this JupyterLab stays closed.
        return f"http://127.0.0.1:{self.port}/{place}?reset&token={self.token}"


@contextmanager
def running_lab(folder: Path, home: Path) -> Iterator[Lab]:
    """JupyterLab, started in `folder` by a user who has nothing in their home."""
    settings = home / "settings" / SETTINGS_FILE
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(SETTINGS))
    lab, log = Lab(_free_port(), secrets.token_hex()), home / "log"
    with log.open("wb") as file:
        server = subprocess.Popen(
            _command(lab), cwd=folder, env=_environment(home), stdout=file, stderr=file
        )
    try:
        wait_until(lambda: _answers(lab.port) or server.poll() is not None, "JupyterLab is up")
        if server.poll() is not None:
            pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")
        yield lab
    finally:
        server.terminate()
        server.wait()


def _command(lab: Lab) -> list[str]:
    options = ["--no-browser", "--allow-root", "--ip=127.0.0.1", "--ServerApp.port_retries=0"]
    options += [f"--port={lab.port}", f"--IdentityProvider.token={lab.token}"]
    return [sys.executable, "-m", "jupyterlab", *options]


def _environment(home: Path) -> dict[str, str]:
    """Nothing of the user who runs the tests, and nothing of the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "HOME": str(home),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# --- hands ---------------------------------------------------------------------------------------


def open_notebook(page: Page, lab: Lab, name: str) -> None:
    """Open a notebook; its kernel has started when this returns."""
    page.goto(lab.url(name))
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for()


def cell(page: Page, text: str) -> Locator:
    """The code cell that holds a text."""
    return page.locator(".jp-CodeCell").filter(has=page.locator(".cm-content", has_text=text))


def run_above(page: Page, cell: Locator) -> None:
    """Run all cells before this one; what is run next waits for them."""
    _editor(cell).click()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Above Selected Cell").click()


def write(page: Page, cell: Locator, code: str) -> None:
    """Put a code in the place of what a cell holds."""
    _editor(cell).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(code)


def run(page: Page, cell: Locator) -> None:
    """Run a cell; whoever wants its output waits for that."""
    _editor(cell).click()
    page.keyboard.press("Shift+Enter")


def validate(page: Page) -> str:
    """Press nbgrader's button, and read what it answers."""
    page.get_by_role("button", name="Validate").click()
    said = page.get_by_role("dialog")
    said.wait_for()
    return said.inner_text()


def _editor(cell: Locator) -> Locator:
    return cell.locator(".cm-content")


# --- eyes ----------------------------------------------------------------------------------------


def output(cell: Locator) -> Locator:
    """What a cell has put out."""
    return cell.locator(".jp-Cell-outputArea")


def picture(cell: Locator) -> Locator:
    """The last picture that a cell shows."""
    return output(cell).locator("img").last


def keep_picture(page: Page, name: str, middle: Locator | None = None) -> None:
    """Save what the page shows for the documentation, if that was asked for.

    middle: what should stand in the middle of it.
    """
    if PICTURES:
        if middle:
            middle.evaluate("element => element.scrollIntoView({block: 'center'})")
        shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        shot.quantize(128).save(Path(PICTURES) / f"{name}.png", optimize=True)
