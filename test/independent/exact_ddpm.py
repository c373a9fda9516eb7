#!/usr/bin/env python3
"""Independent decoder of dithered layers and tails, written from docs/format.md. Needs Python 3.9 and numpy; shares no code
with the library.

    python3 exact_ddpm.py MODEL.safetensors TAIL-NETWORK.bin FILE...

Prints one JSON object for each file: the SHA-256 of the picture's samples after the last whole layer and, if the file has a tail, that
of the picture after the tail, and whether the checksum of the tail is correct. All results are exact to the bit, as required by
docs/format.md, "Exact arithmetic". Supports pictures up to 576x576 pixels, which are one window of the denoiser. 72x80 pixels
with a tail take 5 seconds.
"""
import hashlib
import json
import math
import sys
import zlib

import numpy as np

import decode_ddpm as drift
import read_ddpm as reader

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


# docs/format.md, "Tail"

FALL = [float(1 / (1 + exp(i / 32))) for i in range(1024)] + [0.0, 0.0]
STRETCH = [ln(p) - ln(1 - p) for p in (min(max(i / 4096, 1 / 8192), 8191 / 8192) for i in range(4097))]
assert hashlib.sha256(np.array(FALL, "<f8").tobytes()).hexdigest()[:8] == "3960a482", "FALL"
assert hashlib.sha256(np.array(STRETCH, "<f8").tobytes()).hexdigest()[:8] == "050d1a02", "STRETCH"


def squeeze(v):
    return v / math.sqrt(1 + v * v * 0.015625)


def fall(z):
    if z >= 32:
        return 0.0
    i = math.floor(z * 32)
    return FALL[i] + (z * 32 - i) * (FALL[i + 1] - FALL[i])


def squash(z):
    return 1 - fall(z) if z >= 0 else fall(-z)


def integer(p):
    return min(max(math.floor(p * 65536 + 0.5), 8), 65528)


def stretch(q):
    i = q >> 4
    return STRETCH[i] + (q & 15) * 0.0625 * (STRETCH[i + 1] - STRETCH[i])


# docs/format.md, "Tail features"

CODED = ((-1, 0), (0, -1), (-1, -1), (1, -1), (-2, 0), (0, -2), (-2, -1), (2, -1), (-1, -2), (1, -2))
AROUND = ((-1, 0), (0, -1), (-1, -1), (1, -1), (1, 0), (0, 1), (1, 1), (-1, 1))
NOISY = ((0, 0), (1, 0), (0, 1), (-1, 1), (1, 1))
SPREAD = ((-1, 0), (0, -1), (1, 0), (0, 1))


class Surroundings:
    """Planes with a border of 2 pixels, which repeats the nearest pixel."""

    def __init__(self, width, height, y, mean, lv, index):
        rows, columns = np.arange(-2, height + 2).clip(0, height - 1), np.arange(-2, width + 2).clip(0, width - 1)
        self.mean = mean[rows][:, columns]
        self.noise = y[rows][:, columns] - self.mean
        self.lv = lv[rows][:, columns].clip(-20, 4)
        self.residual = np.zeros_like(self.mean)
        self.error = np.zeros_like(self.mean)
        self.log_sigma = index / 256 * 0.6931471805599453

    def grey(self, row, column, c):
        return (float(self.mean[row, column, c]) + float(self.residual[row, column, c]) + 1) * 127.5

    def mean_lv(self, row, column):
        r, g, b = self.lv[row, column].tolist()
        return (r + g + b) / 3

    def features(self, row, column):
        """(features, t)."""
        m = self.mean_lv(row, column)
        t = float(exp(m / 2))
        u = 1 / t
        own = self.mean[row, column].tolist()
        out = []
        for x, y in CODED:
            out += [squeeze(value * u) for value in self.residual[row + y, column + x].tolist()]
        for x, y in AROUND:
            out += [squeeze((value - d) * u) for value, d in zip(self.mean[row + y, column + x].tolist(), own)]
        for x, y in NOISY:
            out += [squeeze(value * u) for value in self.noise[row + y, column + x].tolist()]
        out += own
        out += [value - m for value in self.lv[row, column].tolist()]
        out += [self.mean_lv(row + y, column + x) - m for x, y in SPREAD]
        return out + [(m + 8) / 4, self.log_sigma - m / 2], t

    def tell(self, row, column, c, g):
        self.residual[row, column, c] = g / 127.5 - 1 - float(self.mean[row, column, c])


