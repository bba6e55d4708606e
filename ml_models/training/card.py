"""What every model trained here says of itself: its sources, what it must not be used for, how it fails."""

from __future__ import annotations

from types import MappingProxyType

CARD = MappingProxyType(
    {
        "trained_on": (
            "Rendered children only: no child behind this model is real, and no figure says how well it does on one.",
            "Bodies of the body model Anny 0.6.2 (CC0 assets), sized after WHO 2006 with wide tails; proportions of "
            "legs, trunk, neck, arms and head drawn independently of stature.",
            "Clothed children of six skin tones, hair, socks, rooms, light, blur, noise and compression; standing from "
            "the front and from the side, lying from above; swaying children, hand-held phones.",
            "Every film was looked at by the pipeline's own pose model; distances, focal lengths, camera heights, "
            "tilts and markers were told with the errors of operators and phones.",
        ),
        "must_not": (
            "Diagnosis, treatment or discharge decisions: it gives a screening estimate, not a diagnosis.",
            "Prevalence, or any count of malnourished children.",
            "Replacing a measurement by hand.",
            "Children past 59 months, adults, and telling who a child is.",
            "Films seen by another pose model than the one that it was trained with.",
        ),
        "failure_modes": (
            "Scale: an error of 1 % of the distance is an error of 1 % of the height. A marker that stands elsewhere "
            "than in the child's plane is noticed only where tape or floor contradict it.",
            "A measured distance alone pulls very short children towards the average.",
            "Weight and MUAC read the outline with its clothes: thick clothes, nappies and blankets make a child "
            "heavier.",
            "Hair, caps and shoes lengthen a body; hair up to 1.5 cm was rendered, caps and shoes were not.",
            "Strong bending, crawling and carried children were not rendered.",
            "Oedema, disability, scoliosis, prostheses and amputation are not represented: values would be wrong "
            "without a warning.",
        ),
    }
)
