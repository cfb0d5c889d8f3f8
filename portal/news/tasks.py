"""Background work of the news."""

from portal.core.background import background
from portal.news.services import delivery
from portal.news.types import Task


@background(Task.DELIVER)
def deliver(*, delivery_id: int) -> None:
    delivery.deliver(delivery_id)
