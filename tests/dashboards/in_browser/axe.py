"""Asks axe-core what a page does that a person with a screen reader or weak sight cannot use."""

from pathlib import Path

from playwright.sync_api import Page

AXE = Path(__file__).parents[2] / "vendor/axe-core@4.14.1/axe.min.js"
_ASK = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await axe.run({ runOnly: tags });
  const places = (one) => one.nodes.map((node) => node.target.join(" ")).slice(0, 5).join(" | ");
  return found.violations.map((one) => one.id + ": " + places(one));
}"""


def violations(page: Page) -> list[str]:
    """Each broken rule with the first five places where it is broken."""
    if not page.evaluate("typeof axe === 'object'"):
        # As an evaluation, not as a script of the page: the policy lets no other script in.
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: list[str] = page.evaluate(_ASK)
    return found