# docs/format.md, "Tail network"


def quantise(v):
    return math.floor(min(max(v, -16), 15.999) * 1024 + 0.5)


def activate(s):
    return (s >> np.int32(12)).clip(0, 32767)


# SHA-256 of the weights file.
TAIL_WEIGHTS = "90aa00e410591559463a2ef72bf4425f4063807cb6d7ab872ec5efb5077ecbea"


class TailNetwork:
    """The tail network in integers; sums wrap like those of int32 arrays."""

    def __init__(self, data):
        assert hashlib.sha256(data).hexdigest() == TAIL_WEIGHTS, "weights of the tail"

        def words(at, *shape):
            return np.frombuffer(data, "<i2", math.prod(shape), at).reshape(shape).astype(np.int32)

        def longs(at, count):
            return np.frombuffer(data, "<i4", count, at)

        self.w1, self.bias1 = words(0, 67, 88), longs(23168, 67)
        starts = [11792, 15584, 19376]
        self.u = [words(at, 2, 72) for at in starts]
        self.w2 = [words(at + 288, 24, 64) for at in starts]
        self.w3 = [words(at + 3360, 9, 24) for at in starts]
        self.bias2 = [longs(at, 24) for at in (23436, 23568, 23700)]
        self.bias3 = [longs(at, 9) for at in (23532, 23664, 23796)]

    def shared(self, features):
        inputs = np.array([quantise(v) for v in features] + [0] * 7, np.int32)
        return self.bias1 + (self.w1 * inputs).sum(axis=1, dtype=np.int32)

    def outputs(self, s, c, f):
        own = s.copy()
        line = s[64 + c : 65 + c]
        for k, value in enumerate(f):
            own[:64] += self.u[c][k][:64] * np.int32(value)
            line = line + self.u[c][k][64:65] * np.int32(value)
        h1 = activate(own[:64])
        h2 = activate(self.bias2[c] + (self.w2[c] * h1).sum(axis=1, dtype=np.int32))
        out = self.bias3[c] + (self.w3[c] * h2).sum(axis=1, dtype=np.int32)
        out[3:6] += line
        return out.tolist()


# docs/format.md, "Tail experts"


class Expert:
    def __init__(self, components):
        self.components = [(w * (1 - 2**-14), mean, 1 / max(scale, 0.03)) for w, mean, scale in components]

    def below(self, e):
        total = 2**-14 / 256 * e
        for w, mean, inverse in self.components:
            z = (mean - (e - 0.5)) * inverse
            total = total + w * (fall(z) if z >= 0 else 1 - fall(-z))
        return total

    def above(self, e):
        total = 2**-14 / 256 * (256 - e)
        for w, mean, inverse in self.components:
            z = (e - 0.5 - mean) * inverse
            total = total + w * (fall(z) if z >= 0 else 1 - fall(-z))
        return total


