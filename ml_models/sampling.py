"""Which pictures of a film to look at, and which of its coded pictures must be decoded for them.

Knows coded pictures by their times only; decodes nothing. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Packet:
    """One coded picture: presentation time in the stream's time base, and whether decoding can start here."""

    pts: int
    is_keyframe: bool


@dataclass(frozen=True)
class Group:
    """A group of pictures to decode from its keyframe: feed packets until all of `wanted` (pts) have been fed."""

    keyframe_pts: int
    wanted: frozenset[int]


def choose_frames(packets: list[Packet], count: int) -> list[int]:
    """Return the pts of one frame from each of `count` equal parts of the film, in order of time.

    In a part with keyframes the one nearest its middle is taken (it costs one picture to decode), else the frame
    nearest its middle. A part without frames gives none.
    """
    ordered = sorted(packets, key=lambda packet: packet.pts)
    first, last = ordered[0].pts, ordered[-1].pts
    width = max(1.0, (last - first + 1) / count)
    best: dict[int, tuple[bool, float, int]] = {}
    for packet in ordered:
        part = min(int((packet.pts - first) / width), count - 1)
        middle = first + (part + 0.5) * width
        rank = (not packet.is_keyframe, abs(packet.pts - middle), packet.pts)
        best[part] = min(best.get(part, rank), rank)
    return [best[part][2] for part in sorted(best)]


def plan_groups(packets: list[Packet], wanted: list[int]) -> list[Group]:
    """Return the groups of pictures that hold the `wanted` pts. `packets` are in decoding order."""
    rest = set(wanted)
    groups: list[Group] = []
    start = packets[0].pts
    held: set[int] = set()
    for packet in packets:
        if packet.is_keyframe:
            if held:
                groups.append(Group(start, frozenset(held)))
            start, held = packet.pts, set()
        if packet.pts in rest:
            rest.discard(packet.pts)
            held.add(packet.pts)
    if held:
        groups.append(Group(start, frozenset(held)))
    return groups
