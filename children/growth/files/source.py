"""From the bytes of a file to its lines: encodings, line ends, and files that are no text at all.

Reads once, from front to back, and holds one piece at a time; works on pipes, too. What a line means is decided in
`records.py`.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from children.growth.files.refusal import FileRefused

OnBytes = Callable[[int], None]

# About 10,000 lines of a survey: long enough for NumPy, short enough for memory (some 20 MB with all cells).
PIECE_CHARS = 1 << 19

# A text without a line end would have to be held whole; no table has lines of this length.
LONGEST_LINE_CHARS = 1 << 20

# \r\n, \n or a lone \r (old Macintosh) end a line; nothing else does, unlike in str.splitlines.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NO_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive. Save it as CSV (UTF-8) and try again"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook. Save it as CSV (UTF-8) and try again"),
    (b"\x1f\x8b", "compressed. Unpack it and try again"),
    (b"%PDF", "a PDF. Export the table as CSV and try again"),
)
_LONGEST_MARK_BYTES = 4
_FALLBACK_NAME = "children.growth.files.windows_1252"


class TextSource:
    """The lines of one open file. has_bom: it began with a byte order mark. encoding: utf-8 or utf-16."""

    def __init__(self, binary: io.BufferedReader[_CountedFile]) -> None:
        """Look at the first bytes of `binary`. Raises FileRefused for what is known to be no text."""
        head = binary.peek(_LONGEST_MARK_BYTES)[:_LONGEST_MARK_BYTES]
        for mark, what in _NO_TEXT:
            if head.startswith(mark):
                raise FileRefused("binary_file", f"The file is {what}.")
        self.has_bom = False
        self.encoding = "utf-8"
        for mark, encoding in _BYTE_ORDER_MARKS:
            if head.startswith(mark):
                self.has_bom, self.encoding = True, encoding
        codec = "utf-8-sig" if self.has_bom and self.encoding == "utf-8" else self.encoding
        errors = "replace" if self.encoding == "utf-16" else _FALLBACK_NAME
        self._text = io.TextIOWrapper(binary, encoding=codec, errors=errors, newline="")

    def pieces(self, piece_chars: int = PIECE_CHARS) -> Iterator[list[str]]:
        """Yield the lines with their line ends, some at a time. Raises FileRefused("line_too_long")."""
        rest = ""
        while text := self._text.read(piece_chars):
            lines = _LINE.findall(rest + text)
            # The last line may go on; a \r at the end may be half of \r\n.
            rest = "" if lines[-1].endswith("\n") else lines.pop()
            if len(rest) > LONGEST_LINE_CHARS:
                raise FileRefused(
                    "line_too_long",
                    f"A line is longer than {LONGEST_LINE_CHARS:,} characters: this is no table with a row per line.",
                )
            if lines:
                yield lines
        if rest:
            yield [rest]


@contextmanager
def open_source(path: Path, on_bytes: OnBytes | None = None) -> Iterator[TextSource]:
    """Open a file of text; `on_bytes` hears how many bytes were read each time.

    Raises FileRefused with file_missing, file_unreadable or binary_file.
    """
    try:
        file = _CountedFile(path, on_bytes)
    except FileNotFoundError as error:
        raise FileRefused("file_missing", f"There is no file {path}.") from error
    except OSError as error:
        raise _unreadable(path, error) from error
    with io.BufferedReader(file) as binary:
        yield TextSource(binary)


class _CountedFile(io.FileIO):
    """A file that tells how many bytes were read."""

    def __init__(self, path: Path, on_bytes: OnBytes | None) -> None:
        super().__init__(path)
        self._path = path
        self._on_bytes = on_bytes

    def readinto(self, buffer: bytearray | memoryview) -> int | None:  # type: ignore[override]
        try:
            count = super().readinto(buffer)
        except OSError as error:
            raise _unreadable(self._path, error) from error
        if self._on_bytes is not None and count:
            self._on_bytes(count)
        return count


def _unreadable(path: Path, error: OSError) -> FileRefused:
    return FileRefused("file_unreadable", f"{path} cannot be read: {error.strerror}.")


def _read_as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    """Return the characters that Windows-1252, or else Latin-1, gives to bytes that are not UTF-8."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    try:
        return wrong.decode("cp1252"), error.end
    except UnicodeDecodeError:  # five bytes have no character in Windows-1252
        return wrong.decode("latin-1"), error.end


codecs.register_error(_FALLBACK_NAME, _read_as_windows_1252)
