"""A small QR reader, written from the standard (ISO/IEC 18004), as an oracle for our pictures.

It reads what a camera would see after straightening: a PNG with square modules, versions 1 to 6
(one alignment pattern at most, no version information), byte mode.
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
"""Data codewords of each block, by version and level of correction."""

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


def read(png: bytes, *, scale: int, border: int) -> str:
    """Return the words in a picture whose modules are ``scale`` pixels wide."""
    pixels = _pixels(png)
    side = len(pixels) // scale - 2 * border
    middle = scale // 2
    modules = [
        [pixels[(r + border) * scale + middle][(c + border) * scale + middle] for c in range(side)]
        for r in range(side)
    ]
    return _words(modules)


def _pixels(png: bytes) -> list[list[bool]]:
    """Return which pixels are dark, of a PNG with one bit a pixel or an indexed one."""
    place, data, palette, header = 8, b"", b"", b""
    while place < len(png):
        length, kind = struct.unpack(">I4s", png[place : place + 8])
        chunk = png[place + 8 : place + 8 + length]
        place += length + 12
        data += chunk if kind == b"IDAT" else b""
        palette = chunk if kind == b"PLTE" else palette
        header = chunk if kind == b"IHDR" else header
    width, height, depth, colour = struct.unpack(">IIBB", header[:10])
    assert depth == 1, "one bit a pixel"
    raw, row_bytes = zlib.decompress(data), (width + 7) // 8
    dark_bit = 0 if colour == 0 or palette[:3] == b"\0\0\0" else 1
    rows = []
    above = bytes(row_bytes)
    for number in range(height):
        line = raw[number * (row_bytes + 1) : (number + 1) * (row_bytes + 1)]
        assert line[0] in {0, 2}, "as it is, or as what differs from the line above"
        if line[0] == 2:
            line = bytes([0, *((one + up) % 256 for one, up in zip(line[1:], above, strict=True))])
        above = line[1:]
        bits = [above[x // 8] >> (7 - x % 8) & 1 for x in range(width)]
        rows.append([bit == dark_bit for bit in bits])
    return rows


def _words(modules: list[list[bool]]) -> str:
    side = len(modules)
    version = (side - 17) // 4
    _finders(modules)
    form = 0
    for r, c in [(8, c) for c in (0, 1, 2, 3, 4, 5, 7, 8)] + [
        (r, 8) for r in (7, 5, 4, 3, 2, 1, 0)
    ]:
        form = form << 1 | modules[r][c]
    form ^= 0b101010000010010
    level, mask = _LEVELS[form >> 13], _MASKS[form >> 10 & 7]
    bits = [modules[r][c] ^ (mask(r, c) == 0) for r, c in _path(side)]
    codewords = [
        sum(bit << (7 - place) for place, bit in enumerate(bits[start : start + 8]))
        for start in range(0, len(bits) - 7, 8)
    ]
    return _bytes(_in_order(codewords, BLOCKS[version, level]))


def _finders(modules: list[list[bool]]) -> None:
    """Fail where one of the three corners by which a camera finds the code is not as it must be."""
    ring = [True] * 7, [True, *[False] * 5, True]
    for top, left in ((0, 0), (0, len(modules) - 7), (len(modules) - 7, 0)):
        assert modules[top][left : left + 7] == ring[0]
        assert modules[top + 1][left : left + 7] == ring[1]


def _path(side: int) -> list[tuple[int, int]]:
    """Return the places of the data, in order: up and down in columns of two, from the right."""
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


def _in_order(codewords: list[int], sizes: list[int]) -> list[int]:
    """Return the data codewords, which blocks have been dealt out like cards."""
    blocks: list[list[int]] = [[] for _ in sizes]
    dealt = iter(codewords)
    for round_ in range(max(sizes)):
        for block, size in zip(blocks, sizes, strict=True):
            if round_ < size:
                block.append(next(dealt))
    return [word for block in blocks for word in block]


def _bytes(words: list[int]) -> str:
    bits = "".join(f"{word:08b}" for word in words)
    assert bits[:4] == "0100", "byte mode"
    count = int(bits[4:12], 2)
    return bytes(int(bits[12 + 8 * n : 20 + 8 * n], 2) for n in range(count)).decode()
