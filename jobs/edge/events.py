"""Live events of jobs, devices and notices: one stream a tab, resumed by Last-Event-ID."""

import json
import re
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from jobs.models import JobEvent
from jobs.selectors.jobs import MOST_EVENTS, last_event_id, list_events
from portal.accounts.edge import caller_of
from portal.accounts.models import User
from portal.core.errors import invalid_field
from portal.core.http.edge import in_database
from portal.core.wakeups import sleep_until, sleepers
from portal.news.selectors.news import count_unread
from portal.news.services.telling import topic_of

TOPIC = re.compile(r"\A(jobs|devices|notices|job:[1-9]\d{0,17})\Z")
EVENT_ID = re.compile(r"\A\d{1,18}\Z", re.ASCII)
MOST_TOPICS = 20
LOOK_AGAIN_S = 5.0
KEEP_ALIVE_S = 15
LOOK_BACK = 64
"""How many ids before the last one told may still come: each is given out before its commit."""


async def stream_events(request: Request) -> Response:
    """Stream what happens to the topics: `jobs`, `job:ID`, `devices`, `notices`.

    An event only says what changed and when; the browser reads the rest from the API.
    """
    user = await in_database(caller_of, request.scope)
    topics = _topics(request.query_params.get("topics", ""))
    given = request.headers.get("Last-Event-ID", "")
    after = int(given) if EVENT_ID.match(given) else await in_database(last_event_id)
    return EventSourceResponse(
        _events(user, topics, after),
        ping=KEEP_ALIVE_S,
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _topics(text: str) -> frozenset[str]:
    topics = frozenset(part for part in text.split(",") if part)
    if not topics or len(topics) > MOST_TOPICS or not all(map(TOPIC.match, topics)):
        raise invalid_field("topics", "Name up to 20 of: jobs, devices, notices, job:NUMBER.")
    return topics


async def _events(user: User, topics: frozenset[str], after: int) -> AsyncIterator[ServerSentEvent]:
    job_ids = None if "jobs" in topics else {int(t[4:]) for t in topics if t.startswith("job:")}
    begin, told = after, deque[int](maxlen=LOOK_BACK + MOST_EVENTS)
    unread = await _unread(user, topics)
    wakes = topics | {topic_of(user)} if "notices" in topics else topics
    async with sleepers().watch(wakes) as woken:
        yield ServerSentEvent(event="ready", data="{}", id=str(after))
        while True:
            first = max(begin, after - LOOK_BACK) + 1
            late = set(range(first, after + 1)).difference(told)
            events = await _news(user, after, job_ids, late)
            for event in events:
                after = max(after, event.pk)
                told.append(event.pk)
                yield _job_event(event, after)
            if events:
                continue
            if unread != (unread := await _unread(user, topics)):
                yield ServerSentEvent(event="notices", data="{}", id=str(after))
            came = await sleep_until(woken, LOOK_AGAIN_S)
            if came and "devices" in topics:
                yield ServerSentEvent(event="devices", data="{}", id=str(after))


async def _news(user: User, after: int, job_ids: set[int] | None, late: set[int]) -> list[JobEvent]:
    if job_ids == set():
        return []
    return await in_database(list_events, user, after=after, job_ids=job_ids, late=late)


async def _unread(user: User, topics: frozenset[str]) -> int:
    """Count instead of listening alone: a notice that was read elsewhere is news as well."""
    if "notices" not in topics:
        return 0
    return await in_database(count_unread, user)


def _job_event(event: JobEvent, resume_from: int) -> ServerSentEvent:
    data: dict[str, Any] = {
        "job": event.job_id,
        "kind": event.kind,
        "at": event.at.isoformat(),
        **event.data,
    }
    return ServerSentEvent(event="job", data=json.dumps(data), id=str(resume_from))
