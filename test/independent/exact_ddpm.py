#!/usr/bin/env python3
"""Independent decoder of dithered layers and tails (tail_ddpm.py), written from docs/format.md. Needs Python 3.9 and numpy; shares
no code with the library.

    python3 exact_ddpm.py MODEL.safetensors TAIL-NETWORK.bin [--rows N] FILE...

Prints one JSON object for each file: the SHA-256 of the picture's samples after the last whole layer and, if the file has a tail, that
of the picture after the tail, and whether the checksum of the tail is correct; with --rows of its first N rows, without the checksum. All results are exact to the bit, as required by
docs/format.md, "Exact arithmetic". Supports pictures up to 576x576 pixels, which are one window of the denoiser. A tail takes about
10 ms a pixel.
"""
import hashlib
import json
import math
import sys
import zlib

import numpy as np

import decode_ddpm as drift
import read_ddpm as reader
import tail_ddpm as tail

f32 = np.float32

# docs/format.md, "Elementary functions"


def pow2(index):
    whole = index // 256
    rest, value, root = index - 256 * whole, 1.0, 2.0
    for bit in (128, 64, 32, 16, 8, 4, 2, 1):
        root = math.sqrt(root)
        if rest >= bit:
            value, rest = value * root, rest - bit
    return value * 2.0**whole


INVERSE_FACTORIALS = [1 / math.factorial(i) for i in range(13, -1, -1)]


def exp(x):
    """The exponential of a float or an array."""
    x = np.minimum(np.maximum(x, -700.0), 700.0)
    n = np.floor(x * 1.4426950408889634 + 0.5)
    r = x - n * 0.6931471803691238 - n * 1.9082149292705877e-10
    total = 0.0
    for term in INVERSE_FACTORIALS:
        total = total * r + term
    return total * 2.0**n


def ln(x):
    m, e = math.frexp(x)
    m, e = 2 * m, e - 1
    if m > 1.4142135623730951:
        m, e = m / 2, e + 1
    z = (m - 1) / (m + 1)
    z2 = z * z
    total = 0.0
    for i in range(23, 0, -2):
        total = total * z2 + 1 / i
    return e * 0.6931471803691238 + (2 * z * total + e * 1.9082149292705877e-10)


def ordered_sum(terms):
    """Sum of the terms in their order, starting with the first."""
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


# docs/format.md, "To the bit"

INVERSE = [1.398907162146528, 1.3403141896637998, 1.286432210124115, 1.2367150214269895]
INVERSE += [1.1906977166711752, 1.1479821020556429, 1.1082251448272158, 1.0711297413057381]
INVERSE += [1.036437278977283, 1.0, 0.9492859795739057, 0.8951049428609004]
INVERSE += [0.8476821620351103, 0.8050314851692001, 0.7664671008843108, 0.731428603316328]
LOG = [-0.33569133332882284, -0.2929040563774074, -0.2518726580937369, -0.21245868807117255]
LOG += [-0.17453945183745634, -0.1380057072319758, -0.10275976698545139, -0.06871392447020525]
LOG += [-0.0357891387398228, 0.0, 0.05204517742929496, 0.11081431298787942]
LOG += [0.1652495223695143, 0.21687389031699977, 0.2659635028121397, 0.3127556664073557]


def logf(x):
    bits = int(np.array(x, f32).view(np.uint32))
    if bits == 0x3F800000:
        return f32(0)
    j = bits - 0x3F330000
    i, n = j >> 19 & 15, j >> 23
    z = float(np.array(bits - (n << 23), np.uint32).view(f32))
    r = z * INVERSE[i] - 1
    first, r2 = LOG[i] + n * 0.6931471805599453, r * r
    y = 0.333456765744066 * r - 0.4999997485802103
    y = -0.25089342214237154 * r2 + y
    return f32(y * r2 + (first + r))


