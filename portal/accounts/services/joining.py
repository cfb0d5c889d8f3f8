"""Ways in without an administrator: signing up, and a link for a new password by mail."""

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q

from portal.accounts.models import User
from portal.accounts.services.audit import record
from portal.accounts.services.people import create_user, setup_path
from portal.accounts.types import Role, Task
from portal.core.background import enqueue
from portal.core.errors import Conflict, Forbidden

SUBJECT = {"en": "A new password for Ondol", "ko": "Ondol 비밀번호 재설정"}
TEXT = {
    "en": "Set a new password for {name} here, once:\n\n{link}\n\n"
    "If you did not ask for it, do nothing: your password stays.",
    "ko": "{name}의 새 비밀번호를 여기서 한 번 정할 수 있습니다.\n\n{link}\n\n"
    "요청한 적이 없다면 그대로 두세요. 비밀번호는 바뀌지 않습니다.",
}


class SignUpClosed(Forbidden):
    code = "sign_up_closed"


class NoMail(Conflict):
    code = "no_mail"


@transaction.atomic
def sign_up(username: str, password: str, *, display_name: str, email: str) -> User:
    """Make the account of somebody whom nobody invited, where the server lets people do so."""
    if not settings.ENV.open_sign_up:
        raise SignUpClosed("Accounts are made by invitation here. Ask an administrator.")
    person = create_user(username, password, role=Role(settings.ENV.open_sign_up))
    person.display_name, person.email = display_name, email
    person.save(update_fields=["display_name", "email"])
    record(person, "person.sign_up", username, role=str(person.role))
    return person


@transaction.atomic
def ask_reset(name: str) -> None:
    """Have a link mailed to whoever has this user name or address, if anybody.

    Whether somebody has is found out later, by a worker: the answer and its time tell nothing.
    """
    if settings.ENV.mail_url is None:
        raise NoMail("This server sends no mail. Ask an administrator for a link.")
    enqueue(Task.MAIL_RESET, name=name)


def mail_reset(name: str) -> None:
    """Mail a one-time link to each active person of a name or address."""
    named = Q(username=name) | Q(email__iexact=name)
    for person in User.objects.filter(named, is_active=True).exclude(email=""):
        link = f"{settings.ENV.public_url.rstrip('/')}{setup_path(person)}"
        language = person.locale if person.locale in TEXT else "en"
        text = TEXT[language].format(name=person.username, link=link)
        send_mail(SUBJECT[language], text, None, [person.email])
        record(None, "person.mail_reset", person.username)
