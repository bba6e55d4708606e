"""Tables of this app: counts and records of its own work, no clinical record."""

from analytics.aggregates.case_models import CriteriaCell, FunnelCell
from analytics.aggregates.measurer_models import MeasurerCell
from analytics.aggregates.models import AgeGroup, GrowthCell, TouchedMonth
from analytics.exports.models import ExportJob, ExportLog
from analytics.service_minutes.models import ReadyMinute, RequestMinute

__all__ = [
    "AgeGroup",
    "CriteriaCell",
    "ExportJob",
    "ExportLog",
    "FunnelCell",
    "GrowthCell",
    "MeasurerCell",
    "ReadyMinute",
    "RequestMinute",
    "TouchedMonth",
]
