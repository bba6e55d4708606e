"""Meshes and things around a simulated child; the marker is exact where it is drawn."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ml_models.synthetic.meshes import Mesh, box, ellipsoid, join, marker_board, placed
from ml_models.synthetic.scene import MARGIN_CM, dog, lying_marker, standing_marker, standing_surroundings

RIGHT, UP = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])
DICTIONARY = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)


def paint(mesh: Mesh, pixels_per_cm: float, size_px: int) -> np.ndarray:
    """The mesh's quads seen straight from the front, grey, without any smoothing."""
    picture = np.full((size_px, size_px), 128, dtype=np.uint8)
    for quad, colour in zip(mesh.vertices.reshape(-1, 4, 3), mesh.colours[::4], strict=True):
        flat = quad[:, [0, 2]] * np.array([1, -1]) * pixels_per_cm + size_px / 2
        cv2.fillConvexPoly(picture, np.round(flat).astype(np.int32), int(255 * colour[0]))
    return picture


@pytest.mark.parametrize("marker_id", [0, 7, 49])
def test_the_board_shows_its_marker_the_right_way_round(marker_id: int) -> None:
    board = marker_board(marker_id, 16.0, MARGIN_CM, centre=np.zeros(3), right=RIGHT, up=UP)

    corners, ids, _ = cv2.aruco.ArucoDetector(DICTIONARY).detectMarkers(paint(board, 12.0, 320))

    assert ids.ravel().tolist() == [marker_id]
    top_left = np.array([160 - 8 * 12, 160 - 8 * 12])
    assert np.abs(np.asarray(corners)[0, 0, 0] - top_left).max() < 2


def test_the_boards_cells_cover_it_once() -> None:
    board = marker_board(3, 16.0, MARGIN_CM, centre=np.zeros(3), right=RIGHT, up=UP)

    assert area(board) == pytest.approx((16.0 + 2 * MARGIN_CM) ** 2)


def test_normals_point_outwards() -> None:
    for mesh in (box((-1, -2, -3), (1, 2, 3), (0.5, 0.5, 0.5)), ellipsoid((0, 0, 0), (3, 2, 1), (0.5, 0.5, 0.5))):
        assert (np.einsum("vk,vk->v", mesh.vertices, mesh.normals) > 0).all()


def test_the_surface_of_a_round_thing_is_that_of_a_sphere() -> None:
    assert area(ellipsoid((1, 2, 3), (5, 5, 5), (0, 0, 0), rings=40)) == pytest.approx(4 * np.pi * 25, rel=0.01)


def test_joined_meshes_keep_their_own_corners() -> None:
    one, other = box((0, 0, 0), (1, 1, 1), (0, 0, 0)), box((5, 5, 5), (7, 7, 7), (1, 1, 1))

    assert area(join([one, other])) == pytest.approx(area(one) + area(other))


def test_a_turned_thing_keeps_its_size() -> None:
    turn = cv2.Rodrigues(np.array([0.3, -0.8, 0.2]))[0]

    assert area(placed(dog(50.0, np.random.default_rng(0)), turn, (1, 2, 3))) == pytest.approx(
        area(dog(50.0, np.random.default_rng(0)))
    )


@pytest.mark.parametrize("place", [standing_marker, lying_marker])
def test_a_placed_markers_middle_is_where_it_was_asked(place) -> None:
    centre = np.array([40.0, 2.5, 30.0])

    marker = place(5, 16.0, centre, 12.0, np.random.default_rng(1))

    np.testing.assert_allclose(marker.corners.mean(axis=0), centre, atol=1e-9)
    sides = np.linalg.norm(marker.corners - np.roll(marker.corners, 1, axis=0), axis=1)
    np.testing.assert_allclose(sides, 16.0 + 2 * MARGIN_CM)


def test_surroundings_stay_away_from_child_and_marker() -> None:
    for seed in range(30):
        things = standing_surroundings(60.0, 0.0, (-30.0, 50.0), np.random.default_rng(seed))
        in_the_way = (things.vertices[:, 1] < 30) & (things.vertices[:, 0] > -30) & (things.vertices[:, 0] < 50)
        assert not in_the_way.any()


def area(mesh: Mesh) -> float:
    first, second, third = (mesh.vertices[mesh.faces[:, corner]] for corner in range(3))
    return float(np.linalg.norm(np.cross(second - first, third - first), axis=1).sum() / 2)
