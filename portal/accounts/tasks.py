"""Background work about people."""

from portal.accounts.services import joining
from portal.accounts.types import Task
from portal.core.background import background


@background(Task.MAIL_RESET)
def mail_reset(*, name: str) -> None:
    joining.mail_reset(name)
