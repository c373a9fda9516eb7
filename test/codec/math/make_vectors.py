"""Makes vectors.json: expected values of the shared Gaussian source, computed with independent software.

Quantiles are computed with mpmath at 40 digits, integers with Python's unlimited integers.
Run: python3 make_vectors.py > vectors.json
"""

import hashlib
import json
import platform
import struct

import mpmath
from mpmath import mp, mpf

mp.dps = 40
MASK = 0xFFFFFFFF


def quantile(p):
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


def hash32(s, i):
    x = (s * 0x9E3779B1 ^ i * 0x85EBCA77) & MASK
    x ^= x >> 15
    x = x * 0x2C1B3C6D & MASK
    x ^= x >> 13
    return x * 0x297A2D39 & MASK


def fold(h):
    return h ^ (h >> 16)


def stream_key(seed, stream, a, b):
    return fold(hash32(fold(hash32(fold(hash32(seed, stream)), a)), b))


def table():
    upper = [int(mp.nint(quantile((mpf(j) + mpf(1) / 2) / 65536) * 4096)) for j in range(32768, 65536)]
    return [-v for v in reversed(upper)] + upper


def information():
    """4096 * 1/2 log2(1 + 2^(j / 16 - 64)) to the nearest integer; the first 824 are 0."""
    octaves = [mpf(j) / 16 - 64 for j in range(2049)]
    return [int(mp.nint(2048 * mp.log(1 + mpf(2) ** x, 2))) for x in octaves]


def main():
    values = table()
    # Doubles, so that both programs use exactly the same p.
    ps = [1e-9, 1e-6, 0.5 / 65536, 0.001, 0.01, 0.025, 0.05, 0.074, 0.076, 0.1, 0.25, 0.4, 0.499, 0.5]
    ps += [0.5001, 0.6, 0.75, 0.9, 0.924, 0.926, 0.95, 0.975, 0.99, 0.995, 0.999, 0.9999, 65535.5 / 65536]
    words = [0, 1, 2, 3, 0x7FFFFFFF, 0x80000000, 0xDEADBEEF, 0xFFFFFFFF]
    seeds = [0, 1, 9, 0xFFFFFFFF]
    print(
        json.dumps(
            {
                "maker": f"make_vectors.py, Python {platform.python_version()}, mpmath {mpmath.__version__}",
                "quantiles": [[p, float(quantile(mpf(p)))] for p in ps],
                "tableSha256": hashlib.sha256(struct.pack("<65536h", *values)).hexdigest(),
                "tableVariance": float(mpf(sum(v * v for v in values)) / 65536 / 4096**2),
                "hash": [[s, i, hash32(s, i)] for s in words for i in words],
                "streamKey": [[s, t, a, b, stream_key(s, t, a, b)] for s in seeds for t in range(1, 8) for a, b in ((0, 0), (3, 1), (1000, 70000))],
                "information": information()[824:],
            }
        )
    )


main()
