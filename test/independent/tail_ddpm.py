"""The tail of docs/format.md, sections "Tail" to "Tail decisions", in Python and numpy; part of exact_ddpm.py.

All floating point is binary32: numpy's float32 arrays and scalars, with one rounding for each operation.
"""
import bisect
import hashlib
import math

import numpy as np

f32 = np.float32
ZERO, ONE = f32(0), f32(1)

# docs/format.md, "Tail arithmetic"


EXP_TERMS = [f32(1.9875691500e-4), f32(1.3981999507e-3), f32(8.3334519073e-3), f32(4.1665795894e-2)]
EXP_TERMS += [f32(1.6666665459e-1), f32(5.0000001201e-1)]
LOG_TERMS = [f32(0.222222222), f32(0.285714286), f32(0.4), f32(0.666666667), f32(2)]
HALF = np.array([1, 0.5], f32)


def exp32(x):
    """e^x of a scalar or an array."""
    x = np.minimum(np.maximum(x, f32(-80)), f32(80))
    n = np.floor(x * f32(1.44269504) + f32(0.5))
    r = x - n * f32(0.693359375)
    r = r - n * f32(-0.000212194440)
    p = EXP_TERMS[0]
    for term in EXP_TERMS[1:]:
        p = p * r + term
    p = p * (r * r) + r + ONE
    return np.ldexp(p, n.astype(np.int32))


def log32(x):
    """ln x of an array of normal numbers above 0."""
    bits = x.view(np.int32)
    e = (bits >> 23) - 127
    m = (bits & 0x7FFFFF | 0x3F800000).view(f32)
    large = m > f32(1.41421354)
    m, e = m * HALF[large.view(np.uint8)], e + large
    z = (m - ONE) / (m + ONE)
    q = z * z
    p = q * LOG_TERMS[0] + LOG_TERMS[1]
    for term in LOG_TERMS[2:]:
        p = p * q + term
    return p * z + e.astype(f32) * f32(0.693147182)


def squash(z):
    return ONE / (ONE + exp32(-z))


def squeeze(v):
    return v / np.sqrt(ONE + (v * v) * f32(0.015625))


def dot(a, b):
    """Four lanes, each in the order of the blocks."""
    if len(a) == 0:
        return ZERO
    lanes = np.add.accumulate((a * b).reshape(-1, 4), axis=0)[-1]
    return (lanes[0] + lanes[1]) + (lanes[2] + lanes[3])


def clamp(x, low, high):
    return min(max(x, f32(low)), f32(high))