def sinf(x):
    if x < 2**-12:
        return f32(x)
    z = x * x
    w, s = z * z, z * x
    r = -0.00019839334836096632 + z * 2.718311493989822e-06
    return f32((x + s * (-0.16666666641626524 + z * 0.008333329385889463)) + s * w * r)


def cosf(x):
    if x < 2**-12:
        return f32(1)
    z = x * x
    w = z * z
    r = -0.001388676377460993 + z * 2.439044879627741e-05
    return f32(((1 + z * -0.499999997251031) + w * 0.04166662332373906) + w * z * r)


def reduced(x):
    return float(f32(math.fmod(math.fmod(float(x), 2 * math.pi) + 2 * math.pi, 2 * math.pi)))


def sine(x):
    if x < math.pi / 4:
        return sinf(x)
    if x < math.pi / 2:
        return f32(math.cos(math.pi / 2 - x))
    return sine(float(f32(math.pi - x))) if x < math.pi else -sine(float(f32(2 * math.pi - x)))


def cosine(x):
    if x < math.pi / 4:
        return cosf(x)
    if x < math.pi / 2:
        return f32(math.sin(math.pi / 2 - x))
    return -cosine(float(f32(math.pi - x))) if x < math.pi else cosine(float(f32(2 * math.pi - x)))


def sigmoid(x):
    z = np.abs(x)
    n = z * f32(-1.4426950216293335) + f32(12583039)
    s = (n.view(np.uint32) << np.uint32(23)).view(f32)
    n = n - f32(12583039)
    t = n * f32(0.693145751953125) + z
    t = n * f32(1.428606765330187e-06) + t
    p = t * f32(-0.008289290592074394) + f32(0.04189782217144966)
    p = p * t - f32(0.16667652130126953)
    p = p * t + f32(0.4999915063381195)
    p = p * t - f32(0.9999997019767761)
    t = t * s
    e = t * p + s
    f = e / (e + f32(1))
    f = np.where(z > f32(87.33654022216797), f32(0), f)
    return np.where(x > 0, f32(1) - f, f)


# 3x3 convolutions: functions of the items along the first axis, for tiles of 4 x 4 and of 2 x 2 outputs.


def for_filter_4(w):
    a, b = 0.625, 1.5
    p, q, r = a * a * b * b, 2 * a * a * (a * a - b * b), 2 * b * b * (b * b - a * a)
    rows = [(1 / s, x / s, x * x / s) for s, x in ((q, a), (q, -a), (r, b), (r, -b))]
    return np.stack([1 / p * w[0]] + [g[0] * w[0] + g[1] * w[1] + g[2] * w[2] for g in rows] + [w[2]])


def for_input_4(d):
    e, o = d[4] - f32(2.25) * d[2], f32(0.625) * (d[3] - f32(2.25) * d[1])
    e2, o2 = d[4] - f32(0.390625) * d[2], f32(1.5) * (d[3] - f32(0.390625) * d[1])
    first = d[4] + f32(0.87890625) * d[0] - f32(2.640625) * d[2]
    last = d[5] + f32(0.87890625) * d[1] - f32(2.640625) * d[3]
    return np.stack([first, e + o, e - o, e2 + o2, e2 - o2, last])


def for_output_4(m):
    e, e2, o, o2 = m[1] + m[2], m[3] + m[4], m[1] - m[2], m[3] - m[4]
    second = f32(0.625) * o + f32(1.5) * o2
    third = f32(0.390625) * e + f32(2.25) * e2
    return np.stack([m[0] + e + e2, second, third, m[5] + f32(0.244140625) * o + f32(3.375) * o2])


def for_filter_2(w):
    half = [0.5 * w[0] + sign * w[1] + 0.5 * w[2] for sign in (0.5, -0.5)]
    return np.stack([-w[0], *half, w[2]])


def for_input_2(d):
    return np.stack([d[2] - d[0], d[2] + d[1], d[2] - d[1], d[3] - d[1]])


