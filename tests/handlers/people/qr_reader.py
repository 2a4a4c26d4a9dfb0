"""A small QR reader, written from the standard (ISO/IEC 18004), as an oracle for our QR codes.

It reads what a camera sees after straightening: a PNG with square modules, versions 1 to 6 (at
most one alignment pattern, no version information), byte mode.
"""

import struct
import zlib
from collections.abc import Callable

BLOCKS = {
    (4, "L"): [80],
    (4, "M"): [32, 32],
    (4, "Q"): [24, 24],
    (4, "H"): [9, 9, 9, 9],
    (5, "L"): [108],
    (5, "M"): [43, 43],
    (5, "Q"): [15, 15, 16, 16],
    (5, "H"): [11, 11, 12, 12],
    (6, "L"): [68, 68],
    (6, "M"): [27, 27, 27, 27],
}
"""Data codewords of each block, by version and error correction level."""

BYTES_PER_PIXEL = 4

_LEVELS = {0b01: "L", 0b00: "M", 0b11: "Q", 0b10: "H"}
_MASKS: tuple[Callable[[int, int], int], ...] = (
    lambda r, c: (r + c) % 2,
    lambda r, _c: r % 2,
    lambda _r, c: c % 3,
    lambda r, c: (r + c) % 3,
    lambda r, c: (r // 2 + c // 3) % 2,
    lambda r, c: r * c % 2 + r * c % 3,
    lambda r, c: (r * c % 2 + r * c % 3) % 2,
    lambda r, c: ((r + c) % 2 + r * c % 3) % 2,
)


def read_qr(png: bytes, *, scale: int, border: int) -> str:
    """Return the text in a picture whose modules are ``scale`` pixels wide."""
    pixels = _pixels(png)
    side = len(pixels) // scale - 2 * border
    middle = scale // 2
    modules = [
        [pixels[(r + border) * scale + middle][(c + border) * scale + middle] for c in range(side)]
        for r in range(side)
    ]
    return _decode_modules(modules)


def _pixels(png: bytes) -> list[list[bool]]:
    """Return which pixels of a PNG are dark; it must be RGBA with eight bits for each."""
    chunks = _chunks(png)
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour) == (8, 6), "RGBA"
    raw, line_bytes = zlib.decompress(chunks[b"IDAT"]), width * BYTES_PER_PIXEL + 1
    rows = []
    above = bytes(width)
    for start in range(0, height * line_bytes, line_bytes):
        red = raw[start + 1 : start + line_bytes : BYTES_PER_PIXEL]  # filters keep channels apart
        above = _unfilter(raw[start], red, above)
        rows.append([value < 128 for value in above])
    return rows


def _chunks(png: bytes) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    place = 8
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        found[kind] = found.get(kind, b"") + png[place + 8 : place + 8 + length]
        place += length + 12
    return found


def _unfilter(kind: int, line: bytes, above: bytes) -> bytes:
    """Undo the filter of one channel of one line (PNG specification, section 9)."""
    if kind == 0:
        return line
    if kind == 2:
        return bytes((value + up) % 256 for value, up in zip(line, above, strict=True))
    result = bytearray()
    left = corner = 0
    for value, up in zip(line, above, strict=True):
        if kind == 4:
            predicted = _paeth(left, up, corner)
        else:
            predicted = left if kind == 1 else (left + up) // 2
        left, corner = (value + predicted) % 256, up
        result.append(left)
    return bytes(result)


def _paeth(left: int, up: int, corner: int) -> int:
    estimate = left + up - corner
    return min((left, up, corner), key=lambda neighbour: abs(estimate - neighbour))


def _decode_modules(modules: list[list[bool]]) -> str:
    side = len(modules)
    version = (side - 17) // 4
    _check_finder_patterns(modules)
    form = 0
    for r, c in [(8, c) for c in (0, 1, 2, 3, 4, 5, 7, 8)] + [
        (r, 8) for r in (7, 5, 4, 3, 2, 1, 0)
    ]:
        form = form << 1 | modules[r][c]
    form ^= 0b101010000010010
    level, mask = _LEVELS[form >> 13], _MASKS[form >> 10 & 7]
    bits = [modules[r][c] ^ (mask(r, c) == 0) for r, c in _data_positions(side)]
    codewords = [
        sum(bit << (7 - place) for place, bit in enumerate(bits[start : start + 8]))
        for start in range(0, len(bits) - 7, 8)
    ]
    return _decode_text(_deinterleave(codewords, BLOCKS[version, level]))


def _check_finder_patterns(modules: list[list[bool]]) -> None:
    """Fail if one of the three patterns by which a camera finds the code is wrong."""
    ring = [True] * 7, [True, *[False] * 5, True]
    for top, left in ((0, 0), (0, len(modules) - 7), (len(modules) - 7, 0)):
        assert modules[top][left : left + 7] == ring[0]
        assert modules[top + 1][left : left + 7] == ring[1]


def _data_positions(side: int) -> list[tuple[int, int]]:
    """Return the positions of the data in order: up and down in columns of two, from the right."""
    found = []
    columns = [c for c in range(side - 1, 0, -2) if c > 6] + [5, 3, 1]
    for number, right in enumerate(columns):
        rows = range(side) if number % 2 else range(side - 1, -1, -1)
        found += [(r, c) for r in rows for c in (right, right - 1) if not _is_function(r, c, side)]
    return found


def _is_function(r: int, c: int, side: int) -> bool:
    in_corner = (r < 9 and c < 9) or (r < 9 and c >= side - 8) or (r >= side - 8 and c < 9)
    on_timing = r == 6 or c == 6
    alignment = side > 21 and abs(r - (side - 7)) <= 2 and abs(c - (side - 7)) <= 2
    return in_corner or on_timing or alignment


def _deinterleave(codewords: list[int], sizes: list[int]) -> list[int]:
    """Return the data codewords of all blocks, which are stored alternately."""
    blocks: list[list[int]] = [[] for _ in sizes]
    remaining = iter(codewords)
    for round_ in range(max(sizes)):
        for block, size in zip(blocks, sizes, strict=True):
            if round_ < size:
                block.append(next(remaining))
    return [word for block in blocks for word in block]


def _decode_text(words: list[int]) -> str:
    bits = "".join(f"{word:08b}" for word in words)
    assert bits[:4] == "0100", "byte mode"
    count = int(bits[4:12], 2)
    return bytes(int(bits[12 + 8 * n : 20 + 8 * n], 2) for n in range(count)).decode()
