"""The audit log, for administrators."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from portal.accounts.models import AuditEvent
from portal.accounts.requests import PersonRequest
from portal.accounts.selectors.audit import AuditFilter, first_written, list_actions, list_audit
from portal.accounts.services.audit import ChainState, check_chain, check_piece
from portal.accounts.types import AuditOutcome
from portal.core.errors import Invalid

PAGE = 50
NEWEST = 10_000
"""Rows whose chain is checked while somebody waits."""
MOST_ID = 2**63 - 1


class AuditNarrowing(serializers.Serializer[Any]):
    actor = serializers.CharField(required=False, max_length=64, help_text="a user name")
    action = serializers.CharField(
        required=False, max_length=60, help_text="`model.delete`, or its first word: `model`"
    )
    object = serializers.CharField(
        required=False, max_length=200, help_text="part of what it was done to"
    )
    outcome = serializers.ChoiceField(AuditOutcome.choices, required=False)
    since = serializers.DateTimeField(required=False)
    until = serializers.DateTimeField(required=False)


class AuditQuery(AuditNarrowing):
    before = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_ID, help_text="`next` of a page"
    )


class AuditEventOut(serializers.Serializer[Any]):
    """One act or denial. `actor` is null where nobody known asked, or the server itself did."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.SerializerMethodField()
    action = serializers.CharField()
    object = serializers.CharField(source="target")
    outcome = serializers.SerializerMethodField()
    details = serializers.DictField()
    digest = serializers.CharField(help_text="SHA-256 over this row and the digest before it")

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_actor(self, event: AuditEvent) -> str | None:
        return event.actor.username if event.actor else None

    @extend_schema_field(serializers.ChoiceField(AuditOutcome.choices))
    def get_outcome(self, event: AuditEvent) -> str:
        return AuditOutcome.ALLOWED if event.allowed else AuditOutcome.DENIED


class AuditPage(serializers.Serializer[Any]):
    """One page, the newest first, and every action that the log holds."""

    results = AuditEventOut(many=True)
    next = serializers.IntegerField(allow_null=True)
    actions = serializers.ListField(child=serializers.CharField())


class AuditChainQuery(serializers.Serializer[Any]):
    skip = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_ID,
        help_text="rows not to look at, `next` of a look before; without it the newest are checked",
    )


class AuditChainOut(serializers.Serializer[Any]):
    """Whether rows are as they were written; `fault` names the first that is not.

    10,000 are checked at once, the `skipped` ones before them are not; `next` is where the next
    look begins, null at the end of the log. `digest` is that of the log's last row.
    """

    rows = serializers.IntegerField()
    skipped = serializers.IntegerField()
    checked = serializers.IntegerField()
    fault = serializers.CharField()
    next = serializers.SerializerMethodField()
    digest = serializers.CharField()
    since = serializers.SerializerMethodField(help_text="when the first row was written")
    checked_at = serializers.SerializerMethodField()

    def get_next(self, state: ChainState) -> int | None:
        end = state.skipped + state.checked
        return None if state.fault or end >= state.rows else end

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_since(self, _: ChainState) -> str | None:
        first = first_written()
        return first.isoformat() if first else None

    @extend_schema_field(serializers.DateTimeField())
    def get_checked_at(self, _: ChainState) -> str:
        return timezone.now().isoformat()


class Audit(APIView):
    @extend_schema(parameters=[AuditQuery], responses=AuditPage)
    def get(self, request: PersonRequest) -> Response:
        everything = list_audit(request.user, AuditFilter())
        asked = AuditQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        given = dict(asked.validated_data)
        last = given.pop("before", MOST_ID)
        found = everything.filter(AuditFilter(**given).as_query(), pk__lt=last)
        rows = list(found.order_by("-pk")[: PAGE + 1])
        page = {
            "results": rows[:PAGE],
            "next": rows[PAGE - 1].pk if len(rows) > PAGE else None,
            "actions": list_actions(request.user),
        }
        return Response(AuditPage(page).data)


class AuditChain(APIView):
    @extend_schema(parameters=[AuditChainQuery], responses=AuditChainOut)
    def get(self, request: PersonRequest) -> Response:
        list_audit(request.user, AuditFilter())
        asked = AuditChainQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        skip = asked.validated_data.get("skip")
        state = check_chain(NEWEST) if skip is None else check_piece(skip, NEWEST)
        return Response(AuditChainOut(state).data)


def read_filter(asked: Mapping[str, str]) -> AuditFilter:
    """Return the filter that an address asks for, or refuse naming what is wrong in it."""
    given = AuditNarrowing(data=dict(asked))
    if not given.is_valid():
        wrong = {field: [str(line) for line in lines] for field, lines in given.errors.items()}
        field, lines = next(iter(wrong.items()))
        raise Invalid(f"{field}: {lines[0]}", details=wrong)
    return AuditFilter(**given.validated_data)
