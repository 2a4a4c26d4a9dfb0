"""The demo page in a real browser: a check-in played by clicking."""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, async_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
async def address() -> AsyncIterator[str]:
    """Serve the demo by its command, as a new user does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--port", str(port)),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ.copy(),
    )
    assert process.stdout is not None
    assert b"127.0.0.1" in await asyncio.wait_for(process.stdout.readline(), 30)
    yield f"http://127.0.0.1:{port}/"
    process.terminate()
    await process.wait()


@pytest.fixture
async def page(address: str) -> AsyncIterator[Page]:
    """The demo's page in a browser, with its phones."""
    async with async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        opened = await browser.new_page()
        await opened.goto(address)
        await opened.locator("[data-phone=patient]").wait_for()
        yield opened
        await browser.close()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")
async def test_a_patient_moves_to_the_page(page: Page) -> None:
    """/answers, "On a web page", the next check-in: its link opens the clinic's own page."""
    patient = page.locator("[data-phone=patient]")
    await patient.get_by_role("textbox").fill("/answers")
    await patient.get_by_role("button", name="Send").click()
    await patient.get_by_role("button", name="On a web page").click()
    await patient.get_by_text("only a link comes here").wait_for()
    await page.click("#next")
    await page.click("#next")
    async with page.context.expect_page() as opening:
        await patient.get_by_role("link", name="Open").click()
    own = await opening.value
    for rating in ("7", "8", "9", "6", "No"):
        await own.get_by_role("button", name=rating, exact=True).click()
    await own.get_by_text("Thank you. Your answers are saved.").wait_for()
    await patient.get_by_text("Thank you. Your answers are saved.").wait_for()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install chromium")
async def test_a_check_in_is_played_by_clicking(page: Page) -> None:
    """A new user jumps to the next event, answers as the patient, and sees the alert arrive."""
    patient = page.locator("[data-phone=patient]")
    therapist = page.locator("[data-phone=therapist]")
    await page.click("#next")
    await page.click("#next")
    await patient.get_by_text("A short check-in is ready.").wait_for()
    for place, rating in enumerate((3, 4, 2, 3), start=2):
        await patient.get_by_role("button", name=str(rating), exact=True).click()
        await patient.get_by_text(f"{place}/5").wait_for()
    await patient.get_by_role("button", name="No", exact=True).click()

    await patient.get_by_text("Thank you. Your answers are saved.").wait_for()
    await therapist.get_by_role("button", name="Show").click()
    await therapist.get_by_text("The ratings fell").wait_for()
    await page.wait_for_function(
        "document.querySelector('[data-phone=therapist] img').naturalWidth === 1080"
    )
