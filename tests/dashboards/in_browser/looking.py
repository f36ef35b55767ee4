"""How every screen is looked at: by whom, in which languages and sizes, over what, and what does not fit."""

from playwright.sync_api import Browser, BrowserContext, Page

from tests.dashboards.browser import ServedBoard

#: A cheap desktop, a tablet, a phone.
SIZES = ((1366, 768), (1024, 768), (390, 844))
LANGUAGES = ("kk", "ru", "en")
ROLES = ("guard", "manager", "admin", "auditor")
#: What does not fit: text wider or higher than the box that cuts it, or a page wider than its screen.
_MISFITS = """() => {
  const misfits = [];
  const isShown = (e) => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== "hidden";
  for (const e of document.querySelectorAll("body *")) {
    if (!isShown(e) || e.closest("input, select, textarea, option, svg, .unseen, .skip")) continue;
    const style = getComputedStyle(e);
    const cuts = style.overflowX === "hidden" || style.overflowX === "clip";
    if (cuts && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1 && e.textContent.trim()) {
      misfits.push("clipped " + e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 60));
    }
  }
  const width = document.documentElement.scrollWidth;
  if (width > innerWidth) misfits.push("page too wide: " + width);
  return misfits;
}"""


def misfits(page: Page) -> list[str]:
    """What is clipped, or wider than the screen."""
    page.evaluate("document.fonts.ready.then(() => true)")
    # What follows the size of its box is told of it with the next frame.
    page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
    )
    found: list[str] = page.evaluate(_MISFITS)
    return found


def furnish(served: ServedBoard) -> None:
    """A campus with something on every screen."""
    for tell in ("calm", "troubles", "handover", "watched", "remembered", "reported"):
        served.write(tell)
    for space in ("a-201", "a-204", "a-301", "a-104"):
        served.hang_sign(f"look-{space}", space)


def signed_in(browser: Browser, board: ServedBoard, role: str) -> BrowserContext:
    """A browser in which somebody of this role is signed in."""
    context = browser.new_context(locale="ru-RU")
    page = context.new_page()
    page.goto(f"{board.address}/sign-in?code={board.accounts.issue_one_time_code(f'look-{role}', role)}")
    page.click("button[type=submit]")
    page.wait_for_load_state()
    page.close()
    return context
