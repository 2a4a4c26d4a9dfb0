"""The answer page in a real browser: by mouse, by keyboard, on a small phone, light and dark."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, async_playwright

from tests.databases import on_both_engines
from tests.stories.clinic import StoryClinic, open_clinic, wait_for_text
from tests.stories.demo.test_demo_page import CHROMIUM, FLAGS
from tests.stories.web.answer_page_client import PAGE_SETTINGS, serve_page, wait_for_page_link

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install it")

WITH_WORDS = {**PAGE_SETTINGS, "ATTUNE_COMMENTS": "true"}
THANKS = "Thank you. Your answers are saved."
SMALL = {"width": 320, "height": 568}
"""The smallest phone that is still in use."""

LEAST_TARGET = 44
LEAST_CONTRAST = 4.5
LEAST_EDGE = 3.0

LOOK = r"""
() => {
  const rgb = (c) => c.match(/[\d.]+/g).slice(0, 3).map(Number);
  const light = (c) => rgb(c).map((v) => v / 255)
    .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ratio = (a, b) => {
    const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + 0.05) / (y + 0.05);
  };
  const clear = (c) => c === 'rgba(0, 0, 0, 0)' || c === 'transparent';
  const ground = (e) => {
    const own = getComputedStyle(e).backgroundColor;
    return clear(own) && e.parentElement ? ground(e.parentElement) : own;
  };
  const controls = [...document.querySelectorAll('button, a, textarea')];
  const texts = [...document.querySelectorAll('h1, p, span, legend, label, button, a')]
    .filter((e) => e.textContent.trim());
  return {
    lang: document.documentElement.lang,
    title: document.title,
    headings: document.querySelectorAll('h1').length,
    scripts: document.scripts.length,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    ungrouped: [...document.querySelectorAll('fieldset')].filter(
      (e) => !e.querySelector(':scope > legend')?.textContent.trim()).length,
    targets: controls.map((e) => e.getBoundingClientRect())
      .map((r) => Math.min(r.width, r.height)),
    contrasts: texts.map((e) => ratio(getComputedStyle(e).color, ground(e))),
    edges: controls.map((e) => ratio(getComputedStyle(e).borderTopColor, ground(e.parentElement))),
  };
}
"""
"""Measures of a page as the browser shows it."""


@dataclass
class Browser:
    """A page in a browser, with all its requests and console messages."""

    page: Page
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Record every request and every line of the console."""
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda line: self.console.append(line.text))
        self.page.on("pageerror", lambda error: self.console.append(str(error)))

    async def assert_shows(self, words: str) -> None:
        """Assert that a page with these words comes, and that it is accessible."""
        await self.page.get_by_text(words).first.wait_for()
        await self.page.wait_for_load_state()
        found = await self.page.evaluate(LOOK)
        assert (found["lang"], found["headings"], found["scripts"]) == ("en", 1, 0)
        assert "A short check-in" in found["title"]
        assert found["wide"] <= 0, "it scrolls sideways"
        assert found["ungrouped"] == 0
        assert min(found["targets"]) >= LEAST_TARGET, found
        assert min(found["contrasts"]) >= LEAST_CONTRAST, found
        assert min(found["edges"]) >= LEAST_EDGE, found
        named = await self.page.locator("button, a, textarea").all()
        assert named
        for control in named:
            assert (await control.aria_snapshot()).partition('"')[2], "a control without a name"


@asynccontextmanager
async def open_browser(
    clinic: StoryClinic, scheme: Literal["light", "dark"] = "light"
) -> AsyncIterator[Browser]:
    """Open the newest nudge's link in a browser; at the end assert that nothing is left behind."""
    async with serve_page(clinic) as site, async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(
            viewport=SMALL,  # type: ignore[arg-type]
            color_scheme=scheme,
            java_script_enabled=True,
        )
        opened = Browser(await context.new_page())
        opened.listen()
        address = site.visitor(await wait_for_page_link(clinic.patient)).address
        await opened.page.goto(address)
        yield opened
        assert await context.cookies() == []
        assert await opened.page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert [one for one in opened.requests if not one.startswith((site.root, "data:"))] == []
        assert opened.console == []
        await browser.close()


