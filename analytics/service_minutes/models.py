"""What is kept of each minute: a row that says the portal was ready, and histograms of answers by group."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

#: Upper ends of the buckets in seconds; the last bucket has none. 2 s is one of them: the share within it is exact.
BOUNDS_S: Final = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)
BUCKETS: Final = tuple(f"bucket_{number}" for number in range(len(BOUNDS_S) + 1))


class RequestGroup(models.TextChoices):
    """What was asked. Requests that bring a film are apart: their time is that of the phone's connection."""

    API = "api", _("API")
    PAGES = "pages", _("Pages")
    UPLOADS = "uploads", _("Uploads")
    ADMIN = "admin", _("Administration")


class ReadyMinute(models.Model):
    """At least one web process ran at the end of this minute, and the database answered it. A gap is a minute down."""

    minute = models.DateTimeField(primary_key=True)

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M}"


def _count() -> models.PositiveIntegerField:
    return models.PositiveIntegerField(default=0)


class RequestMinute(models.Model):
    """How many answers of one group took how long in one minute, all processes together.

    `bucket_N` counts answers of more than BOUNDS_S[N - 1] and at most BOUNDS_S[N] seconds; until the first byte.
    """

    minute = models.DateTimeField()
    group = models.CharField(max_length=8, choices=RequestGroup.choices)
    server_errors = _count()
    bucket_0 = _count()
    bucket_1 = _count()
    bucket_2 = _count()
    bucket_3 = _count()
    bucket_4 = _count()
    bucket_5 = _count()
    bucket_6 = _count()
    bucket_7 = _count()
    bucket_8 = _count()
    bucket_9 = _count()
    bucket_10 = _count()
    bucket_11 = _count()
    bucket_12 = _count()
    bucket_13 = _count()
    bucket_14 = _count()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "minute"], name="request_minute_once")]

    def __str__(self) -> str:
        return f"{self.minute:%Y-%m-%d %H:%M} {self.group}"
