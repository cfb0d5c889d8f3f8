"""What axe finds wrong on a page for people who use a keyboard, a screen reader or low vision."""

from collections.abc import Sequence

from playwright.sync_api import Page

from tests.services import ROOT

SCRIPT = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLORS = ["cat.color"]
"""What another theme may break, of the same page."""
RUN = """async (tags) => {
  const { violations } = await axe.run(document, {
    runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'],
  })
  const told = (rule) => rule.nodes.map((node) => `${rule.id}: ${node.target.join(' ')}`)
  return violations.flatMap(told)
}"""


def broken_rules(page: Page, tags: Sequence[str] = RULES) -> list[str]:
    """Return each broken rule with the element that breaks it; the page must bypass its policy."""
    if page.evaluate("typeof axe") == "undefined":
        page.add_script_tag(path=SCRIPT)
    found: list[str] = page.evaluate(RUN, [*tags])
    return found
