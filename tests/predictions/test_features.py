"""The feature row that a model read is stored with its prediction, and goes with the scan."""

from __future__ import annotations

import numpy as np
import pytest

from predictions.feature_rows import features_as_json, features_from_json, features_sha256
from predictions.models import Prediction
from tests.predictions.conftest import features_of

pytestmark = pytest.mark.django_db


def test_stored_features_come_back_to_the_last_bit(make_scan):
    prediction = make_scan(height_cm=81.23456)

    prediction.refresh_from_db()
    read = features_from_json(prediction.features)

    given = features_of(prediction.session.child, extent_cm=81.23456)
    np.testing.assert_array_equal(read.values, given.values)
    np.testing.assert_array_equal(read.reference_inputs, given.reference_inputs)
    assert (read.names, read.subject, read.is_lying, read.cue) == (
        given.names,
        given.subject,
        given.is_lying,
        given.cue,
    )
    assert (read.scale_relative_sd, read.pose_backend) == (given.scale_relative_sd, given.pose_backend)


def test_a_value_that_is_not_finite_is_stored_as_missing(child):
    row = features_as_json(features_of(child, extent_cm=float("inf")))

    assert row["values"] == [None, None]


def test_the_hash_of_a_row_does_not_depend_on_the_order_of_its_keys(child):
    row = features_as_json(features_of(child))

    assert features_sha256(dict(reversed(row.items()))) == features_sha256(row)


def test_features_go_with_the_scan_and_leave_no_copy_in_the_audit_rows(make_scan):
    prediction = make_scan()
    Prediction.objects.filter(pk=prediction.pk).update(frames_used=11)
    events = Prediction.pgh_event_model.objects.filter(pgh_obj_id=prediction.pk)

    prediction.session.delete()

    assert not Prediction.objects.exists()
    assert events.count() == 2
    assert "features" not in {field.name for field in Prediction.pgh_event_model._meta.get_fields()}
