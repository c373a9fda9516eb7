#!/usr/bin/env python3
"""Independent decoder of .ddpm files, written from docs/format.md. Needs Python 3.9 and numpy; shares no code with the library.

    python3 decode_ddpm.py MODEL.safetensors FILE.ddpm OUT.ppm [LAYERS]

Writes a PPM (or, for a grey file, a PGM). The network is plain numpy: about a minute for 500x333 pixels.
"""
import hashlib
import sys

import numpy as np

import read_ddpm as reader

# docs/format.md, "photo-net"


def space_to_depth(y):
    h, w, c = y.shape
    return y.reshape(h // 2, 2, w // 2, 2, c).transpose(0, 2, 4, 1, 3).reshape(h // 2, w // 2, 4 * c)


def depth_to_space(x):
    h, w, c = x.shape
    return x.reshape(h, w, c // 4, 2, 2).transpose(0, 3, 1, 4, 2).reshape(2 * h, 2 * w, c // 4)


class PhotoNet:
    size_multiple = 16

    def __init__(self, data):
        self.tensors = reader.load_tensors(data)
        self.spectra = reader.Spectra(self.tensors)
        self.calibration_sigma = self.tensors["calibration.sigma"].astype(np.float64)
        self.band_shape = self.tensors["calibration.band_shape"].astype(np.float64)

    def linear(self, name, x):
        return self.tensors[name + ".weight"] @ x + self.tensors[name + ".bias"]

    def conv3(self, name, x):
        h, w, _ = x.shape
        weight = self.tensors[name + ".weight"]
        padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
        out = np.broadcast_to(self.tensors[name + ".bias"], (h, w, weight.shape[0])).copy()
        for dy in range(3):
            for dx in range(3):
                out += padded[dy : dy + h, dx : dx + w] @ weight[:, :, dy, dx].T
        return out

    def down(self, name, x):
        weight = self.tensors[name + ".weight"]
        terms = [x[a::2, b::2] @ weight[:, :, a, b].T for a in (0, 1) for b in (0, 1)]
        return sum(terms) + self.tensors[name + ".bias"]

    def up(self, name, x):
        weight = self.tensors[name + ".weight"]
        h, w, _ = x.shape
        out = np.empty((2 * h, 2 * w, weight.shape[1]), np.float32)
        for a in (0, 1):
            for b in (0, 1):
                out[a::2, b::2] = x @ weight[:, :, a, b] + self.tensors[name + ".bias"]
        return out

    def block(self, name, h, e):
        gain, shift = np.split(self.linear(name + ".film", e), 2)
        inner = np.maximum(self.conv3(name + ".conv1", h) * (1 + gain) + shift, 0)
        return h + self.conv3(name + ".conv2", inner)

    def embedding(self, sigma):
        angles = np.log(sigma) / 4 * 0.3 * (8 / 0.3) ** (np.arange(16) / 15)
        e = np.concatenate([np.sin(angles), np.cos(angles)]).astype(np.float32)
        for name in ("embed.0", "embed.1"):
            e = self.linear(name, e)
            e = e / (1 + np.exp(-e))
        return e

    def layers(self, x, e):
        """F and G (height, width, 6) of the scaled image x and the embedding e of its noise level."""
        h = self.conv3("conv_in", space_to_depth(x))
        skips = []
        for i in range(4):
            h = self.block(f"enc.{i}.1", self.block(f"enc.{i}.0", h, e), e)
            if i < 3:
                skips.append(h)
                h = self.down(f"down.{i}", h)
        for i in (2, 1, 0):
            h = self.up(f"up.{i}", h) + skips[i]
            h = self.block(f"dec.{i}.1", self.block(f"dec.{i}.0", h, e), e)
        return depth_to_space(self.conv3("conv_out", np.maximum(h, 0))).astype(np.float64)

    def __call__(self, y, sigma):
        """(mean, log-variance) of an image (height, width, 3)."""
        den = np.sqrt(sigma**2 + 0.25)
        scale = sigma * 0.5 / den
        e = self.embedding(sigma)
        o = self.layers((y / den).astype(np.float32), e)
        return 0.25 / den**2 * y + scale * o[..., :3], 2 * np.log(scale) + o[..., 3:]


# docs/format.md, "Start and pyramid"


def sigma_of(index):
    return 2.0 ** (index / 256)


def noise(key, canvas):
    """Gaussian noise on a canvas (width, height)."""
    w, h = canvas
    index = np.arange(w * h * 3, dtype=np.uint32)
    draws = reader.hash_array(np.full(len(index), key, np.uint32), index) >> np.uint32(16)
    return (reader.Q[draws] / 4096.0).reshape(h, w, 3)


def go_up(y, canvas, sigma, key):
    n = noise(key, canvas)
    w, h = canvas
    m = n.reshape(h // 2, 2, w // 2, 2, 3).mean(axis=(1, 3))
    base = y[: h // 2, : w // 2] - 2 * sigma * m
    return base.repeat(2, axis=0).repeat(2, axis=1) + 2 * sigma * n


# docs/format.md, "Denoising"


def denoise(model, y, sigma):
    """(D, mean of exp(lv) of each block)."""
    h, w, _ = y.shape
    mean, variance = np.empty_like(y), np.empty_like(y)
    for x0, y0, ww, wh in reader.windows((w, h)):
        left, top = max(x0 - 16, 0), max(y0 - 16, 0)
        right, bottom = min(x0 + ww + 16, w), min(y0 + wh + 16, h)
        right += -(right - left) % model.size_multiple
        bottom += -(bottom - top) % model.size_multiple
        rows, columns = reader.mirrored(top, bottom, h), reader.mirrored(left, right, w)
        d, lv = model(y[rows][:, columns], sigma)
        inside = np.s_[y0 - top : y0 - top + wh, x0 - left : x0 - left + ww]
        mean[y0 : y0 + wh, x0 : x0 + ww] = d[inside].clip(-1, 1)
        variance[y0 : y0 + wh, x0 : x0 + ww] = np.exp(lv[inside])
    return mean, variance.reshape(h // 8, 8, w // 8, 8, 3).mean(axis=(1, 3, 4))


# docs/format.md, "Reverse step"

COLOUR = np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]]) / np.sqrt([[3], [2], [6]])
DCT = np.cos(np.pi / 16 * np.outer(np.arange(8), 2 * np.arange(8) + 1)) / 2
DCT[0] = 1 / np.sqrt(8)


def shape_at(model, sigma):
    grid = model.calibration_sigma
    i = min(max(int(np.searchsorted(grid, sigma)), 1), len(grid) - 1)
    low, high = np.log(grid[i - 1]), np.log(grid[i])
    share = min(max((np.log(sigma) - low) / (high - low), 0), 1)
    return (1 - share) * model.band_shape[i - 1] + share * model.band_shape[i]


def basis(pixels):
    """Coefficients (block rows, block columns, 3, 8, 8) of an area (height, width, 3)."""
    h, w, _ = pixels.shape
    blocks = pixels.reshape(h // 8, 8, w // 8, 8, 3)
    return np.einsum("rycxk,uy,vx,jk->rcjuv", blocks, DCT, DCT, COLOUR, optimize=True)


def inverse_basis(coefficients):
    rows, columns = coefficients.shape[:2]
    pixels = np.einsum("rcjuv,uy,vx,jk->rycxk", coefficients, DCT, DCT, COLOUR, optimize=True)
    return pixels.reshape(rows * 8, columns * 8, 3)


def area_of(tile):
    x, top, w, h = tile
    return np.s_[top : top + h, x : x + w]


def blocks_of(block_variance, tile):
    x, top, w, h = tile
    return block_variance[top // 8 : (top + h) // 8, x // 8 : (x + w) // 8]


def variances(block_variance, shape, tile):
    """V of the coefficients of a tile."""
    return blocks_of(block_variance, tile)[..., None, None, None] * shape


def factors(gains):
    """4^e of each class."""
    return 4.0 ** gains.reshape(3, 8, 8)


def trust(variance, gains, sigma):
    """How much of D is in the estimate, for each coefficient of a state that is not fresh."""
    noise = sigma * sigma
    return noise / (noise + np.maximum(factors(gains) - 1, 0) * variance)


def estimate(y, mean, block_variance, shape, sigma, tiles):
    """D' of a state that is not fresh; `tiles`: rectangles with their gains."""
    out = mean.copy()
    for tile, gains in tiles:
        area = area_of(tile)
        share = trust(variances(block_variance, shape, tile), gains, sigma)
        out[area] += inverse_basis((1 - share) * basis(y[area] - mean[area]))
    return out


# docs/format.md, "Passes"

FIRST = 3 / 8


def join(passes, r):
    """c, from the code values of the passes."""
    if len(passes) == 1:
        return passes[0]
    v = (1 - FIRST) * r / (FIRST + (1 - FIRST) * r)
    return np.sqrt(1 - v) * passes[0] + np.sqrt(v) * passes[1]


class Step:
    """A step from D and variances. `tiles`: rectangles with gains, passes (code values as int16, and which are known) and budget."""

    def __init__(self, y, mean, block_variance, shape, sigmas, tiles, fresh):
        self.y, self.tiles, self.fresh = y, tiles, fresh
        self.block_variance, self.shape = block_variance, shape
        self.sigma_t, self.sigma_s = sigmas
        self.k = 1 - (self.sigma_s / self.sigma_t) ** 2
        gains = [(tile, gains) for tile, gains, _, _ in tiles]
        self.aim = mean if fresh else estimate(y, mean, block_variance, shape, self.sigma_t, gains)

    def gaussians(self, tile, gains):
        """(s, r) of a tile."""
        q = self.sigma_s**2 * self.k
        variance = variances(self.block_variance, self.shape, tile)
        share = 1 if self.fresh else trust(variance, gains, self.sigma_t)
        total = q + self.k**2 * variance * factors(gains) * share
        return np.sqrt(total), q / total

    def take(self):
        """Takes the step in place."""
        for tile, gains, passes, _ in self.tiles:
            s, r = self.gaussians(tile, gains)
            c = join([(values / 4096.0).reshape(s.shape) for values, _ in passes], r)
            area = area_of(tile)
            rest = self.y[area] - self.aim[area]
            self.y[area] = self.aim[area] + (1 - self.k) * rest + inverse_basis(s * c)

    # docs/format.md, "Picture of a part of a layer"

    def take_part(self):
        """Takes what is known of the step in place; returns the noise level of the state."""
        logs = []
        for tile, gains, passes, budget in self.tiles:
            s, r = self.gaussians(tile, gains)
            values = [(values / 4096.0).reshape(s.shape) for values, _ in passes]
            known = [known.reshape(s.shape) for _, known in passes]
            c = join(values, r)
            observed, share = np.where(known[-1], c, 0), np.where(known[-1], 1.0, 0)
            if len(passes) == 2:
                first = known[0] & ~known[1]
                g = FIRST + (1 - FIRST) * r
                observed, share = np.where(first, values[0] * np.sqrt(g / FIRST), observed), np.where(first, FIRST, share)
            snr = share * ((self.sigma_t / self.sigma_s) ** 2 - 1)
            area = area_of(tile)
            z = basis(self.y[area] - self.aim[area])
            told = s / self.k * observed
            state = (z + snr * told) / (1 + snr)
            expected = share * (1 - r) / (share * (1 - r) + r) * told
            noise = np.log(self.sigma_t / np.sqrt(1 + snr))
            excess = np.minimum(1, np.exp(noise.mean() - noise))
            self.y[area] += inverse_basis(expected + excess * (state - expected) - z)
            if budget > 0:
                logs.append(noise.ravel())
        return np.exp(np.concatenate(logs).mean())


# docs/format.md, "Picture"


def double_rows(a):
    def at(offset):
        return a[np.clip(np.arange(len(a)) + offset, 0, len(a) - 1)]

    out = np.empty((2 * len(a),) + a.shape[1:])
    out[0::2] = (-9 * at(1) + 111 * a + 29 * at(-1) - 3 * at(-2)) / 128
    out[1::2] = (-9 * at(-1) + 111 * a + 29 * at(1) - 3 * at(2)) / 128
    return out


def picture(mean, level, header):
    for _ in range(level):
        mean = double_rows(double_rows(mean).transpose(1, 0, 2)).transpose(1, 0, 2)
    v = mean[: header["height"], : header["width"]]
    if header["grey"]:
        v = v.mean(axis=2, keepdims=True)
    return np.floor((v + 1) * 127.5 + 0.5).clip(0, 255).astype(np.uint8)


def step_of(model, y, sigma, tiles, canvas, key, fresh):
    """(rectangles with their gains, step) of a layer; `key`: seed, number of the layer, indices at its start and end."""
    seed, layer, start, to = key
    spectrum = model.spectra.at(start)
    passes = [reader.passes(t, seed, layer, i, spectrum) for i, t in enumerate(tiles)]
    mean, block_variance = denoise(model, y, sigma)
    gains = [(tile, t["gains"]) for tile, t in zip(reader.cut_canvas(canvas, 256), tiles)]
    coded = [(*tile, p, t["budget"]) for tile, p, t in zip(gains, passes, tiles)]
    return gains, Step(y, mean, block_variance, shape_at(model, sigma), (sigma, sigma_of(to)), coded, fresh)


def decode(model, data, most=None):
    """The picture (height, width, 1 or 3) after all layers that are there, a part of one included, or after the first `most`."""
    file = reader.File(data)
    header, steps, layers = file.header, file.steps, file.layers[:most]
    part = file.part if most is None else None
    seed, size = header["seed"], (header["width"], header["height"])
    level = steps[0][0]
    canvas = reader.canvas_size(*size, level)
    y = sigma_of(1440) * noise(reader.stream_key(seed, 1, level, 0), canvas)
    sigma, fresh, gains = sigma_of(steps[0][1]), False, []
    for layer, tiles in enumerate(layers):
        level, start, to = steps[layer]
        canvas = reader.canvas_size(*size, level)
        gains, step = step_of(model, y, sigma, tiles, canvas, (seed, layer, start, to), fresh)
        step.take()
        sigma, fresh = sigma_of(to), False
        if layer + 1 < len(steps):
            next_level, start, _ = steps[layer + 1]
            if next_level < level:
                level, fresh = next_level, True
                y = go_up(y, reader.canvas_size(*size, level), sigma, reader.stream_key(seed, 2, level, 0))
            sigma = sigma_of(start)
        elif header["tail"] and (level, to) == (1, -256):
            level, fresh = 0, True
            y, sigma = go_up(y, reader.canvas_size(*size, 0), sigma, reader.stream_key(seed, 2, 0, 0)), 1.0
    if part:
        level, start, to = steps[len(layers)]
        canvas = reader.canvas_size(*size, level)
        gains, step = step_of(model, y, sigma, part, canvas, (seed, len(layers), start, to), fresh)
        sigma = step.take_part()
    mean, block_variance = denoise(model, y, sigma)
    if not fresh:
        mean = estimate(y, mean, block_variance, shape_at(model, sigma), sigma, gains)
    return picture(mean, level, header)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def main(model_path, path, out_path, layers=None):
    weights, data = read(model_path), read(path)
    wanted = reader.read_header(data)["model"]
    if hashlib.sha256(weights).hexdigest()[:16] != wanted:
        sys.exit(f"{path} was made with model {wanted}")
    pixels = decode(PhotoNet(weights), data, None if layers is None else int(layers))
    h, w, channels = pixels.shape
    with open(out_path, "wb") as file:
        file.write(b"%s\n%d %d\n255\n" % (b"P6" if channels == 3 else b"P5", w, h) + pixels.tobytes())


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
