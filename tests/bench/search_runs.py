"""The product's own search over the sample catalog, in a database made for one run."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from portal.accounts.selectors.people import find_first_admin
from portal.accounts.services.people import create_user
from portal.accounts.types import Role
from repository.models import AiModel, Context
from repository.search.backend import search_index
from repository.search.types import Document, Wanted
from repository.selectors import search
from repository.selectors.associations import read_query
from repository.selectors.contexts import serving
from repository.selectors.lexicon import lexicon
from repository.selectors.suggest import Suggestion, suggest
from repository.services.association import associate_contexts
from repository.services.catalog_import import SAMPLE, import_catalog
from repository.services.indexing import documents_of, rebuild_index
from repository.services.vocabulary import load_vocabulary

DEPTH = 200


class Runs:
    """One backend, filled with the sample."""

    def __init__(self, elasticsearch_url: str | None) -> None:
        call_command("migrate", verbosity=0)
        if find_first_admin() is None:
            create_user("admin", None, role=Role.ADMIN)
        self._user = find_first_admin()
        assert self._user is not None
        load_vocabulary()
        import_catalog(self._user, SAMPLE)
        associate_contexts()
        # A machine busy with the bench must not make answers degraded.
        settings.ENV = settings.ENV.model_copy(
            update={"elasticsearch_url": elasticsearch_url, "search_patience_s": 10}
        )
        search_index.cache_clear()
        rebuild_index()
        self.user, self.index = self._user, search_index()
        self._client = Client(headers={"host": "127.0.0.1"})
        self._client.force_login(self.user)
        rows = AiModel.objects.select_related("service_type").prefetch_related("contexts")
        self._models = {row.pk: row for row in rows}

    def scenarios(self) -> list[tuple[Context, set[str]]]:
        """Return the contexts that several models of the sample have, with their names."""
        owners: dict[Context, set[str]] = {}
        for model in self._models.values():
            for context in model.contexts.all():
                owners.setdefault(context, set()).add(model.name)
        return sorted(
            (row for row in owners.items() if len(row[1]) > 1), key=lambda row: row[0].slug
        )

    def take_away(self, contexts: dict[int, set[str]]) -> dict[int, set[str]]:
        """Take contexts from models, by name; learn and index anew; return who really lost them.

        A model whose task goes by a context still serves it.
        """
        through = AiModel.contexts.through
        for context, names in contexts.items():
            through.objects.filter(context=context, aimodel__name__in=names).delete()
        associate_contexts()
        rebuild_index()
        served = serving(AiModel.objects.prefetch_related("contexts"), lexicon())
        held = {self._models[pk].name: found for pk, found in served.items()}
        return {
            context: {name for name in names if context not in held[name]}
            for context, names in contexts.items()
        }

    def documents(self) -> list[Document]:
        """Return what the index holds of the sample."""
        return documents_of(list(self._models))

    def request(self, query: str) -> None:
        """Ask by REST, as a person who is signed in."""
        answer = self._client.get("/api/v1/search", {"q": query})
        assert answer.status_code == HTTPStatus.OK
        assert not answer.json()["degraded"]

    def wanted(self, query: str) -> Wanted:
        """Return what the API asks the index for this query."""
        return Wanted(query, read_query(query, lexicon()).situations, limit=20, facets=True)

    def suggest(self, typed: str) -> list[Suggestion]:
        return suggest(self.user, typed, most=8, contexts_only=False)

    def keep_rows(self, first: int, count: int) -> None:
        """Put rows behind models that were made up, with all but the name of one of the sample.

        Copied within the database: a million objects of the ORM would take an hour.
        """
        kept = AiModel.contexts.through
        lowest, size = min(self._models), len(self._models)
        base = f"base.id = {lowest} + made.id % {size}"
        columns = [field.column for field in AiModel._meta.concrete_fields]
        copied = {name: f"base.{name}" for name in columns}
        copied |= {"id": "made.id", "name": "'made-up-' || made.id"}
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"WITH RECURSIVE made(id) AS "  # noqa: S608
                f"(SELECT {first} UNION ALL SELECT id + 1 FROM made WHERE id < {first + count - 1})"
                f" INSERT INTO {AiModel._meta.db_table} ({', '.join(columns)})"
                f" SELECT {', '.join(copied[name] for name in columns)}"
                f" FROM made JOIN {AiModel._meta.db_table} AS base ON {base}"
            )
            cursor.execute(
                f"INSERT INTO {kept._meta.db_table} (aimodel_id, context_id)"  # noqa: S608
                f" SELECT made.id, base.context_id FROM {AiModel._meta.db_table} AS made"
                f" JOIN {kept._meta.db_table} AS base"
                f" ON base.aimodel_id = {lowest} + made.id % {size} WHERE made.id >= {first}"
            )

    def drop_rows(self, first: int) -> None:
        """Take out again what `keep_rows` put there: another backend begins with the sample."""
        with transaction.atomic(), connection.cursor() as cursor:
            AiModel.contexts.through.objects.filter(aimodel_id__gte=first).delete()
            # The ORM would look in every table for what hangs on these many rows.
            made = AiModel._meta.db_table
            cursor.execute(f"DELETE FROM {made} WHERE id >= %s", [first])  # noqa: S608

    def base_of(self, model_id: int) -> int:
        """Return which of the sample a made-up model is a copy of in the database."""
        return min(self._models) + model_id % len(self._models)

    def contextual(self, query: str) -> list[str]:
        answer = search.search_models(self._user, search.Question(query, limit=DEPTH))
        return [hit.ai_model.name for hit in answer.found]

    def plain(self, query: str) -> list[str]:
        hits = self.index.search(Wanted(query, limit=DEPTH)).page
        return [self._models[hit.model_id].name for hit in hits]

    def grades(self, row: dict[str, Any]) -> dict[str, int]:
        """Return the grade of every model that a judgement's selectors choose."""
        found: dict[str, int] = {}
        for grade, selectors in ((1, row.get("good", [])), (3, row["best"])):
            for selector in selectors:
                found |= {
                    model.name: grade for model in self._models.values() if _fits(model, selector)
                }
        return found


def _fits(model: AiModel, selector: str) -> bool:
    kind, _, wanted = selector.partition(":")
    known = {
        "task": {model.task},
        "service": {model.service_type.slug},
        "context": {context.slug for context in model.contexts.all()},
    }
    return wanted in known.get(kind, model.name)
