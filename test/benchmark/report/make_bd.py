"""Makes bd.json: Bjoentegaard deltas of seeded curves, computed with scipy's PchipInterpolator and numerical integration.

    python3 test/benchmark/report/make_bd.py > test/benchmark/report/bd.json && npx biome format --write test/benchmark/report/bd.json

`cubic` is the classical form of VCEG-M33 (one cubic polynomial through four points, numpy.polyfit), for the one case whose
points are the sample data that come with its implementations. For smooth curves, both forms give similar results.
"""
import json
import sys

import numpy as np
import scipy
from scipy.integrate import quad
from scipy.interpolate import PchipInterpolator

# Sample data of the Matlab and Python implementations of VCEG-M33 (foreman-like: kbit/s, dB).
SAMPLE = {
    "anchor": [[686.76, 40.28], [309.58, 37.18], [157.11, 34.24], [85.95, 31.42]],
    "test": [[893.34, 40.39], [407.8, 37.21], [204.93, 34.17], [112.75, 31.24]],
}


def mean_difference(xa, ya, xb, yb, fit):
    low, high = max(xa[0], xb[0]), min(xa[-1], xb[-1])
    f, g = fit(xa, ya), fit(xb, yb)
    breaks = [x for x in [*xa, *xb] if low < x < high]
    value = quad(lambda x: g(x) - f(x), low, high, points=sorted(set(breaks)), limit=500, epsabs=1e-12)[0] / (high - low)
    return value, low, high


def deltas(anchor, test, fit):
    a, b = sorted(map(tuple, anchor)), sorted(map(tuple, test))
    ra, qa = np.log10([r for r, _ in a]), np.array([q for _, q in a])
    rb, qb = np.log10([r for r, _ in b]), np.array([q for _, q in b])
    rate, q0, q1 = mean_difference(qa, ra, qb, rb, fit)
    quality, r0, r1 = mean_difference(ra, qa, rb, qb, fit)
    return {
        "rate": {"value": float((10**rate - 1) * 100), "from": float(q0), "to": float(q1)},
        "quality": {"value": float(quality), "from": float(10**r0), "to": float(10**r1)},
    }


def curve(random, points, shift):
    """An increasing, concave curve with some roughness."""
    ends = [random.uniform(0.05, 0.1), random.uniform(3, 4)]
    rates = np.sort([*ends, *random.uniform(0.15, 2.9, points - 2)])
    quality = 30 + 9 * np.log10(rates) + shift + np.cumsum(random.uniform(0, 0.6, points))
    return [[float(r), float(q)] for r, q in zip(rates, quality)]


def main():
    pchip = lambda x, y: PchipInterpolator(x, y)
    cubic = lambda x, y: np.poly1d(np.polyfit(x, y, 3))
    cases = [{"name": "sample data of VCEG-M33", **SAMPLE, "pchip": deltas(**SAMPLE, fit=pchip), "cubic": deltas(**SAMPLE, fit=cubic)}]
    random = np.random.default_rng(7)
    for points, shift in [(2, 0.5), (3, -1.0), (4, 1.5), (8, 0.0), (12, -2.5)]:
        one, other = curve(random, points, 0), curve(random, points + 1, shift)
        cases.append({"name": f"{points} against {points + 1} points", "anchor": one, "test": other, "pchip": deltas(one, other, pchip)})
    made = f"make_bd.py, Python {sys.version.split()[0]}, numpy {np.__version__}, scipy {scipy.__version__}"
    print(json.dumps({"made": made, "cases": cases}))


if __name__ == "__main__":
    main()
