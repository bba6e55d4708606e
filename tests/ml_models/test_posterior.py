"""Gaussian arithmetic of film, scale, age and sex: the same as conditioning written out."""

from __future__ import annotations

import numpy as np
import pytest

from ml_models.networks.proportions import POWERS
from ml_models.posterior import PRIOR_CORRELATION, PRIOR_MEAN_Z, PRIOR_SD_Z, log_size, prior, update
from ml_models.scale_cues import DISTANCE_RELATIVE_SD
from ml_models.synthetic.children import MAX_AGE_DAYS, MUAC, MUAC_FROM_DAY, load_lms, values_at

AGES = np.arange(MAX_AGE_DAYS + 1)
#: Errors of the network as they are about, in log sizes.
RATIO_COVARIANCE = np.outer([0.01, 0.06, 0.05, 0.02], [0.01, 0.06, 0.05, 0.02]) * (0.7 * np.eye(4) + 0.3)


@pytest.fixture(scope="module")
def lms() -> np.ndarray:
    known = load_lms()
    known[MUAC, :, :MUAC_FROM_DAY] = known[MUAC, :, MUAC_FROM_DAY : MUAC_FROM_DAY + 1]
    return known


def told(lms: np.ndarray, *, age_days: int = 900, extent_cm: float = 80.0, scale_sd: float = 0.02) -> dict:
    """One girl, whose film shows proportions of an average child."""
    girl, age = np.array([True]), np.array([age_days])
    mean, covariance = prior(lms, girl, age)
    sizes = values_at(np.zeros((1, 4)), girl, age, lms)
    return {
        "prior_mean": mean,
        "prior_covariance": covariance,
        "log_extent": np.log([extent_cm]),
        "ratio_mean": np.log(sizes) - POWERS * np.log(sizes[:, :1]),
        "ratio_covariance": RATIO_COVARIANCE[None],
        "scale_sd": np.array([scale_sd]),
    }


@pytest.mark.parametrize("is_girl", [True, False])
def test_age_and_sex_alone_always_give_a_joint_distribution(lms: np.ndarray, is_girl: bool) -> None:
    mean, covariance = prior(lms, np.full(len(AGES), is_girl), AGES)

    assert np.isfinite(mean).all()
    np.testing.assert_allclose(covariance, covariance.swapaxes(1, 2), rtol=1e-12)
    assert np.linalg.eigvalsh(covariance).min() > 0


def test_the_correlations_are_those_of_a_distribution() -> None:
    np.testing.assert_array_equal(PRIOR_CORRELATION, PRIOR_CORRELATION.T)
    np.testing.assert_array_equal(np.diag(PRIOR_CORRELATION), 1.0)
    assert np.linalg.eigvalsh(PRIOR_CORRELATION).min() > 0.05


def test_the_prior_is_the_standard_at_its_z_scores(lms: np.ndarray) -> None:
    girl, age = np.array([True, False]), np.array([200, 1500])
    z = np.tile(PRIOR_MEAN_Z, (2, 1))

    mean, covariance = prior(lms, girl, age)

    np.testing.assert_allclose(np.exp(mean), values_at(z, girl, age, lms), rtol=1e-9)
    step = np.log(values_at(z + 1, girl, age, lms) / values_at(z - 1, girl, age, lms)) / 2
    np.testing.assert_allclose(np.sqrt(np.einsum("nii->ni", covariance)), step * PRIOR_SD_Z, rtol=1e-9)


def test_severe_stunting_is_no_surprise_to_the_prior() -> None:
    """A child at -6 lies within two SDs: measured well, it must not be drawn to the average."""
    assert PRIOR_MEAN_Z[0] - 2 * PRIOR_SD_Z[0] < -5.9


