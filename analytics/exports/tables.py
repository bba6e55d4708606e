"""What can be exported, column by column; one query each, read row by row.

Names of columns never change with the language. Values stay typed: Decimal, int, date, bool, str or None.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import FilteredRelation, Q, QuerySet

from analytics.exports.scope import Filters, Scope
from care.models import Alert, FollowUp
from children.models import Child, Measurement

Value = Any
Row = Sequence[Any]
CHUNK_ROWS = 2000  # fetched at once from the server's cursor


@dataclass(frozen=True)
class Column:
    """One column. path: of the query's values; personal: left empty where the person sees codes only."""

    name: str
    path: str
    write: Callable[[Any], Value] | None = None
    personal: bool = False


@dataclass(frozen=True)
class Table:
    """One kind of export. day: the path of the date that filters read; rows: all that could be asked for."""

    key: str
    clinic: str
    day: str
    columns: tuple[Column, ...]
    rows: Callable[[], QuerySet[Any]]

    @property
    def header(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    def query(self, scope: Scope, filters: Filters) -> QuerySet[Any]:
        """Return the rows of `scope` within `filters`, in a stable order."""
        rows = self.rows().filter(**{f"{self.clinic}__in": scope.clinic_ids})
        if filters.since is not None:
            rows = rows.filter(**{f"{self.day}__gte": filters.since})
        if filters.until is not None:
            rows = rows.filter(**{f"{self.day}__lte": filters.until})
        return rows.order_by(self.day, "pk")

    def read(self, scope: Scope, filters: Filters) -> Iterator[list[Value]]:
        """Yield typed rows through a cursor of the server: memory does not grow with their number."""
        paths = [self.clinic, *(column.path for column in self.columns)]
        for clinic_id, *values in self.query(scope, filters).values_list(*paths).iterator(chunk_size=CHUNK_ROWS):
            yield [
                None
                if value is None or (column.personal and clinic_id not in scope.named)
                else column.write(value)
                if column.write
                else value
                for column, value in zip(self.columns, values, strict=True)
            ]


def _visits() -> QuerySet[Measurement]:
    return Measurement.objects.annotate(
        current=FilteredRelation("assessments", condition=Q(assessments__is_current=True))
    )


def visits_by_hand() -> QuerySet[Measurement]:
    """Return what surveys read: active visits by hand, with the current assessment as `current`."""
    return _visits().filter(source=Measurement.Source.MANUAL, state=Measurement.State.ACTIVE)


def _joined(values: Sequence[str]) -> str:
    return " ".join(values)


_CODE = Column("child", "child__code")
_ZSCORES = tuple(Column(name, f"current__{name}") for name in ("haz", "waz", "whz", "baz", "acz", "hcz"))

CHILDREN = Table(
    key="children",
    clinic="clinic_id",
    day="registered_at__date",
    rows=Child.objects.all,
    columns=(
        Column("child", "code"),
        Column("name", "name", personal=True),
        Column("sex", "sex"),
        Column("born_on", "born_on", personal=True),
        Column("birth_date_estimated", "birth_date_estimated"),
        Column("gestation_weeks", "gestation_weeks"),
        Column("gestation_days", "gestation_days"),
        Column("status", "status"),
        Column("clinic", "clinic__name"),
        Column("area", "clinic__area"),
        Column("registered_on", "registered_at__date"),
    ),
)
VISITS = Table(
    key="visits",
    clinic="child__clinic_id",
    day="measured_on",
    rows=_visits,
    columns=(
        Column("visit", "id", str),
        _CODE,
        Column("name", "child__name", personal=True),
        Column("sex", "child__sex"),
        Column("clinic", "child__clinic__name"),
        Column("measured_on", "measured_on"),
        Column("source", "source"),
        Column("state", "state"),
        Column("age_days", "current__age_days"),
        Column("corrected_age_days", "current__corrected_age_days"),
        Column("weight_kg", "weight_kg"),
        Column("length_height_cm", "length_height_cm"),
        Column("length_height_sd_cm", "length_height_sd_cm"),
        Column("position", "position"),
        Column("muac_mm", "muac_mm"),
        Column("head_circumference_cm", "head_circumference_cm"),
        Column("oedema", "oedema"),
        Column("measured_by", "measured_by", personal=True),
        *_ZSCORES,
        Column("flags", "current__flags", _joined),
        Column("acute", "current__acute"),
        Column("criteria", "current__criteria", _joined),
        Column("stunting", "current__stunting"),
        Column("wasting", "current__wasting"),
        Column("underweight", "current__underweight"),
        Column("overweight", "current__overweight"),
        Column("risk_level", "current__risk_level"),
        Column("standard", "current__standard"),
        Column("engine_version", "current__engine_version"),
    ),
)
ALERTS = Table(
    key="alerts",
    clinic="child__clinic_id",
    day="opened_at__date",
    rows=Alert.objects.all,
    columns=(
        Column("alert", "id", str),
        _CODE,
        Column("name", "child__name", personal=True),
        Column("clinic", "child__clinic__name"),
        Column("criterion", "criterion"),
        Column("severity", "severity"),
        Column("state", "state"),
        Column("unconfirmed", "unconfirmed"),
        Column("opened_on", "opened_at__date"),
        Column("referred_on", "referred_at__date"),
        Column("resolved_on", "resolved_at__date"),
        Column("resolution", "resolution"),
    ),
)
FOLLOW_UPS = Table(
    key="follow_ups",
    clinic="child__clinic_id",
    day="due_on",
    rows=FollowUp.objects.all,
    columns=(
        Column("follow_up", "id", str),
        _CODE,
        Column("name", "child__name", personal=True),
        Column("clinic", "child__clinic__name"),
        Column("reason", "reason"),
        Column("due_on", "due_on"),
        Column("window_days", "window_days"),
        Column("state", "state"),
        Column("completed_on", "completed_at__date"),
        Column("outcome", "outcome", personal=True),
    ),
)
