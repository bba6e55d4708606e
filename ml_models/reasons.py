"""Every reason with which a scan session can end without an estimate, and what to do about each.

One closed list for the decoder, the quality gate, the pipeline and the pages. Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class ReasonCode(StrEnum):
    """Every reason with which a scan session can end without an estimate."""

    # The film shows something that cannot be measured.
    NO_CHILD = "no_child"
    NOT_A_CHILD = "not_a_child"
    TWO_PEOPLE = "two_people"
    LEFT_FRAME = "left_frame"
    HEAD_CUT_OFF = "head_cut_off"
    FEET_CUT_OFF = "feet_cut_off"
    TOO_FAR = "too_far"
    WRONG_VIEW = "wrong_view"
    TOO_DARK = "too_dark"
    BLURRED = "blurred"
    MARKER_NOT_FOUND = "marker_not_found"
    UNFAMILIAR_BODY = "unfamiliar_body"
    IMPLAUSIBLE_SIZE = "implausible_size"
    # The film was fine, the portal's settings were not.
    POSE_MODEL_DIFFERS = "pose_model_differs"
    # The file is not a film that can be read.
    EMPTY_FILE = "empty_file"
    NOT_A_VIDEO = "not_a_video"
    NO_VIDEO_STREAM = "no_video_stream"
    TRUNCATED = "truncated"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    TOO_LARGE = "too_large"
    TOO_MANY_PIXELS = "too_many_pixels"
    FRAME_RATE = "frame_rate"
    CODEC_NOT_SUPPORTED = "codec_not_supported"
    DECODE_TIMEOUT = "decode_timeout"
    DECODE_FAILED = "decode_failed"
    # The film was fine, the processing was not.
    PROCESSING_FAILED = "processing_failed"
    DEADLINE_EXCEEDED = "deadline_exceeded"
    WORKER_LOST = "worker_lost"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    NO_USABLE_ESTIMATE = "no_usable_estimate"


ADVICE: Mapping[ReasonCode, str] = MappingProxyType(
    {
        ReasonCode.NO_CHILD: "Film again with the whole child in the picture, from head to feet.",
        ReasonCode.NOT_A_CHILD: "Film only the child; the body in the picture has the proportions of an adult.",
        ReasonCode.TWO_PEOPLE: "Film again with only this child in view; others stand behind the camera.",
        ReasonCode.LEFT_FRAME: "Film again and keep the whole child in the picture until the film ends.",
        ReasonCode.HEAD_CUT_OFF: "Film again with some space above the head.",
        ReasonCode.FEET_CUT_OFF: "Film again with both feet and some floor in the picture.",
        ReasonCode.TOO_FAR: "Go nearer, until the child fills about half of the picture, and film again.",
        ReasonCode.WRONG_VIEW: (
            "Film again from the side that was asked for: from straight in front or beside for a standing child, "
            "from directly above for a lying one."
        ),
        ReasonCode.TOO_DARK: "Switch on a light or go nearer to a window, and film again.",
        ReasonCode.BLURRED: "Clean the lens, tap on the child to focus, hold the phone still and film again.",
        ReasonCode.MARKER_NOT_FOUND: "Lay the printed marker flat and wholly in view beside the child, and film again.",
        ReasonCode.UNFAMILIAR_BODY: (
            "Measure by hand today: the body in the film is unlike any that the model has learnt from. "
            "A film of the straight, uncovered standing or lying child may do better."
        ),
        ReasonCode.IMPLAUSIBLE_SIZE: (
            "Measure by hand today: the size found cannot be that of a child of this age. "
            "Check the date of birth, the distance and the marker that were told."
        ),
        ReasonCode.POSE_MODEL_DIFFERS: (
            "Measure by hand today; the portal's pose model is not the one that the estimate was trained with. "
            "Tell the administrator."
        ),
        ReasonCode.EMPTY_FILE: "Send the film again; if it does not play on the phone, record a new one.",
        ReasonCode.NOT_A_VIDEO: "Choose the film that the phone's camera recorded (MP4, MOV or WebM).",
        ReasonCode.NO_VIDEO_STREAM: "Choose a film with a picture, not a sound recording.",
        ReasonCode.TRUNCATED: "Send the film again; if it does not play to its end on the phone, record a new one.",
        ReasonCode.TOO_SHORT: "Record at least 3 seconds.",
        ReasonCode.TOO_LONG: "Record a shorter film; 5 to 10 seconds are enough.",
        ReasonCode.TOO_LARGE: "Record a shorter film, or choose 1080p in the camera's settings.",
        ReasonCode.TOO_MANY_PIXELS: "Choose 1080p in the camera's settings and record again.",
        ReasonCode.FRAME_RATE: "Record with the camera's ordinary video mode, not slow motion or time lapse.",
        ReasonCode.CODEC_NOT_SUPPORTED: "Choose H.264 or HEVC in the camera's settings and record again.",
        ReasonCode.DECODE_TIMEOUT: "Record a shorter film at 1080p and send it.",
        ReasonCode.DECODE_FAILED: "Send the film again; if this repeats, record a new one.",
        ReasonCode.PROCESSING_FAILED: "Measure by hand today; the film is kept and support can look into it.",
        ReasonCode.DEADLINE_EXCEEDED: "Measure by hand today, or record a shorter film and send it.",
        ReasonCode.WORKER_LOST: "Measure by hand today; the film is kept and can be processed again.",
        ReasonCode.CONSENT_WITHDRAWN: "Measure by hand; no film is processed without consent.",
        ReasonCode.NO_USABLE_ESTIMATE: "Measure by hand today; a film with the printed marker in view may do better.",
    }
)
