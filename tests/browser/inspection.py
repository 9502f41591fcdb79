"""What can be wrong with any page, found by asking the page itself."""

import json
import re
from functools import cache
from typing import Any

import pytest

from config import state

FRONTEND = state.CHECKOUT / "frontend"
AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"

# Every text that somebody can see or hear, except code, keys and what is marked as another
# language.
TEXTS = """() => {
  const apart = 'code, kbd, script, style, [lang]:not(html), [translate=no]'
  const texts = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement
    if (!parent.closest(apart) && parent.checkVisibility()) texts.push(walker.currentNode.data)
  }
  for (const each of document.querySelectorAll('[aria-label], [title], [placeholder], [alt]')) {
    if (each.closest(apart)) continue
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
      if (each.hasAttribute(name)) texts.push(each.getAttribute(name))
    }
  }
  return texts.map((each) => each.trim()).filter(Boolean)
}"""

VIOLATIONS = """async () => {
  // What inherits a color begins its own transition when that of its parent ends.
  const moves = (each) => each instanceof CSSTransition && each.playState === 'running'
  const patience = performance.now() + 3000
  for (let calm = 0; calm < 3 && performance.now() < patience; ) {
    calm = document.getAnimations().some(moves) ? 0 : calm + 1
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  const {violations} = await axe.run(document, {resultTypes: ['violations']})
  return violations.flatMap(({id, help, nodes}) => nodes.map(
    ({target, failureSummary}) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary}`))
}"""

# Where Tab may go. Of radio buttons in one group only one is on the way.
REACHABLE = """() => {
  const groups = new Set()
  const controls = document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, [tabindex="0"]')
  return [...controls].filter((each) => {
    if (each.disabled || each.tabIndex < 0 || !each.checkVisibility()) return false
    if (each.type !== 'radio') return true
    if (groups.has(each.name)) return false
    return groups.add(each.name)
  }).length
}"""

FOCUSED = """() => {
  const on = document.activeElement
  if (on === document.body) return null
  const style = getComputedStyle(on)
  window.visited ??= new Map()
  if (!window.visited.has(on)) window.visited.set(on, window.visited.size)
  const shown = on.type === 'file' ? getComputedStyle(on.closest('label')) : style
  return {
    id: on.type === 'radio' && on.name ? on.name : String(window.visited.get(on)),
    seen: parseFloat(shown.outlineWidth) > 0 && shown.outlineStyle !== 'none',
    what: on.outerHTML.slice(0, 120)
  }
}"""


@cache
def texts(language: str) -> dict[str, str]:
    folder = FRONTEND / "src" / "lib" / "i18n"
    found: dict[str, str] = {}
    for path in (folder / f"{language}.json", folder / "coordinating" / f"{language}.json"):
        found |= json.loads(path.read_text())
    return found


UNITS = {"kB", "MB", "GB"}  # the same in every language


def words(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{2,}", text))


def left_over(page: Any, language: str, own: set[str]) -> list[str]:
    """Texts that show a key instead of its text or, in Chinese, English; `own`: words of data."""
    prefixes = {key.split(".")[0] for key in texts("en")}
    keys = re.compile(rf"\b(?:{'|'.join(prefixes)})\.[a-z_0-9]+\b")
    shown: list[str] = page.evaluate(TEXTS)
    faults = [f"a key: {text}" for text in shown if keys.search(text) or "{{" in text]
    if language == "zh-hans":
        meant = own.union(UNITS, *(words(text) for text in texts(language).values()))
        faults += [f"English: {text}" for text in shown if words(text) - meant]
    return faults


def violations(page: Any) -> list[str]:
    """What axe-core finds."""
    if not AXE.exists():
        pytest.fail("frontend/node_modules holds no axe-core: run bin/setup.")
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(f"() => {{ {AXE.read_text()} }}")
    found: list[str] = page.evaluate(VIOLATIONS)
    return found


def overflow(page: Any, *, down: bool = False) -> list[str]:
    """How far the page is wider (or higher) than the window."""
    size = page.evaluate(
        """() => {
          const root = document.documentElement
          return [root.scrollWidth - innerWidth, root.scrollHeight - innerHeight]
        }"""
    )
    faults = [f"{size[0]} px too wide"] if size[0] > 0 else []
    return faults + ([f"{size[1]} px too high"] if down and size[1] > 0 else [])


def not_by_keyboard(page: Any) -> list[str]:
    """Controls that Tab does not reach, or that do not show that they have the focus."""
    wanted = page.evaluate(REACHABLE)
    page.evaluate("() => { document.activeElement?.blur(); window.visited = new Map() }")
    reached, faults = set(), []
    for _ in range(wanted + 30):  # a player has more stops than one
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused and focused["id"] not in reached:
            reached.add(focused["id"])
            if not focused["seen"]:
                faults.append(f"focus is not to be seen on {focused['what']}")
        if len(reached) == wanted:
            break
    if len(reached) < wanted:
        faults.append(f"Tab reaches {len(reached)} of {wanted} controls")
    return faults
