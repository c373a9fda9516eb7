"""Makes dithered-vector.json: dithered messages and their decoded values, by a decoder written from
docs/format.md, section "Dithered code".

    python3 test/codec/dithered/dithered_make_vector.py

Needs only Python 3: its floats are binary64, math.sqrt is correctly rounded, and math.erfc is far more accurate than the
margin of the table requires.
"""

import hashlib
import json
import math
import pathlib
import struct

MASK = 2**32 - 1


def hash32(s, i):
    x = (s * 0x9E3779B1 & MASK) ^ (i * 0x85EBCA77 & MASK)
    x ^= x >> 15
    x = x * 0x2C1B3C6D & MASK
    x ^= x >> 13
    return x * 0x297A2D39 & MASK


def stream_key(seed, purpose, a, b):
    def fold(x):
        return x ^ (x >> 16)

    key = hash32(seed, purpose)
    key = hash32(fold(key), a)
    return fold(hash32(fold(key), b))


TAIL = [math.floor(2**40 * math.erfc(j / 64 / math.sqrt(2)) / 2 + 0.5) / 2**40 for j in range(513)]


def tail(x):
    at = x * 64
    if not at < 512:
        return 0.0
    j = math.floor(at)
    return TAIL[j] + (at - j) * (TAIL[j + 1] - TAIL[j])


class Decisions:
    def __init__(self, message):
        self.bytes = iter(message)
        self.range = MASK
        self.offset = 0
        for _ in range(4):
            self.offset = self.offset * 256 + next(self.bytes, 0)
        self.offset = min(self.offset, self.range - 1)

    def decide(self, part, whole):
        p = min(max(math.floor(part / whole * 65536 + 0.5), 1), 65535) if whole > 0 else 32768
        split = self.range * p // 65536
        bit = self.offset < split
        if bit:
            self.range = split
        else:
            self.offset -= split
            self.range -= split
        while self.range < 2**24:
            self.offset = (self.offset * 256 + next(self.bytes, 0)) & MASK
            self.range *= 256
        return bit


class Mixture:
    def __init__(self):
        self.weights = [0.1, 1 - 2 * 0.1, 0.1]
        self.count = 60

    def tails(self, edge, g):
        x = edge * g
        parts = [tail(x / 0.5), tail(x), tail(x / 2)]
        a, b, c = self.weights
        return a * parts[0] + b * parts[1] + c * parts[2], parts

    def learn(self, seen):
        a, b, c = (w * p for w, p in zip(self.weights, seen))
        total = a + b + c
        if not total > 0:
            return
        rate = 1 / self.count
        share = (1 - 3 * 2**-10) / total
        self.weights = [w + rate * (p * share + 2**-10 - w) for w, p in zip(self.weights, (a, b, c))]
        self.count = min(self.count + 1, 1024)

    def integer(self, decisions, d, g):
        up, up_parts = self.tails(0.5 + d, g)
        down, down_parts = self.tails(0.5 - d, g)
        if not decisions.decide(up + down, 1):
            self.learn([1 - u - v for u, v in zip(up_parts, down_parts)])
            return 0
        if decisions.decide(up, up + down):
            return self.magnitude(decisions, d, g, (up, up_parts))
        return -self.magnitude(decisions, -d, g, (down, down_parts))

    def magnitude(self, decisions, d, g, below):
        low = 1
        while True:
            high = 2 * low
            above = self.tails(high - 0.5 + d, g)
            if high > 4095 or not decisions.decide(above[0], below[0]):
                break
            low, below = high, above
        while high - low > 1:
            middle = (low + high) // 2
            between = self.tails(middle - 0.5 + d, g)
            if decisions.decide(between[0] - above[0], below[0] - above[0]):
                low, below = middle, between
            else:
                high, above = middle, between
        self.learn([p - q for p, q in zip(below[1], above[1])])
        return low


