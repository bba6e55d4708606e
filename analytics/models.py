"""Tables of this app: counts and records of its own work, no clinical record."""

from analytics.aggregates.models import AgeGroup, GrowthCell, TouchedMonth

__all__ = ["AgeGroup", "GrowthCell", "TouchedMonth"]
