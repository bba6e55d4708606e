"""Which pictures are looked at, and how little is decoded for them."""

from __future__ import annotations

import pytest

from ml_models.sampling import Packet, choose_frames, plan_groups


def film(*, pictures: int, keyframe_every: int) -> list[Packet]:
    return [Packet(pts=index * 10, is_keyframe=index % keyframe_every == 0) for index in range(pictures)]


def test_one_frame_comes_from_each_equal_part_of_the_film():
    packets = film(pictures=300, keyframe_every=300)

    chosen = choose_frames(packets, 12)

    assert [pts // 250 for pts in chosen] == list(range(12))


def test_a_keyframe_is_preferred_because_it_costs_one_picture():
    packets = film(pictures=300, keyframe_every=30)

    chosen = choose_frames(packets, 10)

    assert chosen == [index * 300 for index in range(10)]


def test_a_film_with_fewer_pictures_than_wanted_gives_each_once():
    packets = film(pictures=5, keyframe_every=5)

    assert choose_frames(packets, 12) == [0, 10, 20, 30, 40]


def test_a_gap_in_the_film_gives_no_frame():
    packets = [packet for packet in film(pictures=120, keyframe_every=120) if not 500 <= packet.pts < 700]

    assert len(choose_frames(packets, 12)) == 10


def test_only_groups_with_a_wanted_picture_are_decoded():
    packets = film(pictures=90, keyframe_every=30)

    groups = plan_groups(packets, [0, 650, 700])

    assert [(group.keyframe_pts, sorted(group.wanted)) for group in groups] == [(0, [0]), (600, [650, 700])]


@pytest.mark.parametrize("count", [1, 3, 12])
def test_pictures_shown_out_of_coding_order_are_chosen_by_time(count):
    ordered = film(pictures=60, keyframe_every=60)
    coded = [ordered[0], *[packet for pair in zip(ordered[2::2], ordered[1::2], strict=False) for packet in pair]]

    assert choose_frames(coded, count) == choose_frames(sorted(coded, key=lambda packet: packet.pts), count)
