"""What care has to say at the head of a child's page: its status, a referral already made, a treatment under way."""

from __future__ import annotations

from typing import Any

from django import template

from care.models import Alert
from children.models import Child

register = template.Library()


@register.inclusion_tag("care/_banner.html")
def care_banner(child: Child) -> dict[str, Any]:
    """Return the open treatment and the newest referral that an unresolved alert waits on; two queries."""
    referred = (
        child.alerts.exclude(state=Alert.State.RESOLVED).filter(referral__isnull=False).select_related("referral")
    )
    alert = referred.order_by("-referral__referred_on", "-referral__recorded_at").first()
    return {
        "child": child,
        "referral": alert.referral if alert is not None else None,
        "episode": child.treatment_episodes.open().first(),
    }
