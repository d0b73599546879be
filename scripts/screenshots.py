"""Takes pictures of the running demo's pages, in both languages, on desk and phone, light and dark.

Usage: screenshots.py [BASE_URL]; the README's picture goes to docs/images/home.png.
"""

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "build" / "screenshots"
CHROMIUM = shutil.which("chromium") or "chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
PLACES = ("", "subscriptions/", "calendar/")
STAFF_PLACES = ("staff/runs/", "staff/mailbox/")


def sign_in(page: Page, base: str, search: str) -> None:
    """Become the first person whom the demo finds."""
    page.goto(f"{base}/sign-in/?q={search}")
    page.locator("button[name=member]").first.click()


def speak(page: Page, language: str) -> None:
    """Switch the page's language."""
    button = page.locator(f"button[name=language][value={language}]")
    if button.count():
        button.click()


def shoot(browser: Browser, base: str, *, width: int, dark: bool, language: str) -> None:
    """Every page once."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
    )
    context.set_default_timeout(120_000)
    page = context.new_page()
    name = f"{language}-{width}{'-dark' if dark else ''}"
    page.goto(f"{base}/sign-in/")
    speak(page, language)
    page.screenshot(path=OUT / f"{name}-sign-in.png")
    sign_in(page, base, "C00004" if language == "zh-hant" else "C00003")
    speak(page, language)
    for place in PLACES:
        page.goto(f"{base}/{place}")
        page.screenshot(path=OUT / f"{name}-{place.strip('/') or 'home'}.png", full_page=True)
    page.goto(f"{base}/subscriptions/")
    page.locator("table.rows a").first.click()
    page.locator("details summary").first.click()
    page.screenshot(path=OUT / f"{name}-subscription.png", full_page=True)
    sign_in(page, base, "C00916" if language == "zh-hant" else "C00003")
    speak(page, language)
    page.locator("a.btn-primary[href$='/renew/']").first.click()
    page.screenshot(path=OUT / f"{name}-renew.png", full_page=True)
    page.goto(f"{base}/nothing/")
    page.screenshot(path=OUT / f"{name}-not-found.png")
    page.goto(f"{base}/sign-in/?q=nobody")
    page.get_by_role("button", name=re.compile("Nina Berg|Operations")).first.click()
    for place in STAFF_PLACES:
        page.goto(f"{base}/{place}")
        page.screenshot(path=OUT / f"{name}-{place.strip('/').replace('/', '-')}.png")
    page.locator("table.rows a").first.click()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=OUT / f"{name}-mail.png", full_page=True)
    context.close()


def main() -> None:
    """Take them all."""
    base = (sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000").rstrip("/")
    OUT.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for language in ("en", "zh-hant"):
            shoot(browser, base, width=1280, dark=False, language=language)
            shoot(browser, base, width=390, dark=False, language=language)
        shoot(browser, base, width=1280, dark=True, language="en")
        browser.close()
    images = ROOT / "docs" / "images"
    images.mkdir(parents=True, exist_ok=True)
    shutil.copy(OUT / "en-1280-home.png", images / "home.png")
    print(f"{len(list(OUT.glob('*.png')))} pictures in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
