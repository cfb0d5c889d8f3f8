"""Why a model was found."""

from dataclasses import dataclass, field

from repository.models import AiModel, Context
from repository.search.types import SERVICE_SHARE
from repository.search.words import query_tokens, tokens
from repository.selectors.associations import Reading
from repository.selectors.nearness import Associated


@dataclass(frozen=True)
class Reason:
    """Why a model was found: `kind` is name, summary, context, service_type, related or readme.

    `text` is the word of the query, or the text that has it. `weight` is how much it counts, 1 for
    what was named; `path` leads from what was named to the context, `origins` says whose ties it
    goes by.
    """

    kind: str
    text: str
    context: Context | None = None
    weight: float = 1.0
    origins: list[str] = field(default_factory=list)
    path: list[Context] = field(default_factory=list)


class Reasons:
    """What a query may find a model for, and which of it a model has."""

    def __init__(self, query: str, reading: Reading) -> None:
        self._query = query
        self._words = set(query_tokens(query))
        self._by_context = {
            match.context.pk: Reason("context", match.word, match.context, match.weight)
            for match in reading.matched
        }
        self._by_service = [
            (reading.services[pk], pk, Reason("service_type", row.text, row.context, weight))
            for pk, row in self._by_context.items()
            if pk in reading.services
            for weight in (SERVICE_SHARE * row.weight,)
        ]
        self._related = {near.context.pk: near for near in reading.related}

    def of(self, row: AiModel, own: set[int], filed: str) -> list[Reason]:
        """Return why a model with these contexts, filed under this term, was found."""
        reasons = [reason for pk, reason in self._by_context.items() if pk in own]
        reasons += [
            reason for term, pk, reason in self._by_service if term == filed and pk not in own
        ]
        reasons += [self._of_related(near) for pk, near in self._related.items() if pk in own]
        if self._words and self._words <= set(tokens(row.summary)):
            reasons.insert(0, Reason("summary", row.summary))
        if self._is_named(row):
            reasons.insert(0, Reason("name", str(row)))
        return reasons or ([Reason("readme", "")] if self._query else [])

    def _is_named(self, row: AiModel) -> bool:
        """Say whether all that was typed stands in a name, or a whole name in what was typed."""
        own, name = set(tokens(str(row))), set(tokens(row.name))
        return bool(self._words) and (self._words <= own or (bool(name) and name <= self._words))

    def _of_related(self, near: Associated) -> Reason:
        named = self._by_context[near.path[0].pk].text
        return Reason("related", named, near.context, near.weight, near.origins, near.path)
