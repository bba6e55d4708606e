"""How treatments ended, by month, beside the lines of the Sphere Handbook. No child is named.

Each child counts once in a table: by its latest ended treatment of the months shown. Shares are of the children who
recovered, died, defaulted or did not respond: numerator and denominator come from the same exits. Transfers go on
being treated elsewhere and are shown beside. Source of the lines: The Sphere Handbook 2018, management of acute
malnutrition: recovered > 75 %, died < 10 % (SAM) or < 3 % (MAM), defaulted < 15 %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from accounts.models import Clinic
from care.models import TreatmentEpisode
from children.dates import months_between
from children.growth import survey

Exit = TreatmentEpisode.Exit
COUNTED_EXITS = (Exit.RECOVERED, Exit.DIED, Exit.DEFAULTED, Exit.NON_RESPONSE)


@dataclass(frozen=True)
class Share:
    """A share of children, 0-1, with Wilson's 95 % interval; `line` is Sphere's.

    verdict: `met`, `not_met`, or `open` where the interval holds the line.
    """

    count: int
    n: int
    value: float
    low: float
    high: float
    line: float
    verdict: str

    @property
    def low_words(self) -> str:
        """The lower limit in whole percent."""
        return f"{self.low * 100:.0f}"

    @property
    def high_words(self) -> str:
        """The upper limit in whole percent."""
        return f"{self.high * 100:.0f}"

    @property
    def low_percent(self) -> str:
        """Where the interval begins on a bar of 100."""
        return f"{self.low * 100:.2f}"

    @property
    def width_percent(self) -> str:
        """How wide the interval is on a bar of 100."""
        return f"{(self.high - self.low) * 100:.2f}"

    @property
    def value_percent(self) -> str:
        """Where the share lies on a bar of 100."""
        return f"{min(self.value * 100, 99.2):.2f}"

    @property
    def line_percent(self) -> str:
        """Where Sphere's line lies on a bar of 100."""
        return f"{self.line * 100:.2f}"


@dataclass(frozen=True)
class CohortRow:
    """One month, or all (`month` None). Shares are None without an exit that counts."""

    month: date | None
    counts: dict[str, int]
    n: int
    transferred: int
    in_treatment: int
    recovered: Share | None
    died: Share | None
    defaulted: Share | None


def share_of(count: int, n: int, *, line: float, above: bool) -> Share | None:
    """Return `count` of `n` against a line that it should lie above, or below."""
    if n == 0:
        return None
    share = survey.share_of(count, n)
    low, high = share.low, share.high
    met, missed = (low > line, high <= line) if above else (high < line, low >= line)
    return Share(count, n, share.value, low, high, line, "met" if met else "not_met" if missed else "open")


def cohort_rows(
    clinics: QuerySet[Clinic], *, kind: str, by: str, first: date, last: date
) -> tuple[list[CohortRow], CohortRow]:
    """Return one row for each month from `first` to `last`, newest first, and one for all of them.

    `by`: "exit" (month of the exit) or "admission" (month of the admission; those still in treatment are shown beside
    the exits). Dates are the first day of the first month and the last day of the last one.
    """
    field = "exited_on" if by == "exit" else "admitted_on"
    episodes = TreatmentEpisode.objects.filter(clinic__in=clinics, kind=kind, **{f"{field}__range": (first, last)})
    latest: dict[object, TreatmentEpisode] = {}
    for episode in episodes.order_by(field, "recorded_at").only("child_id", "exit", "exited_on", "admitted_on"):
        latest[episode.child_id] = episode
    of_month: dict[date, list[TreatmentEpisode]] = {month: [] for month in months_between(first, last)}
    for episode in latest.values():
        of_month[getattr(episode, field).replace(day=1)].append(episode)
    rows = [_row(month, of_month[month], kind=kind) for month in sorted(of_month, reverse=True)]
    return rows, _row(None, latest.values(), kind=kind)


def _row(month: date | None, episodes: Iterable[TreatmentEpisode], *, kind: str) -> CohortRow:
    counted = Counter(episode.exit for episode in episodes)
    n = sum(counted[exit_as] for exit_as in COUNTED_EXITS)
    return CohortRow(
        month=month,
        counts={exit_as.value: counted[exit_as] for exit_as in COUNTED_EXITS},
        n=n,
        transferred=counted[Exit.TRANSFERRED],
        in_treatment=counted[""],
        recovered=share_of(counted[Exit.RECOVERED], n, line=0.75, above=True),
        died=share_of(counted[Exit.DIED], n, line=0.10 if kind == "sam" else 0.03, above=False),
        defaulted=share_of(counted[Exit.DEFAULTED], n, line=0.15, above=False),
    )
