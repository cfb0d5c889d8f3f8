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

from repository.readme.front_matter import split_front_matter

PREFIX = "readme-"
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = ("blockquote", "br", "hr", "li", "ol", "p", "pre", "ul")
WORDS = ("a", "code", "del", "em", "img", "s", "strong", "sub", "sup")
TABLES = ("table", "tbody", "td", "th", "thead", "tr")
TAGS = frozenset((*HEADINGS, *BLOCKS, *WORDS, *TABLES))
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "code": {"class"},
    "ol": {"start"},
    **{heading: {"id"} for heading in HEADINGS},
}
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
    left goes through a sanitizer with a short list of tags.
    """
    front_matter, body = split_front_matter(text)
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    tokens = parser.parse(body)
    outline = _number_headings(tokens)
    for token in tokens:
        for child in token.children or ():
            _rewrite(child, file_link)
    return Rendered(
        _sanitize(parser.renderer.render(tokens, parser.options, {})), outline, front_matter
    )


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
    if tag == "code" and attribute == "class" and not re.fullmatch(r"language-[\w+-]{1,20}", value):
        return None
    if tag == "img" and attribute == "src" and not value.startswith("/api/v1/"):
        return ""
    return value


def _alternative(image: re.Match[str]) -> str:
    alt = re.search(r'\salt="([^"]*)"', image.group())
    return alt.group(1) if alt else ""
