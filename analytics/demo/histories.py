"""Lives a planned child through the portal's services, visit by visit: alerts and follow-ups arise by the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from accounts.models import User
from analytics.demo.identity import demo_code, demo_uuid
from analytics.demo.past import Past
from analytics.demo.people import Staff
from analytics.demo.plans import ChildPlan, PlannedVisit
from analytics.demo.story import Deed
from analytics.demo.treatments import Treated
from care.models import Alert, FollowUp, Referral
from care.referrals import record_referral_outcome, refer_alert
from care.services import acknowledge_alert, complete_follow_up, resolve_alert
from children.consents import withdraw_consent
from children.models import Child, Consent, Measurement
from children.plausibility import CONFIRMABLE_FIELDS
from children.registration import register_child
from children.services import correct_measurement, record_measurement, void_measurement

WRITTEN_DOWN_AFTER = timedelta(minutes=12)  # from the scale to the record
CONFIRMED = frozenset(CONFIRMABLE_FIELDS)  # the people of the demo read the scale again when they are asked back
ACTED_AFTER = timedelta(hours=3)  # from the record to the deed of a person
READ_TOO_HIGH_KG = Decimal("1.00")
ANOTHER_CHILD_SHARE = Decimal("1.20")
REFERRED_TO = "District hospital, stabilisation centre"


class History:
    """One child's history in the making: who acts, and when it is told to happen."""

    def __init__(self, plan: ChildPlan, *, staff: Staff, past: Past, seed: int) -> None:
        self.plan = plan
        self.past = past
        self.seed = seed
        self.clinic = staff.clinics[plan.clinic_name]
        self.health_worker: User = staff.health_workers[plan.clinic_name]
        self.supervisor: User = staff.supervisors[plan.clinic_name]

    def live(self) -> Child:
        """Register the child at its first visit, record all visits, and do what the story's people do."""
        child = self._register()
        treated = Treated(self.plan, child=child, health_worker=self.health_worker, past=self.past)
        for number, visit in enumerate(self.plan.visits):
            last = self._record(child, visit)
            self.past.happens_at(last.measured_at + ACTED_AFTER)
            treated.after_visit(number)
        for deed in self.plan.story.deeds:
            self.past.happens_at(last.measured_at + ACTED_AFTER)
            self._do(deed, child, last)
        treated.after_all()
        return child

    def _register(self) -> Child:
        first = self.plan.visits[0]
        self.past.happens_at(first.measured_at)
        child = register_child(
            clinic=self.clinic,
            registration=self.plan.registration,
            registered_by=self.health_worker,
            child_id=demo_uuid(self.seed, "child", self.plan.number),
        )
        # Registration draws a code at random; the demo's follow from the seed.
        child.code = demo_code(self.seed, self.plan.number)
        Child.objects.filter(pk=child.pk).update(code=child.code)
        return child

    def _record(self, child: Child, visit: PlannedVisit) -> Measurement:
        referrals = list(FollowUp.objects.open().filter(child=child, reason=FollowUp.Reason.REFER))
        self.past.happens_at(visit.measured_at and visit.measured_at + WRITTEN_DOWN_AFTER)
        for referral in referrals:
            complete_follow_up(
                follow_up=referral,
                completed_by=self.health_worker,
                outcome="Went to the hospital; treatment with therapeutic food goes on.",
            )
        values = replace(visit.values, measured_by=self.health_worker.get_full_name())
        read_wrong = Deed.CORRECT in self.plan.story.deeds and visit is self.plan.visits[-1]
        if read_wrong and values.weight_kg is not None:
            values = replace(values, weight_kg=values.weight_kg + READ_TOO_HIGH_KG)
        return record_measurement(
            child=child,
            values=values,
            measured_on=visit.measured_on,
            measured_at=visit.measured_at,
            recorded_by=self.health_worker,
            measurement_id=demo_uuid(self.seed, "measurement", self.plan.number, visit.measured_on),
            confirmed_fields=CONFIRMED,
        )

    def _do(self, deed: Deed, child: Child, last: Measurement) -> None:
        match deed:
            case Deed.CORRECT:
                self._correct(last)
            case Deed.VOID:
                self._record_and_void(child, last)
            case Deed.WITHDRAW_SCAN:
                consent = Consent.objects.live().get(child=child, purpose=Consent.Purpose.SCAN)
                withdraw_consent(
                    consent=consent, withdrawn_by=self.health_worker, reason="The family does not want films any more."
                )
            case Deed.ARRIVE:
                for referral in Referral.objects.filter(child=child):
                    record_referral_outcome(
                        referral=referral,
                        outcome=Referral.Outcome.ARRIVED,
                        outcome_on=referral.referred_on,
                        recorded_by=self.supervisor,
                        note="The ward called: admitted on the same day.",
                    )
            case _:
                for alert in Alert.objects.open().filter(child=child):
                    self._act_on_alert(deed, alert)

    def _act_on_alert(self, deed: Deed, alert: Alert) -> None:
        match deed:
            case Deed.ACKNOWLEDGE:
                acknowledge_alert(alert=alert, acknowledged_by=self.health_worker)
            case Deed.REFER:
                refer_alert(
                    alert=alert,
                    referred_by=self.supervisor,
                    referred_to=REFERRED_TO,
                    referred_on=self.plan.visits[-1].measured_on,
                )
            case Deed.CLOSE:
                resolve_alert(
                    alert=alert,
                    resolved_by=self.supervisor,
                    reason="Enrolled in the supplementary feeding programme of the district.",
                )

    def _correct(self, wrong: Measurement) -> None:
        right = self.plan.visits[-1].values
        correct_measurement(
            measurement=wrong,
            values=replace(right, measured_by=wrong.measured_by),
            measured_on=wrong.measured_on,
            corrected_by=self.supervisor,
            reason="The weight was read 1 kg too high; the paper form shows the right one.",
            confirmed_fields=CONFIRMED,
        )

    def _record_and_void(self, child: Child, last: Measurement) -> None:
        assert last.weight_kg is not None
        values = replace(
            self.plan.visits[-1].values,
            weight_kg=(last.weight_kg * ANOTHER_CHILD_SHARE).quantize(Decimal("0.01")),
            length_height_cm=None,
            position="",
            muac_mm=None,
            head_circumference_cm=None,
            oedema=None,
            measured_by=last.measured_by,
        )
        wrong = record_measurement(
            child=child,
            values=values,
            measured_on=last.measured_on,
            measured_at=last.measured_at + WRITTEN_DOWN_AFTER,
            recorded_by=self.health_worker,
            measurement_id=demo_uuid(self.seed, "measurement", self.plan.number, "void"),
            confirmed_fields=CONFIRMED,
        )
        void_measurement(
            measurement=wrong, voided_by=self.supervisor, reason="Belongs to another child of the same family name."
        )
