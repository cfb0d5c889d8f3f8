"""Searches that found nothing: counted, never by whom, and turned into aliases."""

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from portal.accounts.models import User
from portal.accounts.services.audit import record
from portal.core.errors import NotFound
from repository.models import Context, EmptySearch
from repository.search.words import normalize
from repository.selectors.contexts import find_context, get_context
from repository.services.contexts import change_context, keep_to_maintainers, propose_context

LONGEST, MOST_KEPT, MOST_SHOWN = 80, 2_000, 100
FEWEST_SHOWN = 2
KEPT_FOR = dt.timedelta(days=180)


class NoSuchSearch(NotFound):
    code = "no_such_search"


def count_empty_search(query: str) -> None:
    """Count a search that found nothing. Keeps the words and a day, nothing of who asked.

    Long texts are left out: they are pasted, and say more of a person than of a vocabulary.
    """
    words = normalize(query)
    if not words or len(words) > LONGEST or not any(letter.isalpha() for letter in words):
        return
    today = timezone.now().date()
    known = EmptySearch.objects.filter(query=words)
    if known.update(count=F("count") + 1, last_on=today):
        return
    EmptySearch.objects.filter(last_on__lt=today - KEPT_FOR).delete()
    if EmptySearch.objects.count() < MOST_KEPT:
        EmptySearch.objects.get_or_create(query=words, defaults={"last_on": today})


def list_empty_searches(user: User) -> list[EmptySearch]:
    """Return what was searched for in vain more than once, the most often first.

    What was asked once is not shown: it may be of one person alone.
    """
    keep_to_maintainers(user)
    rows = EmptySearch.objects.filter(count__gte=FEWEST_SHOWN).order_by("-count", "query")
    return list(rows[:MOST_SHOWN])


@transaction.atomic
def answer_empty_search(user: User, search_id: int, slug: str) -> None:
    """Make the words of a search an alias of a context."""
    keep_to_maintainers(user)
    found = _get(search_id)
    context = get_context(slug)
    change_context(user, context.slug, {"aliases": [*context.aliases, found.query]})
    found.delete()


@transaction.atomic
def propose_empty_search(user: User, search_id: int) -> Context:
    """Make the words of a search a context that is proposed, and return it."""
    keep_to_maintainers(user)
    found = _get(search_id)
    context = find_context(found.query) or propose_context(found.query)
    record(user, "context.propose", context.slug)
    found.delete()
    return context


@transaction.atomic
def dismiss_empty_search(user: User, search_id: int) -> None:
    keep_to_maintainers(user)
    found = _get(search_id)
    record(user, "search.dismiss", found.query)
    found.delete()


def _get(search_id: int) -> EmptySearch:
    found = EmptySearch.objects.filter(pk=search_id).first()
    if found is None:
        raise NoSuchSearch("That search is not in the list any more. Load the page again.")
    return found
