"""Context search: from a keyword to the models that serve the situation, and why."""

import logging
from dataclasses import dataclass

from portal.accounts.models import User
from repository.models import AiModel, Context, ContextRelation
from repository.search.backend import search_index
from repository.search.types import Wanted
from repository.search.words import normalize, query_tokens, tokens
from repository.selectors.catalog import catalog_rows
from repository.selectors.contexts import words_of

logger = logging.getLogger(__name__)
DECAY = 0.5
STEPS = 2
FAINTEST = 0.1
MOST_RELATED = 12
MOST_HITS = 200


@dataclass(frozen=True)
class Matched:
    """A context that the query names, and the word by which it does."""

    context: Context
    word: str


@dataclass(frozen=True)
class Associated:
    """A context near a matched one: its weight after decay, and the way there."""

    context: Context
    weight: float
    path: list[Context]


@dataclass(frozen=True)
class Reason:
    """Why a model was found: `kind` is name, summary, context, related or readme."""

    kind: str
    text: str
    context: Context | None = None


@dataclass(frozen=True)
class Found:
    ai_model: AiModel
    score: float
    reasons: list[Reason]


@dataclass(frozen=True)
class Answer:
    matched: list[Matched]
    related: list[Associated]
    found: list[Found]


def search_models(user: User | None, query: str) -> Answer:
    """Find models by words and by context, the literal first, the related after.

    The index answers with ids only; what the caller may see is decided again from the database.
    """
    matched = match_contexts(query)
    related = expand([match.context for match in matched])
    weights = {match.context.slug: 1.0 for match in matched}
    weights |= {near.context.slug: near.weight for near in related}
    hits = search_index().search(Wanted(query, weights), most=MOST_HITS)
    scores = {hit.model_id: hit.score for hit in hits}
    rows = {row.pk: row for row in catalog_rows(user).filter(pk__in=scores)}
    found = [
        Found(rows[pk], score, _reasons(rows[pk], query, matched, related))
        for pk, score in scores.items()
        if pk in rows
    ]
    return Answer(matched, related, found)


def match_contexts(query: str) -> list[Matched]:
    """Return the contexts that a query names by label, alias or slug, the longest word first.

    A word of one syllable names too much by accident, so it has to be the whole query.
    """
    asked = normalize(query)
    found: list[Matched] = []
    for context in Context.objects.order_by("id"):
        for word in words_of(context):
            known = normalize(word)
            if _names(asked, known):
                found.append(Matched(context, word))
                break
    return sorted(found, key=lambda match: (-len(match.word), match.context.slug))


def _names(asked: str, known: str) -> bool:
    if asked == known:
        return True
    if len(known) < 2 or len(asked) < 2:  # noqa: PLR2004
        return False
    # A Korean compound is written with and without its spaces.
    if asked.replace(" ", "") == known.replace(" ", ""):
        return True
    return f" {known} " in f" {asked} " or f" {asked} " in f" {known} "


def expand(contexts: list[Context]) -> list[Associated]:
    """Walk the ties between contexts, each step counting half, and return what is worth showing."""
    best: dict[int, Associated] = {}
    start = {context.pk for context in contexts}
    edge = [Associated(context, 1.0, [context]) for context in contexts]
    for _ in range(STEPS):
        ties = ContextRelation.objects.filter(
            source__in=[near.context.pk for near in edge]
        ).select_related("target")
        by_source: dict[int, list[ContextRelation]] = {}
        for tie in ties:
            by_source.setdefault(tie.source_id, []).append(tie)
        following: list[Associated] = []
        for near in edge:
            for tie in by_source.get(near.context.pk, []):
                weight = near.weight * tie.weight * DECAY
                known = best.get(tie.target_id)
                if tie.target_id in start or weight < FAINTEST:
                    continue
                if known is None or weight > known.weight:
                    step = Associated(tie.target, weight, [*near.path, tie.target])
                    best[tie.target_id] = step
                    following.append(step)
        edge = following
    ranked = sorted(best.values(), key=lambda near: (-near.weight, near.context.slug))
    return ranked[:MOST_RELATED]


def _reasons(
    row: AiModel, query: str, matched: list[Matched], related: list[Associated]
) -> list[Reason]:
    own = {context.pk for context in row.contexts.all()}
    reasons = [
        Reason("context", match.word, match.context) for match in matched if match.context.pk in own
    ]
    reasons += [
        Reason("related", near.path[0].slug, near.context)
        for near in related
        if near.context.pk in own
    ]
    words = set(query_tokens(query))
    for kind, text in (("name", str(row)), ("summary", row.summary)):
        if words and words <= set(tokens(text)):
            reasons.insert(0, Reason(kind, text))
    return reasons or [Reason("readme", "")]
