"""What a machine reads before it is a runner: the script, and an index of wheels for pip.

Anybody may: there is no secret in it, and the code that connects a machine is not part of it.
"""

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from packaging.utils import canonicalize_name

from jobs.services.installing import install_script, wheel_store


def script(request: HttpRequest) -> HttpResponse:
    del request
    return HttpResponse(install_script(), content_type="text/x-shellscript; charset=utf-8")


def projects(request: HttpRequest) -> HttpResponse:
    """List the projects, as a simple index of Python packages does."""
    del request
    names = sorted({wheel.project for wheel in wheel_store().wheels()})
    links = format_html_join("\n", '<a href="{}/">{}</a>', ((name, name) for name in names))
    return _page(links)


def files(request: HttpRequest, project: str) -> HttpResponse:
    """List the files of a project with their digests, which pip compares; none is an empty list."""
    del request
    wanted = canonicalize_name(project)
    found = [wheel for wheel in wheel_store().wheels() if wheel.project == wanted]
    links = format_html_join(
        "\n",
        '<a href="/runner/wheels/{}#sha256={}" data-requires-python="{}">{}</a>',
        ((wheel.name, wheel.sha256, wheel.requires_python, wheel.name) for wheel in found),
    )
    return _page(links)


def _page(links: str) -> HttpResponse:
    return HttpResponse(format_html("<!DOCTYPE html>\n<title>Wheels</title>\n{}\n", links))
