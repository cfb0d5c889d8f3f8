"""Markdown from strangers to HTML that may stand in our page."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from repository.readme.front_matter import split_front_matter

PREFIX = "readme-"
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = ("blockquote", "br", "div", "hr", "li", "ol", "p", "pre", "section", "ul")
WORDS = ("a", "code", "del", "em", "img", "s", "span", "strong", "sub", "sup")
TABLES = ("table", "tbody", "td", "th", "thead", "tr")
TAGS = frozenset((*HEADINGS, *BLOCKS, *WORDS, *TABLES))
ATTRIBUTES = {
    "a": {"href", "title", "id"},
    "img": {"src", "alt", "title"},
    "code": {"class"},
    "ol": {"start"},
    "li": {"class", "id"},
    "section": {"class"},
    "span": {"class"},
    "div": {"class"},
    **{cell: {"class"} for cell in ("td", "th")},
    **{heading: {"id"} for heading in HEADINGS},
}
CLASSES = re.compile(r"language-[\w+-]{1,20}|math (?:inline|block)|task|footnotes|align-\w{1,6}")
IDS = re.compile(r"readme-[\w-]+|fn(?:ref)?\d+(?::\d+)?")
TASKS = {"[ ] ": "\u2610 ", "[x] ": "\u2611 ", "[X] ": "\u2611 "}
FileLink = Callable[[str], str]


@dataclass(frozen=True)
class Rendered:
    """Safe HTML, the headings in it, and the head of the text."""

    html: str
    outline: list[dict[str, Any]]
    front_matter: dict[str, Any]


def render_readme(text: str, file_link: FileLink) -> Rendered:
    """Render a README; `file_link` turns a path in the repository into its address.

    Raw HTML is shown as text, a picture from elsewhere becomes its alternative text, and what is
    left goes through a sanitizer with a short list of tags. Formulas stay as they were written, in
    elements that a browser may set.
    """
    front_matter, body = split_front_matter(text)
    parser = _parser()
    tokens = parser.parse(body)
    outline = _number_headings(tokens)
    _mark_tasks(tokens)
    for token in tokens:
        _align(token)
        for child in token.children or ():
            _rewrite(child, file_link)
    return Rendered(
        _sanitize(parser.renderer.render(tokens, parser.options, {})), outline, front_matter
    )


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # A price is no formula: "$5 and $6" stays text.
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, allow_labels=False)
    return parser.use(footnote_plugin, inline=False)


def _mark_tasks(tokens: list[Token]) -> None:
    """Show a task as a box before its text; a box of a form would promise a click."""
    for item, _, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        box = TASKS.get(inline.content[:4]) if item.type == "list_item_open" else None
        if box and inline.children and inline.children[0].type == "text":
            first = inline.children[0]
            first.content = box + first.content.removeprefix(inline.content[:4])
            item.attrSet("class", "task")


def _align(token: Token) -> None:
    """Turn the alignment of a table's cell into a class: our pages take no foreign styles."""
    style = str(token.attrs.pop("style", "")) if token.type in {"td_open", "th_open"} else ""
    if style:
        token.attrSet("class", style.replace("text-align:", "align-"))


def _number_headings(tokens: list[Token]) -> list[dict[str, Any]]:
    outline: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        text = "".join(child.content for child in inline.children or ())
        slug = re.sub(r"[^\w]+", "-", text.lower()).strip("-") or "section"
        seen[slug] = seen.get(slug, 0) + 1
        if seen[slug] > 1:
            slug = f"{slug}-{seen[slug]}"
        opening.attrSet("id", PREFIX + slug)
        outline.append({"id": PREFIX + slug, "level": int(opening.tag[1]), "text": text})
    return outline


def _rewrite(token: Token, file_link: FileLink) -> None:
    if token.type == "image":
        path = _own_path(str(token.attrGet("src") or ""))
        token.attrSet("src", file_link(path) if path else "")
    elif token.type == "link_open":
        href = str(token.attrGet("href") or "")
        path = _own_path(href)
        if path:
            token.attrSet("href", file_link(path))
        elif href.startswith("#"):
            token.attrSet("href", f"#{PREFIX}{href[1:]}")


def _own_path(address: str) -> str:
    """Return the repository path that a link means, or nothing for an address elsewhere."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
        return ""
    path = parts.path.removeprefix("./")
    return "" if ".." in path.split("/") else path


def _sanitize(html: str) -> str:
    clean = nh3.clean(
        html,
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in ATTRIBUTES.items()},
        attribute_filter=_filter,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return re.sub(r'<img(?=[^>]*\ssrc="")[^>]*>', _alternative, clean)


def _filter(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "class" and not CLASSES.fullmatch(value):
        return None
    if attribute == "id" and not IDS.fullmatch(value):
        return None
    if tag == "img" and attribute == "src" and not value.startswith("/api/v1/"):
        return ""
    return value


def _alternative(image: re.Match[str]) -> str:
    alt = re.search(r'\salt="([^"]*)"', image.group())
    return alt.group(1) if alt else ""