def whole_blocks(n):
    return -(-n // 4) * 4


# docs/format.md, "Tail planes"

BORDER = 4


class Planes:
    """Arrays (height + 8, width + 8, 3) of grey levels; the border repeats the nearest pixel."""

    def __init__(self, width, height, y, mean, lv):
        rows = np.arange(-BORDER, height + BORDER).clip(0, height - 1)
        columns = np.arange(-BORDER, width + BORDER).clip(0, width - 1)

        def padded(plane):
            return plane[rows][:, columns]

        self.mean = (padded(mean) + ONE) * f32(127.5)
        self.noise = (padded(y) - padded(mean)) * f32(127.5)
        self.lv = padded(lv).clip(f32(-20), f32(4))
        self.grey = self.mean.copy()
        self.error_r, self.error_l, self.error_a = (np.zeros_like(self.mean) for _ in range(3))


# docs/format.md, "Tail features"


def places(*neighbours):
    """(columns, rows) of neighbours."""
    return tuple(np.array(values) for values in zip(*neighbours))


CODED = places((-1, 0), (0, -1), (-1, -1), (1, -1), (-2, 0), (0, -2), (-2, -1), (2, -1), (-1, -2), (1, -2))
AROUND = places((-1, 0), (0, -1), (-1, -1), (1, -1), (1, 0), (0, 1), (1, 1), (-1, 1))
NOISY = places((0, 0), (1, 0), (0, 1), (-1, 1), (1, 1))
SPREAD = places((-1, 0), (0, -1), (1, 0), (0, 1))


def near(plane, row, column, neighbours):
    """The pixels of a plane at neighbours, (number, 3)."""
    columns, rows = neighbours
    return plane[row + rows, column + columns]


def mean_lv(lv):
    return ((lv[..., 0] + lv[..., 1]) + lv[..., 2]) * f32(0.333333343)


def pixel_features(planes, log_sigma, row, column):
    """(features, unit, 1 / unit)."""
    t = mean_lv(planes.lv[row, column])
    unit = exp32(f32(0.5) * t) * f32(127.5)
    inverse = ONE / unit
    d = planes.mean[row, column]
    residual = near(planes.grey, row, column, CODED) - near(planes.mean, row, column, CODED)
    parts = [
        squeeze(residual * inverse),
        squeeze((near(planes.mean, row, column, AROUND) - d) * inverse),
        squeeze(near(planes.noise, row, column, NOISY) * inverse),
        d * f32(0.00784313772) - ONE,
        planes.lv[row, column] - t,
        mean_lv(near(planes.lv, row, column, SPREAD)) - t,
        (t + f32(8)) * f32(0.25),
        log_sigma - f32(0.5) * t,
    ]
    return np.concatenate([np.ravel(part) for part in parts]), unit, inverse


# docs/format.md, "Tail network"


def quantise(v):
    limited = np.minimum(np.maximum(v, f32(-16)), f32(15.999))
    return np.floor(limited * f32(1024) + f32(0.5)).astype(np.int32)


def activate(s):
    return (s >> np.int32(12)).clip(0, 32767)


# SHA-256 of the weights file.
TAIL_WEIGHTS = "71fc6830e380d95c8fafb83293e33bf7bd608fba1edd536c662e491febcc88ad"


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
        inputs = np.concatenate([quantise(features), np.zeros(7, np.int32)])
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
        return out


def network_mixture(out, d, unit):
    """(weights, means, scales) of the three components."""
    step = f32(2**-22)
    w = exp32((out[:3] - out[:3].max()).astype(f32) * step)
    w = w / ((w[0] + w[1]) + w[2])
    means = d + (out[3:6].astype(f32) * step) * unit
    scales = exp32(np.minimum(np.maximum(out[6:].astype(f32) * step, f32(-6)), f32(4))) * unit
    return w, means, scales


def average(w, values):
    return (w[0] * values[0] + w[1] * values[1]) + w[2] * values[2]


# docs/format.md, "Tail regressions"

NEAR = places(
    *((-1, 0), (0, -1), (-1, -1), (1, -1), (-2, 0), (0, -2), (-2, -1), (2, -1), (-1, -2), (1, -2), (-2, -2), (2, -2)),
    *((-3, 0), (0, -3), (-3, -1), (3, -1), (-1, -3), (1, -3), (-3, -2), (3, -2), (-2, -3), (2, -3), (-4, 0), (0, -4)),
)


def solution(m, p, ridge):
    """Coefficients, padded with zeros; None if the moments (n, n) are not positive definite enough."""
    n = len(p)
    stride = whole_blocks(n)
    u, y = np.zeros((n, stride), f32), p.copy()
    u[:, :n] = np.triu(m)
    for j in range(n):
        pivot = u[j, j] + f32(ridge)
        if not pivot > f32(1e-7):
            return None
        r = ONE / np.sqrt(pivot)
        rest = u[j, j + 1 : n] * r
        u[j, j], u[j, j + 1 : n], y[j] = r, rest, y[j] * r
        u[j + 1 :, j + 1 : n] -= rest[:, None] * rest
        y[j + 1 :] -= rest * y[j]
    b = np.zeros(stride, f32)
    for i in range(n - 1, -1, -1):
        start = (i + 1) // 4 * 4
        b[i] = (y[i] - dot(u[i, start:], b[start:])) * u[i, i]
    return b


class Regression:
    """One that forgets from sample to sample."""

    def __init__(self, n, exponent, ridge, interval):
        self.rate, self.ridge, self.interval, self.count = f32(2**-exponent), ridge, interval, 0
        self.keep = ONE - self.rate
        self.m, self.p, self.b = np.zeros((n, n), f32), np.zeros(n, f32), np.zeros(whole_blocks(n), f32)

    def predict(self, inputs):
        self.inputs = inputs
        return dot(self.b, padded_inputs(inputs))

    def learn(self, v, w):
        q = (self.rate * w) * self.inputs
        self.m = self.m * self.keep + q[:, None] * self.inputs
        self.p = self.p * self.keep + q * v
        self.count += 1
        if (self.count <= 256 and self.count % 2 == 0) or self.count % self.interval == 0:
            b = solution(self.m, self.p, self.ridge)
            self.b = self.b if b is None else b


def padded_inputs(inputs):
    return np.concatenate([inputs, np.zeros(-len(inputs) % 4, f32)])


class LocalRegression:
    """One whose moments belong to blocks of 8 columns and decay from row to row."""

    def __init__(self, n, width):
        self.width = width
        blocks = -(-width // 8)
        self.m, self.p = np.zeros((blocks, n, n), f32), np.zeros((blocks, n), f32)
        self.d, self.dp = np.zeros((n, n), f32), np.zeros(n, f32)
        self.b = np.zeros(whole_blocks(n), f32)

    def visit(self, column):
        if column % 8 != 0:
            return
        k = column // 8
        sums = []
        for blocks in (self.m, self.p):
            blocks[k] = blocks[k] * f32(0.85)
            total = blocks[k]
            if k > 0:
                total = total + blocks[k - 1] * f32(0.8)
            if k + 1 < len(blocks):
                total = total + blocks[k + 1] * f32(0.68)
            sums.append(total)
        b = solution(*sums, 0.5)
        self.b = self.b if b is None else b

    def predict(self, inputs):
        self.inputs = inputs
        return dot(self.b, padded_inputs(inputs))

    def learn(self, v, w):
        q = w * self.inputs
        self.d = self.d + q[:, None] * self.inputs
        self.dp = self.dp + q * v

    def leave(self, column):
        if column % 8 != 7 and column != self.width - 1:
            return
        k = column // 8
        self.m[k], self.p[k] = self.m[k] + self.d, self.p[k] + self.dp
        self.d, self.dp = np.zeros_like(self.d), np.zeros_like(self.dp)


def regression_inputs(planes, row, column, c, counts, bases):
    """Inputs for colour c, whose `bases` are the predictions up to c."""
    own, other = counts
    columns, rows = NEAR
    around = planes.grey[row + rows, column + columns]
    base, d = bases[c], planes.mean[row, column, c]
    parts = [(around[:own, c] - base) * f32(0.25), [(d - base) * f32(0.25)]]
    parts.append([((d + planes.noise[row, column, c]) - base) * f32(0.05)])
    for q in range(c):
        g = planes.grey[row, column, q]
        parts += [[(g - bases[q]) * f32(0.25)], (around[:other, q] - g) * f32(0.25)]
    return np.concatenate(parts).astype(f32)


# docs/format.md, "Tail scales"


def local_error(e, row, column, c):
    left, above = e[row, column - 1, c], e[row - 1, column, c]
    corners = e[row - 1, column - 1, c] + e[row - 1, column + 1, c]
    far = e[row, column - 2, c] + e[row - 2, column, c]
    le = ((f32(2) * (left + above) + corners) + f32(0.5) * far) * f32(0.142857149)
    return f32(0.6) * le + f32(0.4) * e[row, column, c - 1] if c > 0 else le


class ScaleTable:
    def __init__(self):
        self.v = exp32(np.arange(-9, 23).astype(f32) * f32(0.231049061)) * f32(0.6)
        self.count = [1] * 32

    def scale(self, error):
        log2 = log32(np.array([max(error, f32(0.001))]))[0] * f32(1.44269504)
        self.i = min(max(int(np.floor((log2 + f32(3)) * f32(3) + f32(0.5))), 0), 31)
        return self.v[self.i]

    def learn(self, e):
        i, v = self.i, self.v[self.i]
        self.v[i] = max(v + (e * f32(0.72) - v) / f32(self.count[i] + 1.5), f32(0.02))
        self.count[i] = min(self.count[i] + 1, 250)


def scale_inputs(planes, row, column, c, predictions):
    e, g = planes.error_a, planes.grey
    mean, scale, r, l = predictions

    def at(x, y):
        return e[row + y, column + x, c]

    def grey(x, y):
        return g[row + y, column + x, c]

    return np.array(
        [
            *(at(-1, 0), at(0, -1), at(-1, -1), at(1, -1)),
            at(-2, 0) + at(0, -2),
            ((at(2, -1) + at(-2, -1)) + at(-1, -2)) + at(1, -2),
            scale,
            ONE,
            e[row, column, c - 1] if c > 0 else ZERO,
            e[row, column, 0] if c > 1 else ZERO,
            abs(r - l) + abs(mean - r),
            abs(grey(0, -1) - grey(-1, -1)) + abs(grey(-1, 0) - grey(-1, -1)),
        ],
        f32,
    )


class Colour:
    """What is learned of one colour."""

    def __init__(self, c, width):
        self.r = Regression(26 + 19 * c, 13, 2**-9, 32)
        self.l = LocalRegression(14 + 11 * c, width)
        self.s = Regression(12, 12, 2**-12, 8)
        self.table_r, self.table_l = ScaleTable(), ScaleTable()


class Predictor:
    """The distributions of the samples of a picture."""

    def __init__(self, network, planes, width, colours, index):
        self.network, self.planes = network, planes
        self.log_sigma = f32(index) * f32(0.00270760618)
        self.colours = [Colour(c, width) for c in range(colours)]

    def visit(self, row, column):
        """Starts a pixel, given by its place in the picture."""
        self.column, self.at = column, (row + BORDER, column + BORDER)
        features, self.unit, self.inverse = pixel_features(self.planes, self.log_sigma, *self.at)
        self.shared = self.network.shared(features)
        self.f, self.means, self.rs = [], [], []
        for colour in self.colours:
            colour.l.visit(column)

    def predict(self, c):
        colour, planes, at = self.colours[c], self.planes, self.at
        out = self.network.outputs(self.shared, c, self.f)
        self.mixture = network_mixture(out, planes.mean[at][c], self.unit)
        w, means, scales = self.mixture
        self.mean, self.scale = average(w, means), average(w, scales)
        self.means.append(self.mean)
        found = colour.r.predict(regression_inputs(planes, *at, c, (24, 18), self.means))
        self.r = self.mean + clamp(found * f32(4), -40, 40)
        self.rs.append(self.r)
        found = colour.l.predict(regression_inputs(planes, *at, c, (12, 10), self.rs))
        self.l = self.r + clamp(found * f32(4), -40, 40)
        self.a = f32(0.4) * self.r + f32(0.6) * self.l
        errors = (planes.error_r, planes.error_l, planes.error_a)
        self.around_r, self.around_l, self.around_a = (local_error(e, *at, c) for e in errors)
        half = f32(0.5) * self.scale
        self.scale_r, self.scale_l = colour.table_r.scale(self.around_r + half), colour.table_l.scale(self.around_l + half)
        found = colour.s.predict(scale_inputs(planes, *at, c, (self.mean, self.scale, self.r, self.l)))
        if colour.s.count < 64:
            self.sd = f32(0.5) * self.around_a + f32(0.5) * self.scale
        else:
            self.sd = min(max(found, f32(0.15)), max(f32(4) * (self.around_a + self.scale), f32(0.3)))

    def learn(self, c, x):
        colour, planes, at = self.colours[c], self.planes, self.at
        x = f32(x)
        s4 = self.sd * f32(0.25)
        w = ONE / (s4 * s4 + f32(0.02))
        colour.r.learn((x - self.mean) * f32(0.25), w)
        colour.l.learn((x - self.r) * f32(0.25), w)
        e_r, e_l, e_a = abs(x - self.r), abs(x - self.l), abs(x - self.a)
        colour.s.learn(e_a, ONE / (self.sd * self.sd + f32(0.1)))
        colour.table_r.learn(e_r)
        colour.table_l.learn(e_l)
        planes.error_r[at][c], planes.error_l[at][c], planes.error_a[at][c] = e_r, e_l, e_a
        planes.grey[at][c] = x
        self.f.append(int(quantise(squeeze((x - planes.mean[at][c]) * self.inverse))))

    def leave(self):
        """Ends the pixel."""
        grey = self.planes.grey[self.at]
        grey[len(self.colours) :] = grey[0]
        for colour in self.colours:
            colour.l.leave(self.column)

    # docs/format.md, "Tail experts"

    def experts(self):
        """Weights, means and inverse scales of the components of the eight experts, (8, 3); unused ones have weight 0."""
        w, means, scales = self.mixture
        table = np.zeros((3, 8, 3), f32)
        table[2] = ONE
        table[0, :3] = w
        table[1, :3] = means, means + (self.r - self.mean), means + (self.l - self.mean)
        table[2, :3] = scales
        table[0, 3:, 0] = ONE
        table[1, 3:, 0] = self.r, self.l, self.a, self.a, self.mean
        table[2, 3:, 0] = self.scale_r, self.scale_l, f32(0.7) * self.sd, f32(0.42) * self.sd, f32(0.8) * self.sd
        return table[0], table[1], ONE / np.maximum(table[2], f32(0.03))


EDGES = np.arange(1, 256).astype(f32)[:, None]


def all_masses(weights, means, inverses):
    """(above, below) of the edges 0 to 256, (257, 8) each."""
    z = ((EDGES - f32(0.5))[:, :, None] - means) * inverses
    t = exp32(-abs(z))
    r = ONE / (ONE + t)
    s = t * r
    out = []
    for parts, greys in ((np.where(z >= 0, s, r), f32(256) - EDGES), (np.where(z >= 0, r, s), EDGES)):
        total = average(weights.T, parts.transpose(2, 0, 1))
        total = total * f32(0.9999847412109375) + greys * f32(2**-24)
        out.append(np.concatenate([np.zeros((1, 8), f32), total, np.ones((1, 8), f32)]))
    out[0][0], out[0][256] = ONE, ZERO
    return out


# docs/format.md, "Tail histories"

M32 = 2**32 - 1


def mix_hash(h, v):
    h = (h ^ v) * 0x9E3779B1 & M32
    return h ^ h >> 15


FIRST_STATES = np.arange(4) * (8 * 256)


class Histories:
    def __init__(self, pixels):
        self.bits = 10
        while self.bits < 16 and 2**self.bits < pixels * 3 // 8:
            self.bits += 1
        self.buckets = [{} for _ in range(4)]
        n0, n1 = np.arange(256) >> 4, np.arange(256) & 15
        start = (n1.astype(f32) + f32(0.4)) / ((n0 + n1).astype(f32) + f32(0.8))
        self.q = np.tile(start, 4 * 8)
        self.count = np.zeros(4 * 8 * 256, f32)

    def begin(self, hashes):
        self.hashes, self.group = hashes, None

    def look(self, d, node):
        """Logits of the contexts; 0 where the history is empty."""
        inside = d % 4
        if self.group != d - inside:
            self.group = d - inside
            self.found = [self.bucket(i, node >> inside) for i in range(4)]
        self.slot = node if d < 4 else 1 << inside | node & (1 << inside) - 1
        self.states = [bucket[self.slot] for bucket in self.found]
        self.known = np.array(self.states) != 0
        self.at = FIRST_STATES + (256 * d + np.array(self.states))
        self.now = self.q[self.at]
        return log32(self.now / (ONE - self.now)) * self.known

    def bucket(self, i, root):
        g = self.hashes[i] if self.group == 0 else mix_hash(self.hashes[i], root)
        g = g * 0x85EBCA6B & M32
        g ^= g >> 13
        index, check = g >> 32 - self.bits, max(g & 255, 1)
        bucket = self.buckets[i].get(index)
        if bucket is None or bucket[0] != check:
            bucket = self.buckets[i][index] = bytearray(16)
            bucket[0] = check
        return bucket

    def seen(self):
        a = (self.states[0] >> 4) + (self.states[0] & 15)
        return (a >= 1) + (a >= 3) + (a >= 8) + 4 * (self.states[3] != 0)

    def learn(self, bit):
        at = self.at[self.known]
        q, count = self.q[at], self.count[at]
        q = q + (f32(bit) - q) / (count + f32(1.6))
        self.q[at] = np.minimum(np.maximum(q, f32(1e-5)), f32(0.99999))
        self.count[at] = np.minimum(count + ONE, f32(255))
        for bucket, state in zip(self.found, self.states):
            n = [state >> 4, state & 15]
            n[bit] = min(n[bit] + 1, 15)
            if n[1 - bit] > 2:
                n[1 - bit] = (n[1 - bit] + 2) >> 1
            bucket[self.slot] = n[0] << 4 | n[1]


def value_hashes(around, known, c, mean):
    """Hashes of the four contexts; `around`: packed W and N; `known`: samples of the colours before."""
    w, n = around
    prev = c + 1
    for x in known:
        prev = prev << 8 | x
    h = mix_hash(prev, 77)
    expected = min(max(int(np.floor(mean + f32(0.5))), 0), 255)
    v = [mix_hash(h, 1), mix_hash(h, w), mix_hash(h, n), mix_hash(mix_hash(h, expected >> 2), 95)]
    return [mix_hash(value, i) for i, value in enumerate(v)]


# docs/format.md, "Tail decisions"


class Estimate:
    """A table that corrects probabilities."""

    def __init__(self, rows):
        self.t = np.tile(squash((np.arange(33) - 16).astype(f32) * f32(0.5)), (rows, 1))
        self.count = np.full((rows, 33), 20)

    def probability(self, y, row):
        at = clamp(y * f32(2) + f32(16), 0, 31.999)
        b = int(at)
        f = at - f32(b)
        self.at = row, b + 1 if f > f32(0.5) else b
        return self.t[row, b] * (ONE - f) + self.t[row, b + 1] * f

    def learn(self, bit):
        t, count = self.t[self.at], self.count[self.at]
        self.t[self.at] = t + (f32(bit) - t) / (f32(count) + f32(0.5))
        self.count[self.at] = min(count + 1, 255)


class Mixer:
    def __init__(self):
        start = np.array([0.14] * 8 + [0.06] * 4, f32)
        self.w = np.tile(start, (4 * 24, 1))
        self.e = np.ones(4 * 24, f32)
        self.f = np.full((192, 4), f32(0.25))

    def mix(self, inputs, rows, final):
        """(logit, probability)."""
        self.inputs, self.final = inputs, final
        self.at = np.array([rows[0], 24 + rows[1], 48 + rows[2], 72 + rows[3]])
        self.now = self.w[self.at]
        lanes = np.add.accumulate((self.now * inputs).reshape(4, 3, 4), axis=1)[:, -1]
        a = (lanes[:, 0] + lanes[:, 1]) + (lanes[:, 2] + lanes[:, 3])
        self.a = np.minimum(np.maximum(a, f32(-12)), f32(12))
        y = clamp(dot(self.f[final], self.a), -12, 12)
        both = squash(np.append(self.a, y))
        self.o, self.p = both[:4], both[4]
        return y, self.p

    def learn(self, bit):
        e = self.e[self.at]
        k = (f32(bit) - self.o) * (f32(0.005) + f32(0.03) * e)
        self.w[self.at] = self.now + k[:, None] * self.inputs
        self.e[self.at] = e - e * f32(0.00390625)
        self.f[self.final] += (f32(bit) - self.p) * f32(0.002) * self.a


def thresholds(*numbers):
    return [f32(number) for number in numbers]


WIDTHS, DISTANCES = thresholds(1.5, 3, 6, 12, 24), thresholds(0.25, 0.75, 1.5, 3, 6)
ERRORS = thresholds(0.3, 0.7, 1.2, 2, 3.5, 6, 10)
LEAST_MASS, LEAST_RATIO, MOST_RATIO = f32(1e-12), f32(1e-6), f32(1e6)
EXPERT_LIMITS = f32(-10), f32(10)


def reached(value, limits):
    return bisect.bisect_right(limits, value)


def integer(p):
    return min(max(int(np.floor(p * f32(65536) + f32(0.5))), 1), 65535)


class SampleDecoder:
    def __init__(self, decisions, pixels):
        self.decisions, self.histories, self.mixer = decisions, Histories(pixels), Mixer()
        self.a, self.b, self.c = Estimate(768), Estimate(198), Estimate(48)

    def sample(self, predictor, c, around, known):
        above, below = all_masses(*predictor.experts())
        self.histories.begin(value_hashes(around, known, c, predictor.a))
        sr = max(min(f32(0.75) * predictor.sd, f32(1.5) * predictor.scale), f32(0.3))
        g2 = reached(predictor.around_l, ERRORS)
        low, high, node = 0, 256, 1
        for d in range(8):
            mid = (low + high) // 2
            if f32(mid) > predictor.a:
                up, down = above[mid] - above[high], above[low] - above[mid]
            else:
                up, down = below[high] - below[mid], below[mid] - below[low]
            ratio = np.maximum(up, LEAST_MASS) / np.maximum(down, LEAST_MASS)
            y = log32(np.minimum(np.maximum(ratio, LEAST_RATIO), MOST_RATIO))
            if min(abs(y[5]), abs(y[1]), abs(y[7])) > 4 and (y[5] > 0) == (y[7] > 0):
                bit = self.certain(y[5], (c * 8 + d) * 2 + int(y[5] > 0))
            else:
                zq = reached(f32(high - low) / sr, WIDTHS)
                u = (f32(mid) - f32(0.5) - predictor.a) / sr
                away = reached(abs(u), DISTANCES)
                rq = 5 - away if u < 0 else 5 + away
                bit = self.mixed(y, c, d, node, (zq, rq, g2))
            low, high, node = (mid, high, 2 * node + 1) if bit else (low, mid, 2 * node)
        return low

    def certain(self, y, row):
        st = clamp(y, -11, 11)
        q = self.c.probability(st, row)
        bit = self.decisions.read(integer(f32(0.5) * q + f32(0.5) * squash(st)))
        self.c.learn(bit)
        return bit

    def mixed(self, y, c, d, node, classes):
        zq, rq, g2 = classes
        limited = np.minimum(np.maximum(y, EXPERT_LIMITS[0]), EXPERT_LIMITS[1])
        inputs = np.concatenate([limited, self.histories.look(d, node)])
        seen = self.histories.seen()
        rows = (c * 6 + zq, c * 8 + seen, c, c * 8 + g2)
        logit, p = self.mixer.mix(inputs, rows, (c * 8 + d) * 8 + seen)
        a, b = self.a.probability(logit, c * 256 + node), self.b.probability(logit, (c * 11 + rq) * 6 + zq)
        bit = self.decisions.read(integer((f32(0.5) * p + f32(0.25) * a) + f32(0.25) * b))
        for part in (self.mixer, self.a, self.b, self.histories):
            part.learn(bit)
        return bit


def decode(network, decisions, planes, shape, index, rows):
    """The exact samples of the first rows, (rows * width * colours); `shape` is (width, height, colours)."""
    width, height, colours = shape
    predictor = Predictor(network, planes, width, colours, index)
    samples = SampleDecoder(decisions, width * height)
    packed = np.zeros((rows + 1, width + 1), np.int64)
    exact = []
    for row in range(rows):
        for column in range(width):
            predictor.visit(row, column)
            up, own = packed[row], packed[row + 1]
            around = [int(v) for v in (own[column], up[column + 1])]
            known = []
            for c in range(colours):
                predictor.predict(c)
                x = samples.sample(predictor, c, around, known)
                predictor.learn(c, x)
                known.append(x)
            predictor.leave()
            own[column + 1] = sum(x << 16 - 8 * c for c, x in enumerate(known))
            exact += known
    return np.array(exact, np.uint8)