def test_a_power_of_zero_is_the_lognormal_case() -> None:
    flat = np.array([[[0.0, 15.0, 0.1]] * 4])
    nearly_flat = np.array([[[1e-5, 15.0, 0.1]] * 4])

    exact = log_size(flat, np.full((1, 4), -2.0))

    np.testing.assert_allclose(exact, np.log(15.0) - 0.2)
    np.testing.assert_allclose(exact, log_size(nearly_flat, np.full((1, 4), -2.0)), rtol=1e-6)


def test_the_update_is_gaussian_conditioning(lms: np.ndarray) -> None:
    """The film is four linear observations of four log sizes, whose errors share the scale's."""
    one = told(lms, extent_cm=77.0, scale_sd=0.03)
    noise = RATIO_COVARIANCE + 0.03**2 * np.outer(POWERS, POWERS)
    precision = np.linalg.inv(one["prior_covariance"][0]) + np.linalg.inv(noise)
    seen = one["ratio_mean"][0] + POWERS * np.log(77.0)
    weighed = np.linalg.solve(one["prior_covariance"][0], one["prior_mean"][0]) + np.linalg.solve(noise, seen)

    mean, sd = update(**one)

    np.testing.assert_allclose(mean[0], np.linalg.solve(precision, weighed), rtol=1e-9)
    np.testing.assert_allclose(sd[0] ** 2, np.diag(np.linalg.inv(precision)), rtol=1e-7)


def test_a_film_measured_exactly_overrules_age_and_sex(lms: np.ndarray) -> None:
    """A severely short child, exactly measured, stays that short."""
    one = told(lms, extent_cm=70.0, scale_sd=0.0) | {"ratio_covariance": 1e-10 * np.eye(4)[None]}

    mean, sd = update(**one)

    np.testing.assert_allclose(mean, one["ratio_mean"] + POWERS * np.log(70.0), atol=1e-6)
    assert sd.max() < 1e-4


@pytest.mark.parametrize("age_days", [30, 400, 900, 1700])
def test_proportions_without_a_scale_say_less_of_height_than_a_tape_does(lms: np.ndarray, age_days: int) -> None:
    """Heads differ less than heights, so a head's share of the height tells a little, never as much as a cue."""
    one = told(lms, age_days=age_days, extent_cm=40.0, scale_sd=5.0)

    mean, sd = update(**one)

    assert mean[0, 0] == pytest.approx(one["prior_mean"][0, 0], abs=0.1)
    assert sd[0, 0] > 1.2 * DISTANCE_RELATIVE_SD


def test_a_film_that_shows_nothing_changes_nothing(lms: np.ndarray) -> None:
    one = told(lms, extent_cm=40.0) | {"ratio_covariance": 1e8 * np.eye(4)[None]}

    mean, sd = update(**one)

    np.testing.assert_allclose(mean, one["prior_mean"], atol=1e-6)
    np.testing.assert_allclose(sd[0] ** 2, np.diag(one["prior_covariance"][0]), rtol=1e-5)


def test_an_unsure_scale_widens_height_and_draws_it_to_the_prior(lms: np.ndarray) -> None:
    means, sds = zip(*(update(**told(lms, extent_cm=72.0, scale_sd=sd)) for sd in (0.005, 0.02, 0.05)), strict=True)

    heights = [float(mean[0, 0]) for mean in means]
    assert heights == sorted(heights)  # a short child, more and more like the average
    assert [float(sd[0, 0]) for sd in sds] == sorted(float(sd[0, 0]) for sd in sds)


def test_no_film_makes_anything_less_certain(lms: np.ndarray) -> None:
    one = told(lms)

    _, sd = update(**one)

    assert (sd[0] < np.sqrt(np.diag(one["prior_covariance"][0]))).all()


def test_children_of_one_batch_do_not_touch_each_other(lms: np.ndarray) -> None:
    parts = [told(lms, extent_cm=70.0), told(lms, age_days=90, extent_cm=58.0, scale_sd=0.05)]
    both = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    together = update(**both)

    alone = [update(**part) for part in parts]
    np.testing.assert_allclose(together, [np.concatenate(values) for values in zip(*alone, strict=True)], rtol=1e-12)