class Regression:
    def __init__(self, n):
        self.n, self.samples = n, 0
        self.a = [[0.0] * n for _ in range(n)]
        self.c, self.b = [0.0] * n, [0.0] * n

    def moved(self, inputs):
        self.inputs = inputs
        total = ordered_sum([b * value for b, value in zip(self.b, inputs)])
        return min(max(total / 0.25, -20), 20)

    def learn(self, v, z):
        memory, x = 1 - 2**-11, self.inputs
        w = (1 - memory) * (1 / (z * z + 0.02))
        for i in range(self.n):
            scaled = w * x[i]
            self.a[i][: i + 1] = [memory * a + scaled * x[j] for j, a in enumerate(self.a[i][: i + 1])]
            self.c[i] = memory * self.c[i] + scaled * v
        self.samples += 1
        if self.samples <= 256 or self.samples % 8 == 0:
            self.solve()

    def solve(self):
        n = self.n
        g = [[0.0] * n for _ in range(n)]
        for i in range(n):
            for j in range(i):
                total = self.a[i][j]
                for k in range(j):
                    total -= g[i][k] * g[j][k]
                g[i][j] = total / g[j][j]
            pivot = self.a[i][i] + 2**-9
            for k in range(i):
                pivot -= g[i][k] * g[i][k]
            if not pivot > 1e-9:
                return
            g[i][i] = math.sqrt(pivot)
        x = [0.0] * n
        for i in range(n):
            total = self.c[i]
            for k in range(i):
                total -= g[i][k] * x[k]
            x[i] = total / g[i][i]
        for i in range(n - 1, -1, -1):
            total = x[i]
            for k in range(i + 1, n):
                total -= g[k][i] * x[k]
            x[i] = total / g[i][i]
        self.b = x


# docs/format.md, "Tail decisions"


class Context:
    def __init__(self):
        self.weight = [0.3, 0.5, 0.2, 0.0]
        self.bins = [squash((i - 16) / 2) for i in range(33)]
        self.counts = [20] * 33

    def code(self, decisions, shares):
        st = [stretch(integer(share)) for share in shares] + [0.3]
        total = self.weight[3] * 0.3
        for k in range(3):
            total = total + self.weight[k] * st[k]
        r = integer(squash(total))
        at = min(max(stretch(r) * 2 + 16, 0), 32 - 2**-10)
        i = math.floor(at)
        f = at - i
        bit = decisions.read(integer(0.5 * (r / 65536 + (self.bins[i] + f * (self.bins[i + 1] - self.bins[i])))))
        d = (bit - r / 65536) * 0.02
        self.weight = [w + d * s for w, s in zip(self.weight, st)]
        j = i + 1 if f > 0.5 else i
        self.bins[j] = self.bins[j] + (bit - self.bins[j]) / self.counts[j]
        self.counts[j] = min(self.counts[j] + 1, 200)
        return bit


