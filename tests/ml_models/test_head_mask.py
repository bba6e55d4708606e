"""No head is seen in a picture that is kept for review; without certainty there is no picture.

The heads' places in the sample films were read off the pictures by eye, not by the pose model.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from ml_models.head_mask import find_head, hide_all_but_body, hides, in_blocks, is_at_hidden_head
from ml_models.pose import load_pose_estimator
from ml_models.pose.landmarks import HEAD, Landmark
from ml_models.review_pictures import review_pictures
from ml_models.types import PoseSequence, SampledFrames
from tests.ml_models import sessions

# x and y from, x and y to, of every head in the middle picture, in px of 540 x 960.
HEADS = {
    "A001_front": [(204, 228, 276, 321)],
    "A003_lying": [(100, 296, 186, 404)],
    "A005_side": [(208, 286, 287, 380)],
    "A008_lying": [(169, 278, 238, 370)],
    "A010_lying": [(268, 267, 330, 351)],
    "bad_feet_cut": [(243, 497, 326, 611)],
    "bad_two_children": [(171, 354, 214, 404), (426, 392, 469, 442)],
    "bad_oblique_lying": [(223, 377, 276, 432)],
}
SIZE = (540, 960)


def standing_body(x: float = 0.5, top: float = 0.2, height: float = 0.6) -> np.ndarray:
    """Return landmarks (33, 4) of somebody who stands, crown at `top`, in shares of a picture of SIZE."""
    places = np.zeros((33, 2))
    levels = {
        **dict.fromkeys(HEAD, 0.1),
        Landmark.MOUTH_LEFT: 0.14,
        Landmark.MOUTH_RIGHT: 0.14,
        Landmark.LEFT_SHOULDER: 0.22,
        Landmark.RIGHT_SHOULDER: 0.22,
        Landmark.LEFT_HIP: 0.5,
        Landmark.RIGHT_HIP: 0.5,
        Landmark.LEFT_KNEE: 0.74,
        Landmark.RIGHT_KNEE: 0.74,
    }
    for landmark in Landmark:
        side = 0.05 if "LEFT" in landmark.name else -0.05 if "RIGHT" in landmark.name else 0.0
        low = 0.97 if any(part in landmark.name for part in ("ANKLE", "HEEL", "FOOT")) else 0.45
        places[landmark] = (x + side * height, top + height * levels.get(landmark, low))
    return np.column_stack([places, np.zeros(33), np.ones(33)]).astype(np.float32)


def crown_of(landmarks: np.ndarray) -> np.ndarray:
    """Return the crown above the face of `standing_body`."""
    return np.array([landmarks[Landmark.NOSE, 0], landmarks[Landmark.NOSE, 1] - 0.06], dtype=np.float32)


def noise(count: int = 1) -> np.ndarray:
    """Return pictures in which every pixel tells something: uint8 (count, 960, 540, 3)."""
    return np.random.default_rng(3).integers(0, 256, (count, SIZE[1], SIZE[0], 3), dtype=np.uint8)


def frames_of_noise(count: int = 3) -> SampledFrames:
    return SampledFrames(
        images=noise(count),
        times_s=np.arange(count, dtype=np.float64),
        width=SIZE[0],
        height=SIZE[1],
        scale=1.0,
        duration_s=float(count),
        fps=1.0,
        codec="none",
    )


class ScriptedEstimator:
    """Finds, call after call, what it was told: landmarks for every frame, or None for nobody."""

    name = "scripted"

    def __init__(self, *found: np.ndarray | None) -> None:
        self._found = list(found)

    def estimate(self, frames: SampledFrames) -> PoseSequence:
        count, told = len(frames.images), self._found.pop(0)
        landmarks = np.full((count, 33, 4), np.nan, dtype=np.float32)
        crown = np.full((count, 2), np.nan, dtype=np.float32)
        if told is not None:
            landmarks[:], crown[:] = told, crown_of(told)
        return PoseSequence(
            landmarks=landmarks, detected=np.full(count, told is not None), crown=crown, soles=crown, backend=self.name
        )

    def close(self) -> None:
        """Nothing to free."""


def mirrored(landmarks: np.ndarray) -> np.ndarray:
    turned = landmarks.copy()
    turned[:, 0] = 1 - turned[:, 0]
    return turned


@pytest.fixture(scope="module")
def estimator():
    return load_pose_estimator()


@pytest.mark.parametrize("name", HEADS)
def test_no_head_of_a_sample_film_is_seen(estimator, name):
    frames = sessions.frames_of(name)
    filmed = cv2.resize(frames.images[len(frames.images) // 2], SIZE, interpolation=cv2.INTER_AREA)
    one = replace(frames, images=filmed[None], times_s=frames.times_s[:1])

    pictures = review_pictures(one, estimator, shows_marker=True)

    assert pictures
    for picture in pictures:
        shown = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        for left, top, right, bottom in HEADS[name]:
            # What is left of a head when it is made three blocks wide is no more than what the picture shows of it.
            head, seen = filmed[top:bottom, left:right], shown[top:bottom, left:right]
            assert sharp_share(head, seen) < 0.3
        below = {number for number in picture.points if number in HEAD}
        assert not below


def sharp_share(filmed: np.ndarray, seen: np.ndarray) -> float:
    """Return how much of the fine structure of `filmed` is in `seen`: 1 for the same picture, about 0 for blocks."""

    def fine(picture):
        grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float64)
        return (grey - cv2.GaussianBlur(grey, (0, 0), 4))[3:-3, 3:-3]

    one, other = fine(filmed), fine(seen)
    return float((one * other).sum() / (one * one).sum())


def test_the_measure_of_this_test_knows_a_shown_head():
    filmed = sessions.frames_of("A001_front").images[0][300:440, 260:380]

    assert sharp_share(filmed, filmed) == pytest.approx(1)
    assert sharp_share(filmed, cv2.GaussianBlur(filmed, (0, 0), 1)) > 0.5


@pytest.mark.parametrize("name", ["bad_head_cut", "bad_empty_room", "bad_too_dark"])
def test_a_film_without_a_head_to_be_found_gives_no_picture(estimator, name):
    assert review_pictures(sessions.frames_of(name), estimator, shows_marker=True) == []


def test_all_but_body_and_marker_is_blocks():
    body, image = standing_body(), noise()[0]
    marker = np.array([[60.0, 500], [120, 500], [120, 560], [60, 560]])

    picture = hide_all_but_body(image, body, crown_of(body), [marker])

    assert picture is not None
    assert (picture.image[~picture.shown] == in_blocks(image, picture.block_px)[~picture.shown]).all()
    assert (picture.image[picture.shown] == image[picture.shown]).all()
    assert picture.shown[530, 90]
    assert not picture.head.as_mask(image.shape)[picture.shown].any()
    assert 2 * picture.head.radius <= 3 * picture.block_px


def spoiled(change):
    body = standing_body()
    crown = crown_of(body)
    change(body, crown)
    return body, crown


@pytest.mark.parametrize(
    "change",
    [
        lambda body, crown: body.fill(np.nan),
        lambda body, crown: body[list(HEAD)].fill(0) or body.__setitem__((list(HEAD), 3), 0.2),
        lambda body, crown: body.__setitem__((list(HEAD), slice(0, 2)), np.nan),
        lambda body, crown: crown.fill(np.nan),
        lambda body, crown: crown.__setitem__(1, -0.01),
        lambda body, crown: body.__setitem__((Landmark.LEFT_EAR, 0), 1.02),
        lambda body, crown: crown.__setitem__(1, 0.9),
        lambda body, crown: body.__setitem__((Landmark.LEFT_HIP, 0), np.nan),
        lambda body, crown: body.__setitem__((list(HEAD), 1), body[list(HEAD), 1] + 0.5),
        lambda body, crown: body.__setitem__((slice(None), slice(0, 2)), 0.5),
    ],
    ids=[
        "nobody",
        "head guessed",
        "head unknown",
        "no crown",
        "crown above the picture",
        "ear beside the picture",
        "crown at the feet",
        "no hip",
        "head at the knees",
        "one point",
    ],
)
def test_an_uncertain_head_gives_no_picture(change):
    body, crown = spoiled(change)

    assert find_head(body, crown, SIZE) is None
    assert hide_all_but_body(noise()[0], body, crown) is None


def test_the_head_is_found_where_it_is():
    body = standing_body()

    head = find_head(body, crown_of(body), SIZE)

    assert head is not None
    crown_y, chin_y = 0.2 * 960, (0.2 + 0.6 * 0.18) * 960
    assert head.y - head.radius < crown_y
    assert head.y + head.radius > chin_y


def test_a_film_of_one_child_gives_pictures():
    body = standing_body()

    pictures = review_pictures(
        frames_of_noise(), ScriptedEstimator(body, mirrored(body), None, body), shows_marker=False
    )

    assert [picture.time_s for picture in pictures] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize(
    "found",
    [
        (None, None),
        (standing_body(), None),
        (standing_body(), standing_body(x=0.8)),
        (standing_body(), mirrored(standing_body()), standing_body(x=0.5, top=0.4), None),
        (standing_body(), mirrored(standing_body()), standing_body(x=0.25, top=0.05, height=2.4), None),
        (standing_body(), mirrored(standing_body()), None, standing_body(top=0.55, height=0.4)),
    ],
    ids=[
        "nobody found",
        "not in the mirror",
        "elsewhere in the mirror",
        "a second head before the body",
        "a second head too large for the blocks",
        "a head at the feet of the finished picture: the child was found upside down",
    ],
)
def test_any_doubt_withholds_the_picture(found):
    assert review_pictures(frames_of_noise(), ScriptedEstimator(*found), shows_marker=False) == []


def test_a_second_person_beside_the_child_is_blocks():
    child, other = standing_body(x=0.3), standing_body(x=0.75)
    estimator = ScriptedEstimator(child, mirrored(child), other, other)

    pictures = review_pictures(frames_of_noise(), estimator, shows_marker=False)
    picture = hide_all_but_body(noise()[0], child, crown_of(child))

    assert len(pictures) == 3
    assert picture is not None
    assert hides(picture, other)
    assert not hides(picture, np.full((33, 4), np.nan))
    assert not is_at_hidden_head(picture, other)
