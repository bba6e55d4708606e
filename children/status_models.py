"""What became of a child under care: each change of its status with who, when and why."""

from __future__ import annotations

import uuid

import pghistory
from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.access import clinics_of
from accounts.models import User


class ChildStatus(models.TextChoices):
    """active <-> moved, lost, died; `children.status` is the door."""

    ACTIVE = "active", _("Active")
    MOVED = "moved", _("Moved away")
    LOST = "lost", _("Lost to follow-up")
    DIED = "died", _("Died")


class StatusChangeQuerySet(models.QuerySet["StatusChange"]):
    """Questions about changes of status."""

    def visible_to(self, user: User) -> StatusChangeQuerySet:
        """Return changes of children of the clinics where `user` works."""
        return self.filter(child__clinic__in=clinics_of(user))


@pghistory.track()
class StatusChange(models.Model):
    """One change of a child's status; never edited. A supervisor undoes it by another one, back to active.

    `happened_on` is the day that it became so (of moving, of death), which may be long before `changed_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    child = models.ForeignKey("children.Child", on_delete=models.CASCADE, related_name="status_changes")
    before = models.CharField(_("before"), max_length=16, choices=ChildStatus.choices)
    after = models.CharField(_("after"), max_length=16, choices=ChildStatus.choices)
    happened_on = models.DateField(_("since"))
    reason = models.CharField(_("reason"), max_length=500)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    objects = StatusChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(before=models.F("after")), name="status_change_changes"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="status_change_with_reason"),
        ]

    def __str__(self) -> str:
        return f"status change {self.id}"