class TailDecoder:
    def __init__(self, network, message, surroundings):
        self.network, self.decisions, self.around = network, Decisions(message), surroundings
        self.regressions = [Regression(12 + 7 * c) for c in range(3)]
        self.contexts = {}

    def pixel(self, row, column, colours):
        around = self.around
        features, t = around.features(row, column)
        s = self.network.shared(features)
        f, means, greys = [], [], []
        for c in range(colours):
            out = self.network.outputs(s, c, f)
            greys.append(self.sample(row, column, c, out, t * 127.5, means))
            f.append(quantise(squeeze(float(around.residual[row, column, c]) / t)))
        for c in range(colours, 3):
            around.tell(row, column, c, greys[0])
        return greys

    def sample(self, row, column, c, out, unit, means):
        around = self.around
        largest = max(out[:3])
        e = [float(exp((out[k] - largest) / 4194304)) for k in range(3)]
        weights = [value / ordered_sum(e) for value in e]
        mu = [out[3 + k] / 4194304 for k in range(3)]
        scales = [float(exp(min(max(out[6 + k] / 4194304, -6), 4))) for k in range(3)]
        centre = (float(around.mean[row, column, c]) + 1) * 127.5
        mean = ordered_sum([weights[k] * (centre + mu[k] * unit) for k in range(3)])
        scale = ordered_sum([weights[k] * scales[k] * unit for k in range(3)])
        means.append(mean)
        moved = self.regressions[c].moved(self.inputs(row, column, c, centre, means))
        error = around.error
        left, above = float(error[row, column - 1, c]), float(error[row - 1, column, c])
        corners = float(error[row - 1, column - 1, c]), float(error[row - 1, column + 1, c])
        local = (2 * (left + above) + corners[0] + corners[1]) / 6
        if c > 0:
            local = 0.6 * local + 0.4 * float(error[row, column, c - 1])
        experts = [
            Expert([(weights[k], centre + mu[k] * unit, scales[k] * unit) for k in range(3)]),
            Expert([(weights[k], centre + mu[k] * unit + moved, scales[k] * unit) for k in range(3)]),
            Expert([(1, mean + moved, 0.5 * local + 0.25 * scale)]),
        ]
        kind = c * 6 + sum(limit <= scale for limit in (0.7, 1.5, 3, 6, 12))
        g = self.level(experts, kind, min(max(math.floor(mean + 0.5), 1), 255), max(1, math.floor(scale)))
        error[row, column, c] = abs(g - mean - moved)
        self.regressions[c].learn((g - mean) * 0.25, scale * 0.25)
        around.tell(row, column, c, g)
        return g

    def inputs(self, row, column, c, centre, means):
        around, mean = self.around, means[c]
        out = [(around.grey(row + y, column + x, c) - mean) * 0.25 for x, y in CODED]
        out.append((centre - mean) * 0.25)
        out.append((centre + float(around.noise[row, column, c]) * 127.5 - mean) * 0.25 * 0.2)
        for k in range(c):
            g = around.grey(row, column, k)
            out.append((g - means[k]) * 0.25)
            out += [(around.grey(row + y, column + x, k) - g) * 0.25 for x, y in CODED[:6]]
        return out

    def decide(self, kind, shares):
        context = self.contexts.setdefault((kind, self.place), Context())
        return context.code(self.decisions, shares)

    def level(self, experts, kind, middle, step):
        self.place = 0
        ends = [(expert.above(middle), expert.below(middle)) for expert in experts]
        first = self.decide(kind, [above / (above + below) for above, below in ends])
        self.place = 1 + first
        ends = [[above, 0.0] if first else [0.0, below] for above, below in ends]
        low, high = (middle, 256) if first else (0, middle)

        def ask(edge):
            nonlocal low, high
            values = [expert.above(edge) if first else expert.below(edge) for expert in experts]
            bit = self.decide(kind, [(x - b) / (a - b) for x, (a, b) in zip(values, ends)])
            for end, x in zip(ends, values):
                end[0 if bit else 1] = x
            self.place = min(2 * self.place + 1 + bit, 23)
            low, high = (edge, high) if bit else (low, edge)
            return bit

        width = step
        while high - low > width:
            if ask(low + width if first else high - width) != first:
                break
            width *= 2
        while high - low > 1:
            ask((low + high) >> 1)
        return low


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


def decode_tail(network, data, header, y, mean, lv, index):
    """The samples of the exact pixels."""
    width, height, colours = header["width"], header["height"], 1 if header["grey"] else 3
    section = header["tailSection"]
    at = section["start"]
    while data[at] >= 128:
        at += 1
    message = data[at + 5 : section["end"]]
    if len(message) == width * height * colours:
        return np.frombuffer(message, np.uint8)
    decoder = TailDecoder(network, message, Surroundings(width, height, y, mean, lv, index))
    exact = [decoder.pixel(row + 2, column + 2, colours) for row in range(height) for column in range(width)]
    return np.array(exact, np.uint8)


def decode(model, network, data):
    """(picture of the layers, samples of the tail or None, checksum of the tail or None)."""
    file = reader.File(data)
    header = file.header
    y, mean, lv, level, index = decode_layers(model, header, file.steps, file.layers)
    shown = drift.picture(mean.astype(np.float64), level, header)
    if "tailSection" not in header:
        return shown, None, None
    return shown, decode_tail(network, data, header, y, mean, lv, index), header["tailSection"]["checksum"]


def main(model_path, network_path, *paths):
    model = ExactPhotoNet(drift.read(model_path))
    network = TailNetwork(drift.read(network_path))
    for path in paths:
        shown, exact, checksum = decode(model, network, drift.read(path))
        answer = {"file": path, "layers": hashlib.sha256(shown.tobytes()).hexdigest()}
        if exact is not None:
            answer["tail"] = hashlib.sha256(exact.tobytes()).hexdigest()
            answer["checksum"] = zlib.crc32(exact.tobytes()) == checksum
        print(json.dumps(answer))


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
