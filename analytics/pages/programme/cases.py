"""How far care goes: from children screened to those found, taken up, referred, treated and recovered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.aggregates.cases import Step, funnel, funnel_by_clinic
from analytics.aggregates.funnel_sql import DAYS_TO_TREATMENT
from analytics.figures.share_svg import SharePoint, rows_svg
from analytics.pages.programme.files import SHARE_COLUMNS, FileTable, share_cells
from analytics.pages.programme.page import Answer, ProgrammePage
from analytics.pages.programme.scope import CasesForm, ScopeForm
from analytics.pages.programme.share_rows import ShareRow
from children.growth.survey import share_of

WORDS: dict[Step, Promise] = {
    Step.SCREENED: gettext_lazy("Screened"),
    Step.FOUND: gettext_lazy("Found"),
    Step.TAKEN_UP: gettext_lazy("Taken up"),
    Step.REFERRED: gettext_lazy("Care arranged"),
    Step.TREATED: gettext_lazy("Treated"),
    Step.RECOVERED: gettext_lazy("Recovered"),
}
# Each step, what it is a share of, and what it means.
STEPS: tuple[tuple[Step, Step, Promise], ...] = (
    (
        Step.FOUND,
        Step.SCREENED,
        gettext_lazy("Malnourished, as chosen above, at a visit by hand of these months."),
    ),
    (
        Step.TAKEN_UP,
        Step.FOUND,
        gettext_lazy("An alert of the find was acknowledged, referred or closed by a person, or the child is treated."),
    ),
    (Step.REFERRED, Step.FOUND, gettext_lazy("Referred to another place, or admitted to treatment here.")),
    (Step.TREATED, Step.FOUND, gettext_lazy("Admitted to treatment here, or treated where the child was referred.")),
    (Step.RECOVERED, Step.FOUND, gettext_lazy("The treatment ended with recovery; those still in treatment may yet.")),
)


@dataclass(frozen=True)
class StepRow:
    """One step of the funnel: its share of the step `of`, and what it means."""

    row: ShareRow
    of: str
    meaning: Promise


class CasesPage(ProgrammePage):
    """Each child once, all steps of the same children."""

    name = "cases"
    url_name = "programme_cases"
    form_class = CasesForm

    def answer(self, request: HttpRequest, form: ScopeForm) -> Answer:
        """Count the steps."""
        scope, case = form.scope(), form.cleaned_data["case"]
        counts = funnel(request.user, scope, case=case)
        clinics = funnel_by_clinic(request.user, scope, case=case)
        after_found = [_share_row(step, Step.FOUND, counts) for step, of, _meaning in STEPS if of is Step.FOUND]
        treated = [ShareRow(name, share_of(steps[Step.TREATED], steps[Step.FOUND])) for name, steps in clinics.items()]
        treated.sort(key=lambda row: row.share.value if row.share.value is not None else 2.0)
        context = {
            "screened": counts[Step.SCREENED],
            "found": counts[Step.FOUND],
            "steps": [StepRow(_share_row(step, of, counts), str(WORDS[of]), meaning) for step, of, meaning in STEPS],
            "steps_svg": rows_svg(_points(after_found), title=_("How far care went for the children found")),
            "treated": treated,
            "treated_svg": rows_svg(_points(treated), title=_("Share of the children found who were treated")),
            "days_to_treatment": DAYS_TO_TREATMENT,
        }
        return Answer(context, _tables(case, counts, clinics))


def _points(rows: list[ShareRow]) -> list[SharePoint]:
    return [SharePoint(row.label, row.share) for row in rows]


def _share_row(step: Step, of: Step, counts: Mapping[Step, int]) -> ShareRow:
    return ShareRow(str(WORDS[step]), share_of(counts[step], counts[of]))


def _tables(case: str, counts: Mapping[Step, int], clinics: Mapping[str, Mapping[Step, int]]) -> list[FileTable]:
    steps = [
        [case, step.value, of.value, *share_cells(share_of(counts[step], counts[of]))] for step, of, _meaning in STEPS
    ]
    by_clinic = [[case, name, *(steps_of[step] for step in Step)] for name, steps_of in clinics.items()]
    return [
        FileTable("steps", ("case", "step", "of", *SHARE_COLUMNS), steps),
        FileTable("clinics", ("case", "clinic", *(step.value for step in Step)), by_clinic),
    ]
