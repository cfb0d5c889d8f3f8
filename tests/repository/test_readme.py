import re

import pytest

from repository.readme.render import _sanitize, render_readme

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<math><mtext><style><img src=x onerror=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:msgbox(1))",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "![x](https://tracker.example/p.png)",
    "![x](//tracker.example/p.png)",
    "<a href='javascript:alert(1)'>x</a>",
    "<style>*{background:url(//evil)}</style>",
    "<form action=//evil><input name=a></form>",
    '<p style="position:fixed">x</p>',
    "<object data=x></object>",
    "`<script>`",
    "<details open ontoggle=alert(1)>",
    "[a](<javascript:alert(1)>)",
    "[a]: javascript:alert(1)\n\n[a]",
    "<base href=//evil>",
    "<meta http-equiv=refresh content=0;url=//evil>",
    "$<img src=x onerror=alert(1)>$",
    "$$</div><script>alert(1)</script>$$",
    "[^1]\n\n[^1]: <svg onload=alert(1)>",
    "- [x] <input onfocus=alert(1) autofocus>",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_readme_runs_and_fetches_nothing(text: str) -> None:
    html = render_readme(text, lambda path: f"/api/v1/f/{path}").html

    assert not re.search(r"<(script|svg|math|style|iframe|form|input|object|base|meta)", html)
    assert not re.search(r"<[^>]*\s(on\w+|style)\s*=", html)
    assert not re.search(r'(href|src)="\s*(javascript|data|vbscript):', html, re.IGNORECASE)
    assert not re.search(r'src="(https?:)?//', html)
    assert _sanitize(html) == html


def test_a_readme_keeps_its_shape() -> None:
    text = "---\nlicense: mit\n---\n# One\n\n## Two\n\n## Two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    shown = render_readme(text, str)

    assert shown.front_matter == {"license": "mit"}
    assert [row["id"] for row in shown.outline] == ["readme-one", "readme-two", "readme-two-2"]
    assert "<td>1</td>" in shown.html


@pytest.mark.parametrize(
    "head", ["a: &x [1]\nb: *x", "[", "just text", "- list", "a: !!python/object:os.system x"]
)
def test_a_head_that_is_no_plain_mapping_counts_as_empty(head: str) -> None:
    assert render_readme(f"---\n{head}\n---\n# Text", str).front_matter == {}


def test_links_to_files_become_their_address() -> None:
    html = render_readme("[w](docs/w.md) [up](../x) [top](#one)", lambda path: f"/f/{path}").html

    assert 'href="/f/docs/w.md"' in html
    assert 'href="#readme-one"' in html


CARD = r"""# Card

- [x] measured
- [ ] in fog

Loss $L = \sum_i x_i$, price $5 and $6.

$$
\frac{1}{2}
$$

Trained[^1].

| left | right |
|---|--:|
| a | 1 |

```python
print(1)
```

[^1]: For 90 epochs.
"""


@pytest.mark.parametrize(
    "part",
    [
        '<li class="task">\u2611 measured</li>',
        '<li class="task">\u2610 in fog</li>',
        r'<span class="math inline">L = \sum_i x_i</span>, price $5 and $6.',
        '<div class="math block">',
        '<a href="#fn1" id="fnref1"',
        '<li id="fn1"><p>For 90 epochs.',
        '<td class="align-right">1</td>',
        '<code class="language-python">',
    ],
)
def test_a_model_card_keeps_its_tasks_formulas_footnotes_and_tables(part: str) -> None:
    html = render_readme(CARD, str).html

    assert part in html
    assert _sanitize(html) == html
