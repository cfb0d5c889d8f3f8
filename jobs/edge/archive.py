"""Archives on their way out: a version's files, or the whole model with its measurements."""

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from jobs.services.archives import describe_whole, pack
from portal.accounts.edge import read_as
from portal.core.errors import invalid_field
from portal.core.http.edge import in_database
from repository.edge.archive import archive as archive_of_version
from repository.selectors.access import get_model
from repository.services.archives.document import Document
from repository.services.downloads import count_download


async def archive(request: Request) -> Response:
    """Answer GET with the zip of a version, or with `of=model` all that another site needs."""
    of = request.query_params.get("of", "version")
    if of == "version":
        return await archive_of_version(request)
    if of != "model":
        raise invalid_field("of", "`of` is `version` or `model`.")
    document = await in_database(_describe, request)
    headers = {
        "Content-Disposition": f'attachment; filename="{document.model.name}.ondol.zip"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    return StreamingResponse(pack(document), media_type="application/zip", headers=headers)


def _describe(request: Request) -> Document:
    owner, name = request.url.path.split("/")[4:6]
    found = read_as(request.scope, lambda user: get_model(user, owner, name))
    count_download(found)
    return describe_whole(found)
