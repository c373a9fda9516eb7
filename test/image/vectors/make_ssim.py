"""Makes ssim.json: SSIM and MS-SSIM of seeded pictures, computed with scipy after the authors' MATLAB code.

    python3 test/image/vectors/make_ssim.py > test/image/vectors/ssim.json && npx biome format --write test/image/vectors/ssim.json

Independent of src/image/structural-similarity.ts: applies a full two-dimensional 11 x 11 window with scipy.signal.convolve2d,
computes the five moments separately, and downsamples exactly as msssim.m (imfilter with a 2 x 2 mean, 'symmetric' border, then
every other sample). Wang, Bovik, Sheikh & Simoncelli 2004; Wang, Simoncelli & Bovik 2003.

The pictures are computed from formulas in integers, so that the test can make the same ones.
"""
import json
import sys

import numpy as np
import scipy
from scipy.signal import convolve2d

WEIGHTS = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def window():
    x = np.arange(-5, 6)
    w = np.exp(-(x[:, None] ** 2 + x[None, :] ** 2) / (2 * 1.5**2))
    return w / w.sum()


def ssim(a, b):
    """Mean SSIM and mean contrast-structure, as ssim_index_new.m."""
    w = window()
    mean = lambda p: convolve2d(p, w, mode="valid")
    mu1, mu2 = mean(a), mean(b)
    v1, v2, v12 = mean(a * a) - mu1**2, mean(b * b) - mu2**2, mean(a * b) - mu1 * mu2
    cs = (2 * v12 + C2) / (v1 + v2 + C2)
    return ((2 * mu1 * mu2 + C1) / (mu1**2 + mu2**2 + C1) * cs).mean(), cs.mean()


def half(p):
    """imfilter(p, ones(2) / 4, 'symmetric') takes the sample, the next one, the one below; then (1:2:end, 1:2:end)."""
    q = np.pad(p, ((0, 1), (0, 1)), mode="symmetric")
    return ((q[:-1, :-1] + q[1:, :-1] + q[:-1, 1:] + q[1:, 1:]) / 4)[::2, ::2]


def ms_ssim(a, b):
    product = 1.0
    for scale, weight in enumerate(WEIGHTS):
        s, cs = ssim(a, b)
        product *= max(s if scale == 4 else cs, 0) ** weight
        a, b = half(a), half(b)
    return product


def picture(width, height, channels):
    """Stripes, a ramp and a texture; all integer arithmetic."""
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    return (x * 3 + y * 2 + c * 40 + (x * y * (c + 1)) // 7 % 64 + ((x // 9 + y // 5) % 2) * 50) % 256


def damaged(p, kind):
    """A distorted picture, such as a codec might produce."""
    y, x, c = np.meshgrid(*[np.arange(n) for n in p.shape], indexing="ij")
    if kind == "noise":
        return np.clip(p + (x * 7919 + y * 104729 + c * 1299709) % 41 - 20, 0, 255)
    if kind == "brighter":
        return np.clip(p + 25, 0, 255)
    if kind == "coarse":
        return np.clip(p // 32 * 32 + 16, 0, 255)
    if kind == "inverse":
        return 255 - p
    raise ValueError(kind)


def main():
    cases = []
    for width, height, channels in [(32, 32, 3), (11, 40, 1), (193, 178, 3), (256, 192, 1), (176, 311, 3)]:
        for kind in ["noise", "brighter", "coarse", "inverse"]:
            a = picture(width, height, channels).astype(float)
            b = damaged(picture(width, height, channels), kind).astype(float)
            per = lambda f: float(np.mean([f(a[:, :, c], b[:, :, c]) for c in range(channels)]))
            cases.append({
                "width": width, "height": height, "channels": channels, "kind": kind,
                "mse": float(((a - b) ** 2).mean()),
                "psnr": float(10 * np.log10(255**2 / ((a - b) ** 2).mean())),
                "ssim": per(lambda p, q: ssim(p, q)[0]),
                "msSsim": per(ms_ssim) if min(width, height) >= 176 else None,
            })
    made = f"make_ssim.py, Python {sys.version.split()[0]}, numpy {np.__version__}, scipy {scipy.__version__}"
    print(json.dumps({"made": made, "cases": cases}, indent=2))


if __name__ == "__main__":
    main()