async def save_picture(browser: Browser, name: str) -> None:
    """Save a screenshot if a folder for screenshots is set."""
    folder = os.environ.get("ATTUNE_TEST_PICTURES")
    if folder:
        await browser.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@on_both_engines
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_check_in_is_answered_by_clicking(
    tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    """One tap a question; every page on the way is accessible."""
    async with open_clinic(tmp_path, **WITH_WORDS) as clinic:
        await clinic.ask()
        async with open_browser(clinic, scheme) as browser:
            page = browser.page
            for place, rating in enumerate((3, 8, 10, 0), start=1):
                await browser.assert_shows(f"{place} of 5")
                await save_picture(browser, f"{scheme}-{place}")
                await page.get_by_role("button", name=str(rating), exact=True).click()
            await browser.assert_shows("Did anything feel off")
            await save_picture(browser, f"{scheme}-direct")
            await page.get_by_role("button", name="A little", exact=True).click()
            await browser.assert_shows("And now?")
            await page.get_by_role("button", name="Sorted", exact=True).click()
            await browser.assert_shows(THANKS)
            await save_picture(browser, f"{scheme}-thanks")
            await page.get_by_role("button", name="I will", exact=True).click()
            await page.locator("[aria-current]").wait_for()
            await browser.assert_shows(THANKS)
            await page.get_by_role("link", name="Change an answer").click()
            await browser.assert_shows("Which answer would you like to change?")
            await save_picture(browser, f"{scheme}-change")
            await page.get_by_role("button", name="3 · Today").click()
            await browser.assert_shows("1 of 6")
            await save_picture(browser, f"{scheme}-changing")
            await page.get_by_role("button", name="4", exact=True).click()
            await browser.assert_shows(THANKS)
            await page.get_by_role("link", name="Add a few words").click()
            await browser.assert_shows("Nobody checks in between")
            await save_picture(browser, f"{scheme}-words")
            await page.get_by_label("Your comment").fill("Zeit für <b>mich</b> & 🙂\nzwei")
            await page.get_by_role("button", name="Save").click()
            await page.get_by_text("Your comment is saved").wait_for()
            await page.reload()
            await page.get_by_text(THANKS).wait_for()
        await wait_for_text(clinic.patient, THANKS)
        [checkin] = await clinic.checkins("P-1")
        assert checkin["answers"] == {"goal": 4, "task": 8, "bond": 10, "overall": 0}
        assert (checkin["direct"], checkin["direct_after"]) == ("little", "sorted")


@on_both_engines
async def test_a_check_in_is_answered_by_keyboard_alone(tmp_path: Path) -> None:
    """Tab and Enter reach everything in reading order; the focus is visible."""
    async with open_clinic(tmp_path, **WITH_WORDS) as clinic:
        await clinic.ask()
        async with open_browser(clinic) as browser:
            for place, rating in enumerate(("7", "8", "9", "6"), start=1):
                await browser.page.get_by_text(f"{place} of 5", exact=True).wait_for()
                await tab_to(browser.page, rating)
                await browser.page.keyboard.press("Enter")
            await browser.page.get_by_text("Did anything feel off").wait_for()
            await tab_to(browser.page, "No")
            await browser.page.keyboard.press("Space")
            await browser.page.get_by_text(THANKS).wait_for()
            await tab_to(browser.page, "Add a few words")
            await browser.page.keyboard.press("Enter")
            await browser.page.get_by_label("Your comment").wait_for()
            await tab_to(browser.page, "")
            await browser.page.keyboard.type("A few words")
            await tab_to(browser.page, "Save")
            await browser.page.keyboard.press("Enter")
            await browser.page.get_by_text("Your comment is saved").wait_for()
        [checkin] = await clinic.checkins("P-1")
        assert checkin["answers"] == {"goal": 7, "task": 8, "bond": 9, "overall": 6}
        assert len(clinic.rows("SELECT * FROM comments")) == 1


FOCUSED = """() => {
  const e = document.activeElement;
  const style = getComputedStyle(e);
  return [e.textContent, style.outlineStyle, parseFloat(style.outlineWidth)];
}"""


async def tab_to(page: Page, label: str) -> None:
    """Press Tab until the control is focused; the focus is visible."""
    for _ in range(25):
        await page.keyboard.press("Tab")
        text, outline, width = await page.evaluate(FOCUSED)
        if text == label:
            assert (outline, width) == ("solid", 3)
            return
    raise AssertionError(f"Tab does not lead to {label!r}")


@on_both_engines
async def test_it_works_without_any_script(tmp_path: Path) -> None:
    """A browser without scripts shows and saves the same."""
    async with open_clinic(tmp_path, **PAGE_SETTINGS) as clinic:
        await clinic.ask()
        async with serve_page(clinic) as site, async_playwright() as play:
            browser = await play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await (await browser.new_context(java_script_enabled=False)).new_page()
            await page.goto(site.visitor(await wait_for_page_link(clinic.patient)).address)
            for rating in ("7", "8", "9", "6", "No"):
                await page.get_by_role("button", name=rating, exact=True).click()
            await page.get_by_text(THANKS).wait_for()
            await browser.close()
        await wait_for_text(clinic.patient, THANKS)
