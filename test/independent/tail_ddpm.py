"""The tail of docs/format.md, sections "Tail" to "Tail decisions", in Python and numpy; part of exact_ddpm.py.

All floating point is binary32: numpy's float32 arrays and scalars, with one rounding for each operation.
"""
import hashlib
import math

import numpy as np

f32 = np.float32
ZERO, ONE = f32(0), f32(1)

# docs/format.md, "Tail arithmetic"


def exp32(x):
    """e^x of a scalar or an array."""
    x = np.minimum(np.maximum(x, f32(-80)), f32(80))
    n = np.floor(x * f32(1.44269504) + f32(0.5))
    r = x - n * f32(0.693359375)
    r = r - n * f32(-0.000212194440)
    p = f32(1.9875691500e-4)
    for term in (1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1):
        p = p * r + f32(term)
    p = p * (r * r) + r + ONE
    return np.ldexp(p, n.astype(np.int32))


def log32(x):
    """ln x of a scalar or an array of normal numbers above 0."""
    m, e = np.frexp(x)
    m, e = m * f32(2), e - 1
    large = m > f32(1.41421354)
    m, e = np.where(large, m * f32(0.5), m), np.where(large, e + 1, e)
    z = (m - ONE) / (m + ONE)
    q = z * z
    p = f32(0.222222222)
    for term in (0.285714286, 0.4, 0.666666667, 2):
        p = p * q + f32(term)
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
        log2 = log32(np.maximum(error, f32(0.001))) * f32(1.44269504)
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
        self.r = Regression(26 + 19 * c, 13, 2**-9, 16)
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
        """Weights, means and inverse scales of the components of the eight experts."""
        w, means, scales = self.mixture
        wide = [(w, means, scales), (w, means + (self.r - self.mean), scales), (w, means + (self.l - self.mean), scales)]
        narrow = [(self.r, self.scale_r), (self.l, self.scale_l), (self.a, f32(0.7) * self.sd)]
        narrow += [(self.a, f32(0.42) * self.sd), (self.mean, f32(0.8) * self.sd)]
        all_experts = wide + [(np.array([1], f32), np.array([m], f32), np.array([s], f32)) for m, s in narrow]
        return [(w, m, ONE / np.maximum(s, f32(0.03))) for w, m, s in all_experts]