def width(score, information, block, i, blocks_wide):
    u, v = i >> 3 & 7, i & 7
    at = 192 * block + i

    def earlier(values):
        near = far = 0.0
        if u > 0:
            near += values[at - 8]
        if v > 0:
            near += values[at - 1]
        if i >= 64:
            near += values[at - 64]
        if i >= 128:
            near += values[at - 128]
        if u > 0 and v > 0:
            far += values[at - 9]
        if u > 1:
            far += values[at - 16]
        if v > 1:
            far += values[at - 2]
        return 2 * near + far

    def smooth(values, other):
        at = 192 * other + i
        total = 2 * values[at]
        if u > 0:
            total += values[at - 8]
        if u < 7:
            total += values[at + 8]
        if v > 0:
            total += values[at - 1]
        if v < 7:
            total += values[at + 1]
        return total

    sums = [earlier(score), earlier(information)]
    for there, other in ((block % blocks_wide > 0, block - 1), (block >= blocks_wide, block - blocks_wide)):
        if there:
            sums[0] += smooth(score, other)
            sums[1] += smooth(information, other)
    e = math.floor(sums[0] / (sums[1] + 8) * 5.771 + 0.5)
    return roots(min(max(e, -9), 12))


def roots(e):
    """2^(e / 8) as a product of square roots, largest first."""
    whole, eighths = divmod(e, 8)
    value = 1.0
    root = 2.0
    for bit in (4, 2, 1):
        root = math.sqrt(root)
        if eighths & bit:
            value *= root
    return value * 2.0**whole


def decode(message, variances, seed, layer, tile, blocks_wide):
    key = stream_key(seed, 9, layer, tile)
    decisions = Decisions(message)
    mixture = Mixture()
    score = [0.0] * len(variances)
    information = [0.0] * len(variances)
    integers = []
    values = []
    for at, r in enumerate(variances):
        w = math.sqrt(12 * r)
        v = max(1 - r, 2**-24)
        d = (hash32(key, at) + 0.5) / 2**32 - 0.5
        t = width(score, information, at // 192, at % 192, blocks_wide)
        k = mixture.integer(decisions, d, w / (math.sqrt(v) * t))
        c = (k + d) * w
        integers.append(k)
        values.append(c)
        score[at] = (min(c * c, 16) - 1) * v
        information[at] = v * v
    return integers, values


def variance(at, kind):
    """r of coefficient `at`, in multiples of 2^-24, so that it is a binary32."""
    band = (at >> 3 & 7) + (at & 7)
    if kind == "high":
        return (1 + band) / 4096
    if kind == "low":
        return 1 - 2.0 ** -(2 + band)
    return [1 / 16, 1 / 2, 15 / 16, 1][(at + band) % 4]


def main():
    vectors = []
    for kind, blocks, blocks_wide, length, key in (
        ("mixed", 6, 3, 200, (0, 0, 0)),
        ("high", 4, 2, 700, (4000000001, 5, 2)),
        ("low", 9, 3, 40, (7, 3, 1)),
    ):
        message = bytes(hash32(length, i) >> 24 for i in range(length))
        variances = [variance(at, kind) for at in range(192 * blocks)]
        seed, layer, tile = key
        integers, values = decode(message, variances, seed, layer, tile, blocks_wide)
        packed = struct.pack(f"<{len(values)}f", *values)
        vectors.append(
            {
                "variances": kind,
                "blocks": blocks,
                "blocksWide": blocks_wide,
                "seed": seed,
                "layer": layer,
                "tile": tile,
                "message": message.hex(),
                "first": integers[:16],
                "largest": max(map(abs, integers)),
                "sha256": hashlib.sha256(packed).hexdigest(),
            }
        )
    path = pathlib.Path(__file__).with_name("dithered-vector.json")
    path.write_text(json.dumps({"maker": "dithered_make_vector.py", "vectors": vectors}, indent=2) + "\n")


main()
