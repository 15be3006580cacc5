"""A JupyterLab of the tests' own, and Debian's Chromium to look at it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from browser.lab import Lab, running_lab

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENCE = 180_000  # milliseconds, for a kernel that imports TensorFlow on a busy machine
SIZE = {"width": 1280, "height": 800}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, so that `-m 'not browser'` leaves it out."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker("browser")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser for one module: Playwright's event loop must not outlive it."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    # Nothing of the course may need the internet; and as root Chromium has no sandbox.
    options = ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    options += ["--no-sandbox"] * (os.geteuid() == 0)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lab(desk: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A JupyterLab in the folder `desk`, which each module fills with what it needs."""
    with running_lab(desk, tmp_path_factory.mktemp("home")) as lab:
        yield lab


@contextmanager
def new_page(chromium: Browser) -> Iterator[Page]:
    """An empty page, of somebody who has not been here before."""
    context = chromium.new_context(viewport=SIZE)
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    with new_page(chromium) as page:
        yield page
