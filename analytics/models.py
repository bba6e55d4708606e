"""Tables of this app: counts and records of its own work, no clinical record."""

from analytics.aggregates.models import AgeGroup, GrowthCell, TouchedMonth
from analytics.exports.models import ExportJob, ExportLog

__all__ = ["AgeGroup", "ExportJob", "ExportLog", "GrowthCell", "TouchedMonth"]
