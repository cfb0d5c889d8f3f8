from django.db import models

from portal.accounts.models.user import SLUG


class ServiceType(models.Model):
    """What a model is for in a product; the entries of the portal's sidebar."""

    slug = models.CharField(max_length=64, unique=True, validators=[SLUG])
    name_ko = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80)
    icon = models.CharField(max_length=40, help_text="name of a Lucide icon")
    order = models.PositiveSmallIntegerField(default=100)
    is_edited = models.BooleanField(
        default=False, db_default=False, help_text="the shipped file says nothing of it any more"
    )

    def __str__(self) -> str:
        return self.slug


class RemovedServiceType(models.Model):
    """A shipped service type that was deleted here: the next start does not bring it back."""

    slug = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.slug