def for_output_2(m):
    return np.stack([m[0] + m[1] + m[2], m[1] - m[2] + m[3]])


WINOGRAD = {4: (for_filter_4, for_input_4, for_output_4), 2: (for_filter_2, for_input_2, for_output_2)}


def both_ways(function, x):
    """Applies a function to the columns of an array (rows, columns, ..), then to the rows of the result."""
    return function(function(x).swapaxes(0, 1)).swapaxes(0, 1)


def products(x, weight):
    """For each place, the sum of x (.., inputs) times weight (.., inputs, outputs), input after input."""
    total = f32(0)
    for c in range(x.shape[-1]):
        total = total + x[..., c, None] * weight[..., c, :]
    return total


class ExactPhotoNet(drift.PhotoNet):
    """The layers of PhotoNet, in binary32 and in the format's order of operations."""

    def linear(self, name, x):
        return products(x, self.tensors[name + ".weight"].T) + self.tensors[name + ".bias"]

    def sums(self, name, x):
        """A 3x3 convolution without its bias."""
        h, w, channels = x.shape
        m = 4 if min(h, w) >= 8 else 2
        for_filter, for_input, for_output = WINOGRAD[m]
        weight = self.tensors[name + ".weight"].transpose(2, 3, 1, 0).astype(np.float64)
        down, across = -(-h // m), -(-w // m)
        padded = np.pad(x, ((1, 1 + down * m - h), (1, 1 + across * m - w), (0, 0)))
        cells = range(m + 2)
        d = [[padded[i : i + down * m : m, j : j + across * m : m] for j in cells] for i in cells]
        v = both_ways(for_input, np.stack([np.stack(row) for row in d]))
        u = both_ways(for_filter, weight).astype(f32)[:, :, None, None]
        out = both_ways(for_output, products(v, u))
        return out.transpose(2, 0, 3, 1, 4).reshape(down * m, across * m, -1)[:h, :w]

    def conv3(self, name, x):
        return self.sums(name, x) + self.tensors[name + ".bias"]

    def down(self, name, x):
        weight = self.tensors[name + ".weight"]
        places = np.concatenate([x[dy::2, dx::2] for dy in (0, 1) for dx in (0, 1)], axis=-1)
        return products(places, weight.transpose(2, 3, 1, 0).reshape(-1, len(weight))) + self.tensors[name + ".bias"]

    def up(self, name, x):
        weight = self.tensors[name + ".weight"]
        h, w, _ = x.shape
        out = np.empty((2 * h, 2 * w, weight.shape[1]), f32)
        for a in (0, 1):
            for b in (0, 1):
                out[a::2, b::2] = products(x, weight[:, :, a, b]) + self.tensors[name + ".bias"]
        return out

    def block(self, name, h, e):
        g, b = np.split(self.linear(name + ".film", e), 2)
        gain = g + f32(1)
        shift = self.tensors[name + ".conv1.bias"] * gain + b
        inner = np.maximum(self.sums(name + ".conv1", h) * gain + shift, f32(0))
        return h + self.conv3(name + ".conv2", inner)

    def embedding(self, sigma):
        angle = float(logf(f32(sigma))) / 4
        frequencies = [0.3]
        while len(frequencies) < 16:
            frequencies.append(frequencies[-1] * 1.244699692196835)
        angles = [reduced(f32(angle * frequency)) for frequency in frequencies]
        e = np.array([sine(u) for u in angles] + [cosine(u) for u in angles], f32)
        for name in ("embed.0", "embed.1"):
            e = self.linear(name, e)
            e = e * sigmoid(e)
        return e

    def __call__(self, y, sigma):
        den = math.sqrt(sigma * sigma + 0.25)
        out = sigma * 0.5 / den
        e = self.embedding(sigma)
        o = self.layers((y.astype(np.float64) * (1 / den)).astype(f32), e)
        mean = 0.25 / (den * den) * y.astype(np.float64) + out * o[..., :3]
        return mean.astype(f32), (2 * float(logf(f32(out))) + o[..., 3:]).astype(f32)


# docs/format.md, "States"


def start(canvas, seed, level):
    return (pow2(1440) * drift.noise(reader.stream_key(seed, 1, level, 0), canvas)).astype(f32)


def go_up(y, canvas, sigma, key):
    n, t = drift.noise(key, canvas), 2 * sigma
    h, w, _ = n.shape
    m = (n[0::2, 0::2] + n[0::2, 1::2] + n[1::2, 0::2] + n[1::2, 1::2]) / 4
    base = y[: h // 2, : w // 2].astype(np.float64) - t * m
    return (base.repeat(2, axis=0).repeat(2, axis=1) + t * n).astype(f32)


def denoise(model, y, sigma):
    """(D, blockVariance, lv) for one window, which covers the whole of a small picture."""
    h, w, _ = y.shape
    assert max(h, w) <= 576, "larger than a window"
    rows, columns = reader.mirrored(0, -(-h // 16) * 16, h), reader.mirrored(0, -(-w // 16) * 16, w)
    mean, lv = (answer[:h, :w] for answer in model(y[rows][:, columns], sigma))
    variance = exp(lv.astype(np.float64)).reshape(h // 8, 8, w // 8, 8, 3)
    terms = [variance[:, row, :, column, c] for row in range(8) for column in range(8) for c in range(3)]
    return np.minimum(np.maximum(mean, f32(-1)), f32(1)), ordered_sum(terms) / 192, lv


def shape_at(model, sigma):
    grid = model.calibration_sigma
    i = next((i for i in range(1, len(grid)) if grid[i] >= sigma), len(grid) - 1)
    low = ln(grid[i - 1])
    share = min(max((ln(sigma) - low) / (ln(grid[i]) - low), 0), 1)
    return (1 - share) * model.band_shape[i - 1] + share * model.band_shape[i]


K = [0.3535533905932738, 0.4903926402016152, 0.46193976625564337, 0.4157348061512726, 0, 0.2777851165098011]
K += [0.1913417161825449, 0.09754516100806412]


def forward_dct(x):
    """DCT along the first axis."""
    s, d = [x[i] + x[7 - i] for i in range(4)], [x[i] - x[7 - i] for i in range(4)]
    return np.stack(
        [
            K[0] * (s[0] + s[3] + (s[1] + s[2])),
            K[1] * d[0] + K[3] * d[1] + K[5] * d[2] + K[7] * d[3],
            K[2] * (s[0] - s[3]) + K[6] * (s[1] - s[2]),
            K[3] * d[0] - K[7] * d[1] - K[1] * d[2] - K[5] * d[3],
            K[0] * (s[0] + s[3] - (s[1] + s[2])),
            K[5] * d[0] - K[1] * d[1] + K[7] * d[2] + K[3] * d[3],
            K[6] * (s[0] - s[3]) - K[2] * (s[1] - s[2]),
            K[7] * d[0] - K[5] * d[1] + K[3] * d[2] - K[1] * d[3],
        ]
    )


def inverse_dct(c):
    """Inverse DCT along the first axis."""
    f0, f1 = K[0] * (c[0] + c[4]), K[0] * (c[0] - c[4])
    g0, g1 = K[2] * c[2] + K[6] * c[6], K[6] * c[2] - K[2] * c[6]
    e = [f0 + g0, f1 + g1, f1 - g1, f0 - g0]
    o = [
        K[1] * c[1] + K[3] * c[3] + K[5] * c[5] + K[7] * c[7],
        K[3] * c[1] - K[7] * c[3] - K[1] * c[5] - K[5] * c[7],
        K[5] * c[1] - K[1] * c[3] + K[7] * c[5] + K[3] * c[7],
        K[7] * c[1] - K[5] * c[3] + K[3] * c[5] - K[1] * c[7],
    ]
    return np.stack([e[i] + o[i] for i in range(4)] + [e[i] - o[i] for i in (3, 2, 1, 0)])


COLOURS = [0.5773502691896258, 0.7071067811865475, 0.4082482904638631]


def basis(pixels):
    """Coefficients (block rows, block columns, 3, 8, 8) of an area (height, width, 3)."""
    red, green, blue = np.moveaxis(pixels, -1, 0)
    planes = [(red + green + blue) * COLOURS[0], (red - green) * COLOURS[1], (red + green - 2 * blue) * COLOURS[2]]
    h, w = red.shape
    x = np.stack(planes).reshape(3, h // 8, 8, w // 8, 8).transpose(4, 2, 1, 3, 0)
    return forward_dct(forward_dct(x).transpose(1, 0, 2, 3, 4)).transpose(2, 3, 4, 0, 1)


def inverse_basis(coefficients):
    rows, columns = coefficients.shape[:2]
    x = inverse_dct(inverse_dct(coefficients.transpose(3, 4, 0, 1, 2)).transpose(1, 0, 2, 3, 4))
    planes = x.transpose(4, 2, 1, 3, 0).reshape(3, rows * 8, columns * 8)
    a, b, c = (plane * factor for plane, factor in zip(planes, COLOURS))
    return np.stack([a + b + c, a - b + c, a - 2 * c], axis=-1)


def estimate(y, mean, variance, gains, sigma):
    """D' of a tile of a state that is not fresh."""
    d = mean.astype(np.float64)
    z = basis(y.astype(np.float64) - d)
    return (d + inverse_basis(z * (1 - drift.trust(variance, gains, sigma)))).astype(f32)


def tile_step(y, mean, block_variance, shape, gains, sigmas, fresh, values_of):
    """The new y of a tile; `values_of` gives c of r, both (block rows, block columns, 3, 8, 8)."""
    ratio = sigmas[1] / sigmas[0]
    k = 1 - ratio * ratio
    q = sigmas[1] * sigmas[1] * k
    blocks = block_variance[..., None, None, None]
    share = 1 if fresh else drift.trust(blocks * shape, gains, sigmas[0])
    variance = q + (k * k * blocks) * shape * drift.factors(gains) * share
    s = np.sqrt(variance).astype(f32)
    pixel = inverse_basis(s.astype(np.float64) * values_of((q / variance).astype(f32)).astype(np.float64))
    d = (mean if fresh else estimate(y, mean, blocks * shape, gains, sigmas[0])).astype(np.float64)
    return (d + (1 - k) * (y.astype(np.float64) - d) + pixel).astype(f32)


# docs/format.md, "Range coder"


class Decisions:
    def __init__(self, message):
        self.bytes = iter(message)
        self.range = 2**32 - 1
        self.offset = 0
        for _ in range(4):
            self.offset = self.offset * 256 + next(self.bytes, 0)
        self.offset = min(self.offset, self.range - 1)

    def read(self, p):
        split = self.range * p // 65536
        if self.offset < split:
            bit, self.range = 1, split
        else:
            bit, self.offset, self.range = 0, self.offset - split, self.range - split
        while self.range < 2**24:
            self.offset = (self.offset * 256 + next(self.bytes, 0)) % 2**32
            self.range *= 256
        return bit


# docs/format.md, "Dithered code"

NORMAL_TAIL = [math.floor(2**40 * math.erfc(j / 64 / math.sqrt(2)) / 2 + 0.5) / 2**40 for j in range(513)]


def normal_tail(x):
    if x >= 8:
        return 0.0
    j = math.floor(64 * x)
    return NORMAL_TAIL[j] + (64 * x - j) * (NORMAL_TAIL[j + 1] - NORMAL_TAIL[j])


class Mixture:
    """Decodes the integers of one tile."""

    def __init__(self, message):
        self.decisions = Decisions(message)
        self.weight = [0.1, 1 - 2 * 0.1, 0.1]
        self.count = 60

    def decide(self, part, whole):
        p = min(max(math.floor(part / whole * 65536 + 0.5), 1), 65535) if whole > 0 else 32768
        return self.decisions.read(p)

    def tails(self, edge):
        x = edge * self.g
        parts = [normal_tail(x / 0.5), normal_tail(x), normal_tail(x / 2)]
        return ordered_sum([w * part for w, part in zip(self.weight, parts)]), parts

    def learn(self, probabilities):
        p = [w * probability for w, probability in zip(self.weight, probabilities)]
        total = ordered_sum(p)
        if not total > 0:
            return
        rate, share = 1 / self.count, (1 - 3 * 2**-10) / total
        self.weight = [w + rate * (x * share + 2**-10 - w) for w, x in zip(self.weight, p)]
        self.count = min(self.count + 1, 1024)

    def integer(self, d, g):
        self.g = g
        above, below = self.tails(0.5 + d), self.tails(0.5 - d)
        if not self.decide(above[0] + below[0], 1):
            self.learn([1 - a - b for a, b in zip(above[1], below[1])])
            return 0
        if self.decide(above[0], above[0] + below[0]):
            return self.magnitude(d, above)
        return -self.magnitude(-d, below)

    def magnitude(self, d, below):
        low = 1
        while True:
            high = 2 * low
            above = self.tails(high - 0.5 + d)
            if high > 4095 or not self.decide(above[0], below[0]):
                break
            low, below = high, above
        while high - low > 1:
            middle = (low + high) // 2
            between = self.tails(middle - 0.5 + d)
            if self.decide(between[0] - above[0], below[0] - above[0]):
                low, below = middle, between
            else:
                high, above = middle, between
        self.learn([b - a for b, a in zip(below[1], above[1])])
        return low


def neighbourhood(x, row, column, j, u, v):
    """Sum over the neighbours that are decoded; `x` is (block rows, block columns, 3, 8, 8)."""
    block = x[row, column]

    def at(j, u, v):
        return block[j, u, v] if j >= 0 and u >= 0 and v >= 0 else 0.0

    near = at(j, u - 1, v) + at(j, u, v - 1) + at(j - 1, u, v) + at(j - 2, u, v)
    far = at(j, u - 1, v - 1) + at(j, u - 2, v) + at(j, u, v - 2)
    total = 2 * near + far
    for known, other in ((column > 0, x[row, column - 1]), (row > 0, x[row - 1, column])):
        if known:
            smooth = 2 * other[j, u, v]
            for du, dv in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                if 0 <= u + du < 8 and 0 <= v + dv < 8:
                    smooth = smooth + other[j, u + du, v + dv]
            total = total + smooth
    return total


def dithered_values(message, r, key):
    """The values c of a tile."""
    mixture = Mixture(message)
    score, information = np.zeros(r.shape), np.zeros(r.shape)
    values = np.empty(r.shape, f32)
    for at, place in enumerate(np.ndindex(r.shape)):
        w = math.sqrt(12 * float(r[place]))
        h = max(1 - float(r[place]), 2**-24)
        d = (reader.hash32(key, at) + 0.5) / 2**32 - 0.5
        ratio = neighbourhood(score, *place) / (neighbourhood(information, *place) + 8)
        t = pow2(32 * min(max(math.floor(ratio * 5.771 + 0.5), -9), 12))
        c = (mixture.integer(d, w / (math.sqrt(h) * t)) + d) * w
        values[place] = c
        score[place], information[place] = (min(c * c, 16) - 1) * h, h * h
    return values


# The whole file


def code_values(header, tile, r, spectrum, layer, number):
    """c of a tile, for its r."""
    if header["dithered"]:
        message = np.packbits(tile["codeBits"]).tobytes()
        return dithered_values(message, r, reader.stream_key(header["seed"], 9, layer, number))
    passes = reader.code_values(tile, header["seed"], layer, number, spectrum)
    return drift.join([values.reshape(r.shape) / 4096.0 for values in passes], r.astype(np.float64)).astype(f32)


def decode_layers(model, header, steps, layers):
    """(y, D', lv, level, index) of the state after all layers."""
    seed, size = header["seed"], (header["width"], header["height"])
    level, index = steps[0][:2]
    y = start(reader.canvas_size(*size, level), seed, level)
    fresh, gains = False, []
    for layer, tiles in enumerate(layers):
        level, first, index = steps[layer]
        canvas = reader.canvas_size(*size, level)
        mean, block_variance, _ = denoise(model, y, pow2(first))
        spectrum, shape = model.spectra.at(first), shape_at(model, pow2(first))
        cut = reader.cut_canvas(canvas, 256)
        for number, (place, tile) in enumerate(zip(cut, tiles)):
            area, blocks = drift.area_of(place), drift.blocks_of(block_variance, place)
            values_of = lambda r: code_values(header, tile, r, spectrum, layer, number)
            sigmas = pow2(first), pow2(index)
            y[area] = tile_step(y[area], mean[area], blocks, shape, tile["gains"], sigmas, fresh, values_of)
        gains, fresh = [(place, tile["gains"]) for place, tile in zip(cut, tiles)], False
        if layer + 1 < len(steps):
            next_level, next_index, _ = steps[layer + 1]
            if next_level < level:
                level, fresh = next_level, True
                y = go_up(y, reader.canvas_size(*size, level), pow2(index), reader.stream_key(seed, 2, level, 0))
            index = next_index
        elif header["tail"] and (level, index) == (1, -256):
            y = go_up(y, reader.canvas_size(*size, 0), pow2(index), reader.stream_key(seed, 2, 0, 0))
            level, index, fresh = 0, 0, True
    mean, block_variance, lv = denoise(model, y, pow2(index))
    if not fresh:
        shape = shape_at(model, pow2(index))
        for place, own in gains:
            area, blocks = drift.area_of(place), drift.blocks_of(block_variance, place)
            mean[area] = estimate(y[area], mean[area], blocks[..., None, None, None] * shape, own, pow2(index))
    return y, mean, lv, level, index


def decode_tail(network, data, header, y, mean, lv, index, rows):
    """The samples of the exact pixels of the first rows."""
    width, height, colours = header["width"], header["height"], 1 if header["grey"] else 3
    section = header["tailSection"]
    at = section["start"]
    while data[at] >= 128:
        at += 1
    message = data[at + 5 : section["end"]]
    if len(message) == width * height * colours:
        return np.frombuffer(message, np.uint8)[: rows * width * colours]
    planes = tail.Planes(width, height, y, mean, lv)
    return tail.decode(network, Decisions(message), planes, (width, height, colours), index, rows)


def decode(model, network, data, rows=None):
    """(picture of the layers, samples of the tail or None, checksum of the tail or None)."""
    file = reader.File(data)
    header = file.header
    y, mean, lv, level, index = decode_layers(model, header, file.steps, file.layers)
    shown = drift.picture(mean.astype(np.float64), level, header)
    if "tailSection" not in header:
        return shown, None, None
    exact = decode_tail(network, data, header, y, mean, lv, index, rows or header["height"])
    return shown, exact, header["tailSection"]["checksum"]


def main(model_path, network_path, *paths):
    rows = None
    if paths[0] == "--rows":
        rows, paths = int(paths[1]), paths[2:]
    model = ExactPhotoNet(drift.read(model_path))
    network = tail.TailNetwork(drift.read(network_path))
    for path in paths:
        shown, exact, checksum = decode(model, network, drift.read(path), rows)
        answer = {"file": path, "layers": hashlib.sha256(shown.tobytes()).hexdigest()}
        if exact is not None:
            answer["tail"] = hashlib.sha256(exact.tobytes()).hexdigest()
            if rows is None:
                answer["checksum"] = zlib.crc32(exact.tobytes()) == checksum
        print(json.dumps(answer))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
