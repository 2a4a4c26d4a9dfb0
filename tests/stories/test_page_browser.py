"""The page in a real browser: by clicking, by keyboard alone, on a small phone, light and dark."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Page, async_playwright

from tests.databases import on_both
from tests.stories.clinic import Story, a_clinic, seen
from tests.stories.test_demo_page import CHROMIUM, FLAGS
from tests.stories.web import ON_PAGE, a_page, nudged

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: apt-get install it")

WITH_WORDS = {**ON_PAGE, "ATTUNE_COMMENTS": "true"}
THANKS = "Thank you. Your answers are kept."
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
"""What a browser makes of a sheet, as numbers."""


@dataclass
class Browser:
    """A page in a browser, with all that it asked for and complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Note every request and every line of the console."""
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda line: self.complaints.append(line.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def shows(self, words: str) -> None:
        """The sheet with these words comes, and can be read, heard and hit."""
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
async def browsing(
    clinic: Story, scheme: Literal["light", "dark"] = "light"
) -> AsyncIterator[Browser]:
    """Open the newest nudge's link in a browser; at the end look at what it has left behind."""
    async with a_page(clinic) as site, async_playwright() as play:
        browser = await play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await browser.new_context(
            viewport=SMALL,  # type: ignore[arg-type]
            color_scheme=scheme,
            java_script_enabled=True,
        )
        opened = Browser(await context.new_page())
        opened.listen()
        address = site.visitor(await nudged(clinic.patient)).address
        await opened.page.goto(address)
        yield opened
        assert await context.cookies() == []
        assert await opened.page.evaluate("localStorage.length + sessionStorage.length") == 0
        assert [one for one in opened.asked if not one.startswith((site.root, "data:"))] == []
        assert opened.complaints == []
        await browser.close()


async def photograph(browser: Browser, name: str) -> None:
    """Keep a picture of the sheet where a folder for that is named."""
    folder = os.environ.get("ATTUNE_TEST_PICTURES")
    if folder:
        await browser.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@on_both
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_check_in_is_answered_by_clicking(
    tmp_path: Path, scheme: Literal["light", "dark"]
) -> None:
    """One tap a question; every sheet on the way is sound, to the words and the change."""
    async with a_clinic(tmp_path, **WITH_WORDS) as clinic:
        await clinic.ask()
        async with browsing(clinic, scheme) as browser:
            page = browser.page
            for place, rating in enumerate((3, 8, 10, 0), start=1):
                await browser.shows(f"{place} of 5")
                await photograph(browser, f"{scheme}-{place}")
                await page.get_by_role("button", name=str(rating), exact=True).click()
            await browser.shows("Did anything feel off")
            await photograph(browser, f"{scheme}-direct")
            await page.get_by_role("button", name="A little", exact=True).click()
            await browser.shows("And now?")
            await page.get_by_role("button", name="Sorted", exact=True).click()
            await browser.shows(THANKS)
            await photograph(browser, f"{scheme}-thanks")
            await page.get_by_role("button", name="I will", exact=True).click()
            await page.locator("[aria-current]").wait_for()
            await browser.shows(THANKS)
            await page.get_by_role("link", name="Change an answer").click()
            await browser.shows("Which answer shall be changed?")
            await photograph(browser, f"{scheme}-change")
            await page.get_by_role("button", name="3 · Today").click()
            await browser.shows("1 of 6")
            await photograph(browser, f"{scheme}-changing")
            await page.get_by_role("button", name="4", exact=True).click()
            await browser.shows(THANKS)
            await page.get_by_role("link", name="Add a few words").click()
            await browser.shows("Nobody watches in between")
            await photograph(browser, f"{scheme}-words")
            await page.get_by_label("Your words").fill("Zeit für <b>mich</b> & 🙂\nzwei")
            await page.get_by_role("button", name="Keep").click()
            await page.get_by_text("Your words are kept").wait_for()
            await page.reload()
            await page.get_by_text(THANKS).wait_for()
        await seen(clinic.patient, THANKS)
        [kept] = await clinic.checkins("P-1")
        assert kept["answers"] == {"goal": 4, "task": 8, "bond": 10, "overall": 0}
        assert (kept["direct"], kept["direct_after"]) == ("little", "sorted")


@on_both
async def test_a_check_in_is_answered_by_keyboard_alone(tmp_path: Path) -> None:
    """Tab and Enter reach everything, in the order in which it is read; the focus is seen."""
    async with a_clinic(tmp_path, **WITH_WORDS) as clinic:
        await clinic.ask()
        async with browsing(clinic) as browser:
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
            await browser.page.get_by_label("Your words").wait_for()
            await tab_to(browser.page, "")
            await browser.page.keyboard.type("A few words")
            await tab_to(browser.page, "Keep")
            await browser.page.keyboard.press("Enter")
            await browser.page.get_by_text("Your words are kept").wait_for()
        [kept] = await clinic.checkins("P-1")
        assert kept["answers"] == {"goal": 7, "task": 8, "bond": 9, "overall": 6}
        assert len(clinic.rows("SELECT * FROM comments")) == 1


FOCUSED = """() => {
  const e = document.activeElement;
  const style = getComputedStyle(e);
  return [e.textContent, style.outlineStyle, parseFloat(style.outlineWidth)];
}"""


async def tab_to(page: Page, label: str) -> None:
    """Press Tab until that is focused; wherever it stops, the focus can be seen."""
    for _ in range(25):
        await page.keyboard.press("Tab")
        text, outline, width = await page.evaluate(FOCUSED)
        if text == label:
            assert (outline, width) == ("solid", 3)
            return
    raise AssertionError(f"Tab does not lead to {label!r}")


@on_both
async def test_it_works_without_any_script(tmp_path: Path) -> None:
    """A browser that runs none shows and keeps the same."""
    async with a_clinic(tmp_path, **ON_PAGE) as clinic:
        await clinic.ask()
        async with a_page(clinic) as site, async_playwright() as play:
            browser = await play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await (await browser.new_context(java_script_enabled=False)).new_page()
            await page.goto(site.visitor(await nudged(clinic.patient)).address)
            for rating in ("7", "8", "9", "6", "No"):
                await page.get_by_role("button", name=rating, exact=True).click()
            await page.get_by_text(THANKS).wait_for()
            await browser.close()
        await seen(clinic.patient, THANKS)
