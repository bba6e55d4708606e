"""How names are compared in a search: folded words, how they sound, and words one letter away. Pure text, no database.

Spellings of one name differ by the ear of the person who wrote it (Mohamed, Muhammad; Aisha, Aicha; Yusuf, Youssouf)
or by a slip of the finger. `near_keys` of two such words have an element in common, which an index can find: the sound
(capitals), the folded word, and the word without each one of its letters (the deletion neighbourhood of W. Garbe's
SymSpell, 2012; it finds a letter left out, added, changed or two swapped).
"""

from __future__ import annotations

import re
import unicodedata

SHORTEST_NEAR_WORD = 4  # letters; of shorter ones nearly every other is one letter away
SHORTEST_SOUND = 2  # consonants
SHORTEST_PHONE = 4  # digits that are taken as part of a phone number
LETTERS_WITHOUT_PARTS = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i"})
SAME_SOUNDS = (
    ("ph", "f"),
    ("sh", "s"),
    ("ch", "s"),
    ("kh", "k"),
    ("gh", "g"),
    ("th", "t"),
    ("dh", "d"),
    ("dj", "j"),
    ("ck", "k"),
    ("ce", "se"),
    ("ci", "si"),
    ("c", "k"),
    ("q", "k"),
    ("x", "ks"),
    ("z", "s"),
    ("w", "v"),
    ("ou", "u"),
)
CODE_TYPED = re.compile(r"\s*([0-9a-z]{4})[\s\-\u2010-\u2015]?([0-9a-z]{4})\s*", re.IGNORECASE)
PHONE_TYPED = re.compile(r"[\d\s+()./\-]+")


def folded(text: str) -> str:
    """Return `text` in small letters without accents, one blank between words; hyphens divide, apostrophes go."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS_WITHOUT_PARTS))
    plain = "".join(c for c in parts if not unicodedata.combining(c) and c not in "'’ʼ`")
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


def sound_of(word: str) -> str:
    """Return the consonants of a folded word as they sound, in capitals; empty where too few are left to tell names."""
    for written, heard in SAME_SOUNDS:
        word = word.replace(written, heard)
    first, rest = word[:1], re.sub(r"[aeiouyh]", "", word[1:])
    sound = re.sub(r"(.)\1+", r"\1", ("a" if first in "aeiouy" else first) + rest).upper()
    return sound if len(sound.removeprefix("A")) >= SHORTEST_SOUND else ""


def near_keys(word: str) -> set[str]:
    """Return what a folded word has in common with words that sound alike or are one letter away."""
    keys = {word}
    if len(word) >= SHORTEST_NEAR_WORD and not word.isdecimal():
        keys |= {word[:at] + word[at + 1 :] for at in range(len(word))}
        keys |= {sound_of(word)} - {""}
    return keys


def typed_code(text: str) -> str:
    """Return the code of a child as it is stored (K7Q2-9XRM), typed with or without hyphen; empty for other text."""
    match = CODE_TYPED.fullmatch(text)
    return f"{match[1]}-{match[2]}".upper() if match else ""


def typed_phone(text: str) -> str:
    """Return the digits of a phone number without the leading zeros or +, empty for text that is none."""
    digits = "".join(c for c in text if c in "0123456789") if PHONE_TYPED.fullmatch(text) else ""
    return digits.lstrip("0") if len(digits) >= SHORTEST_PHONE else ""
