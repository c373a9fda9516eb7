#!/usr/bin/env python3
"""Independent reader of .ddpm files, written from docs/format.md. Needs Python 3.9 and numpy; shares no code with the library.

    python3 read_ddpm.py MODEL.safetensors FILE...

Prints one JSON object for each file: the header, and for each complete layer and tile the budget, the bits of side information
(gains, budget code and checksum), the gains' exponents that are not 0, by class, whether the checksum is correct (null: the file
has none), and the SHA-256 of the code values, pass by pass in canonical order, as little-endian int16 multiples of 2^-12 (null:
the file was made with another model); and how many code bits there are of a layer that is cut (null: none that count). Uses only
the calibration of the model. Exit status: 0 all complete, 1 truncated, 2 damaged layer, 3 header refused.
"""
import hashlib
import itertools
import json
import math
import statistics
import sys
import zlib

import numpy as np

U32 = 0xFFFFFFFF


class BadHeader(Exception):
    """The header breaks the format."""


class Damage(Exception):
    """A layer breaks the format."""


class OutOfBits(Exception):
    """The file ends early."""


# docs/format.md, "Header"


def crc8(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ 0x07 if crc & 0x80 else crc << 1
            crc &= 0xFF
    return crc


class Fields:
    """Reads header fields one after the other."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def byte(self):
        if self.at == len(self.data):
            raise BadHeader("file ends inside the header")
        self.at += 1
        return self.data[self.at - 1]

    def take(self, length):
        if length > len(self.data) - self.at:
            raise BadHeader("file ends inside the chunks")
        self.at += length
        return self.data[self.at - length : self.at]

    def varint(self, low, high, name):
        value = 0
        for i in range(5):
            byte = self.byte()
            value |= (byte & 127) << (7 * i)
            if byte < 128:
                if not low <= value <= high:
                    raise BadHeader(f"{name} is {value}, expected {low}..{high}")
                return value
        raise BadHeader(f"{name} is longer than 5 bytes")


# docs/format.md, "Models": SHA-256 of the weights file
MODEL = "cd56d9b17baf44c36d00c0673466b605339593427053069e810e200e7c6f1bb1"
LIMIT_PIXELS = 268402689


def read_header(data):
    fields = Fields(data)
    if fields.byte() != 0xDD:
        raise BadHeader("magic is not dd")
    flags = fields.byte()
    if flags & 0x0F != 1:
        raise BadHeader(f"version {flags & 0x0F}")
    more = fields.byte() if flags & 0x80 else 0
    if more & 0xC0:
        raise BadHeader("reserved flag")
    model = bytes(fields.byte() for _ in range(8)).hex() if more & 0x02 else MODEL[:16]
    width = fields.varint(1, 2**31 - 1, "width")
    height = width if flags & 0x40 else fields.varint(1, 2**31 - 1, "height")
    step, seed = 12, 0
    if more & 0x01:
        step = fields.byte()
        if step == 0:
            raise BadHeader("ladder step 0")
        seed = fields.varint(0, U32, "seed")
    end = fields.varint(1, 65536, "end")
    expected = crc8(data[: fields.at])
    if fields.byte() != expected:
        raise BadHeader("checksum")
    canvas = canvas_size(width, height, 0)
    if width * height > LIMIT_PIXELS or canvas[0] * canvas[1] > 2 * LIMIT_PIXELS:
        raise BadHeader("image is too large")
    levels = 0 if more & 0x10 else coarsest_level(width, height)
    end_position = nominal_end(levels, step, end) if end < 64 else end - 64 - 2048
    if not -2048 <= end_position < 256 * levels + 1440:
        raise BadHeader("end position")
    header_bytes = fields.at
    chunks = read_chunks(fields) if more & 0x04 else {}
    steps = len(ladder(levels, step, end_position))
    return {
        "version": flags & 0x0F,
        "grey": bool(flags & 0x10),
        "checksums": bool(flags & 0x20),
        "freeEnd": end >= 64,
        "flat": bool(more & 0x10),
        "tail": bool(more & 0x08),
        "dithered": bool(more & 0x20),
        "model": model,
        "width": width,
        "height": height,
        "endPosition": end_position,
        "ladderStep": step,
        "seed": seed,
        "headerBytes": header_bytes,
        "startBytes": fields.at,
        "levels": levels,
        "chunks": {str(kind): hashlib.sha256(content).hexdigest() for kind, content in chunks.items()},
        "index": read_index(chunks[0x84], steps, bool(more & 0x08)) if 0x84 in chunks else None,
    }


def read_chunks(fields):
    seen = {}
    while True:
        kind = fields.byte()
        if kind == 0:
            return seen
        if kind in seen or (kind < 0x80 and kind != 3):
            raise BadHeader(f"chunk {kind}")
        content = bytes(fields.take(fields.varint(0, 2**31 - 1, "chunk length")))
        if zlib.crc32(bytes([kind]) + content) != int.from_bytes(fields.take(4), "little"):
            raise BadHeader(f"chunk {kind}: checksum")
        seen[kind] = content


def read_index(data, layers, tail):
    """The prefixes of the index: end in bytes and PSNR in dB (null: exact; left out: not known), the header's first; None if it is to be ignored."""
    fields = Fields(data)
    try:
        prefixes = [{"bytes": fields.varint(0, 2**35 - 1, "start")}]
        for _ in range(layers):
            end = prefixes[-1]["bytes"] + fields.varint(0, 2**35 - 1, "length")
            psnr = fields.byte()
            prefixes.append({"bytes": end} if psnr == 0 else {"bytes": end, "psnr": None if psnr == 255 else psnr / 4})
        if tail:
            prefixes.append({"bytes": prefixes[-1]["bytes"] + fields.varint(0, 2**35 - 1, "tail"), "psnr": None})
    except BadHeader:
        return None
    return prefixes if fields.at == len(data) else None


def load_tensors(data):
    """The tensors of a safetensors file as float32 arrays."""
    length = int.from_bytes(data[:8], "little")
    index = json.loads(data[8 : 8 + length])
    tensors = {}
    for name, entry in index.items():
        if name != "__metadata__":
            start, end = (8 + length + offset for offset in entry["data_offsets"])
            kind = {"F16": "<f2", "F32": "<f4"}[entry["dtype"]]
            tensors[name] = np.frombuffer(data[start:end], kind).astype(np.float32).reshape(entry["shape"])
    return tensors


# docs/format.md, "Geometry"


def coarsest_level(width, height):
    level = 0
    while min(width, height) >> (level + 1) >= 32:
        level += 1
    return level


def canvas_size(width, height, level):
    def side(pixels):
        return -(-pixels // 2**level) + 7 & ~7

    return side(width), side(height)


def cut_side(side, most):
    parts = -(-side // most)
    return [8 * (i * (side // 8) // parts) for i in range(parts + 1)]


def rectangles(xs, ys):
    """(x, y, width, height) between boundaries, row by row."""
    return [(x, y, x1 - x, y1 - y) for y, y1 in zip(ys, ys[1:]) for x, x1 in zip(xs, xs[1:])]


def cut_canvas(canvas, most):
    return rectangles(cut_side(canvas[0], most), cut_side(canvas[1], most))


def window_boundaries(side):
    inner = -(-side // 16) * 16 - 32
    parts = max(-(-inner // 544), 1)
    return [0] + [16 + 16 * (i * inner // (16 * parts)) for i in range(1, parts)] + [side]


def mirrored(first, end, side):
    """Coordinates on the canvas of those from first to end - 1, mirrored at its far edge."""
    places = np.arange(first, end) % (2 * side)
    return np.where(places < side, places, 2 * side - 1 - places)


def windows(canvas):
    return rectangles(window_boundaries(canvas[0]), window_boundaries(canvas[1]))


# docs/format.md, "Ladder"


def nominal_steps(levels, d):
    yield levels, 1440, 600
    for level in range(levels, 0, -1):
        a = 600 if level == levels else 0
        distance = a + 256
        count = max(1, -(-(2 * distance - d) // (2 * d)))
        for i in range(count):
            yield level, a - i * distance // count, a - (i + 1) * distance // count
    a = 600 if levels == 0 else 0
    i = 0
    while True:
        yield 0, a - i * d, a - (i + 1) * d
        i += 1


def step_distance(step):
    return (23083 * step + 500) // 1000


def nominal_end(levels, step, count):
    level, _, to = next(itertools.islice(nominal_steps(levels, step_distance(step)), count - 1, None))
    return 256 * level + to


def ladder(levels, step, end_position):
    """Steps (level, from, to)."""
    d = step_distance(step)
    steps = []
    for level, start, to in nominal_steps(levels, d):
        end = end_position - 256 * level
        if to <= end:
            return steps + [(level, start, end)]
        steps.append((level, start, to))


# docs/format.md, "Shared randomness"


def hash32(s, i):
    """The hash of Python integers."""
    x = (s * 0x9E3779B1 ^ i * 0x85EBCA77) & U32
    x ^= x >> 15
    x = x * 0x2C1B3C6D & U32
    x ^= x >> 13
    return x * 0x297A2D39 & U32


def hash_array(s, i):
    """The hash of arrays of uint32; numpy's products keep the low 32 bits."""
    x = (s * np.uint32(0x9E3779B1)) ^ (i * np.uint32(0x85EBCA77))
    x ^= x >> np.uint32(15)
    x = x * np.uint32(0x2C1B3C6D)
    x ^= x >> np.uint32(13)
    return x * np.uint32(0x297A2D39)


def fold(x):
    return x ^ x >> 16


def stream_key(seed, purpose, a, b):
    key = hash32(seed, purpose)
    key = hash32(fold(key), a)
    key = hash32(fold(key), b)
    return fold(key)


def quantile_table():
    quantile = statistics.NormalDist().inv_cdf
    upper = [math.floor(4096 * quantile((j + 0.5) / 65536) + 0.5) for j in range(32768, 65536)]
    table = np.array([-value for value in reversed(upper)] + upper, dtype="<i2")
    expected = "1ea009ce409dac97d6bd609266910f809c5fb912f78e16bd89145b08174d6fc5"
    assert hashlib.sha256(table.tobytes()).hexdigest() == expected, "quantile table"
    return table


Q = quantile_table()


def uniform(h, n):
    """Integers 0..n-1 from hashes; takes an array of uint32, and an integer or array n."""
    return (h.astype(np.uint64) * np.asarray(n, np.uint64) >> np.uint64(32)).astype(np.int64)


def shuffle(n, key):
    index = np.arange(n, dtype=np.uint32)
    swaps = uniform(hash_array(np.full(n, key, np.uint32), index), index.astype(np.uint64) + np.uint64(1)).tolist()
    order = [0] * n
    for i, j in enumerate(swaps):
        order[i] = order[j]
        order[j] = i
    return np.array(order)


CODEBOOK = Q[shuffle(65536, stream_key(0, 7, 0, 0))]


# docs/format.md, "Layers"


class Bits:
    """Reads bits of the file, most significant first."""

    def __init__(self, data, position):
        self.bits = np.unpackbits(np.frombuffer(data, np.uint8))
        self.position = position

    def take(self, count):
        """An array of bits."""
        if count > self.left():
            raise OutOfBits
        self.position += count
        return self.bits[self.position - count : self.position]

    def left(self):
        return len(self.bits) - self.position

    def number(self, count):
        value = 0
        for bit in self.take(count).tolist():
            value = value << 1 | bit
        return value


def deal(stream, sizes):
    """The code bits of each tile, as far as a string of interleaved bits has them."""
    parts, at = [[] for _ in sizes], 0
    for i in range(64):
        for part, size in zip(parts, sizes):
            count = size * (i + 1) // 64 - size * i // 64
            part.append(stream[at : at + count])
            at += count
    return [np.concatenate(part) for part in parts]


def crc16(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1) ^ 0x1021 if crc & 0x8000 else crc << 1
            crc &= 0xFFFF
    return crc


# docs/format.md, "Budgets"

RATE = [-5, -8, -11, -16, -22, -31, -43, -57, -73, -90, -112, -136, -163, -193, -223]
POWER = [65536, 68437, 71467, 74631, 77935, 81386, 84989, 88752]
POWER += [92681, 96785, 101070, 105545, 110217, 115097, 120193, 125514]


def grid_budget(g):
    return g if g < 16 else (8 + (g & 7)) << ((g >> 3) - 1)


def nearest(b):
    if b < 16:
        return b
    o = b.bit_length() - 1 - 3
    return 8 * o + -(-(2 * b - 2**o) // 2 ** (o + 1))


def typical_bits16(n, start, to):
    total = 0
    for a in range(start, to, -256):
        b = max(a - 256, to)
        m = min(max(((a + b) >> 1) + 2048, 0), 3583)
        t, share = m >> 8, m & 255
        r = (RATE[t] * (256 - share) + RATE[t + 1] * share) >> 8
        total += n * (a - b) * POWER[r & 15] // 2 ** (20 - (r >> 4))
    return total


def predicted(typical, history):
    if history is None:
        return nearest(typical >> 4)
    bits, typical_then = history
    # Floats: where the product leaves 2^53, its rounding is part of the format.
    scaled = math.floor(float((2 * bits + 1) * 8) * float(typical) / float(typical_then + 8))
    return nearest(min(scaled // 16, 2**30))


def leading_zeros(bits, most):
    """Reads zero bits and the 1 that follows; returns the number of zeros."""
    zeros = 0
    while bits.number(1) == 0:
        zeros += 1
        if zeros > most:
            raise Damage("a code is too long")
    return zeros


def golomb(bits, zeros):
    """The rest of an exponential-Golomb code whose leading zeros have been read."""
    return (1 << zeros | bits.number(zeros)) - 1


def signed(z):
    return (z + 1) // 2 if z & 1 else -z // 2


def read_grid_point(bits, typical, history):
    """Reads a grid point, which may be out of range."""
    return predicted(typical, history) + signed(golomb(bits, leading_zeros(bits, 8)))


def check_grid_point(g):
    if not 0 <= g <= 239:
        raise Damage("budget is out of range")


def read_budget(bits, n, typical, history, fine):
    g = read_grid_point(bits, typical, history)
    fraction = bits.number(4) if fine else 0
    check_grid_point(g)
    budget = grid_budget(g) + fraction * (grid_budget(g + 1) - grid_budget(g)) // 16
    if budget > 4 * n:
        raise Damage("budget is out of range")
    return budget


# docs/format.md, "Variance gains"

NO_GAINS = np.zeros(192, np.int64)
IS_MEAN = np.arange(192) % 64 == 0
GAINS_ZEROS = 9


def taken_over(gains, grid, grid_before):
    """Gains of each tile of a grid (columns, rows) from those of the layer before."""
    (c, r), (c_before, r_before) = grid, grid_before
    return [gains[j * r_before // r * c_before + i * c_before // c] for j in range(r) for i in range(c)]


def changed_gains(bits, gains):
    """Reads changes of a tile's gains, after their prefix."""

    def number():
        return golomb(bits, leading_zeros(bits, 16))

    means, others = signed(number()), signed(number())
    gains = gains + np.where(IS_MEAN, means, others)
    count, at = number(), -1
    if count > 192:
        raise Damage("too many gains change")
    for _ in range(count):
        at += 1 + number()
        change = signed(number() + 1)
        if at > 191:
            raise Damage("class of a gain is out of range")
        gains[at] += change
    if gains.min() < -4 or gains.max() > 11:
        raise Damage("gain is out of range")
    return gains


def read_gains(bits, gains):
    """The gains of a tile that takes over `gains`."""
    start = bits.position
    if leading_zeros(bits, GAINS_ZEROS) == GAINS_ZEROS:
        return changed_gains(bits, gains)
    bits.position = start
    return gains


# docs/format.md, "Message lengths"


def read_length(bits, n, typical, history):
    """Reads the length of the message of a tile, in bits."""
    g = read_grid_point(bits, typical, history)
    check_grid_point(g)
    budget = grid_budget(g)
    if budget % 8 or budget >= 2**31:
        raise Damage("length is out of range")
    if budget >= 128:
        budget += 8 * bits.number(budget.bit_length() - 1 - 6)
    if budget > 400 * n:
        raise Damage("length is out of range")
    return budget


# docs/format.md, "Bit allocation"


class Spectra:
    """Calibration in integers."""

    def __init__(self, tensors):
        sigma, shape = (tensors["calibration." + name].astype(np.float64) for name in ("sigma", "band_shape"))
        self.index_of = np.floor(256 * np.log2(sigma) + 0.5).astype(int).tolist()
        self.log_shape = np.floor(16 * np.log2(shape) + 0.5).astype(np.int64).reshape(-1, 192)

    def at(self, start):
        last = len(self.index_of) - 1
        i = next((i for i in range(1, last + 1) if self.index_of[i] >= start), last)
        span = self.index_of[i] - self.index_of[i - 1]
        share = min(max(start - self.index_of[i - 1], 0), span)
        return (self.log_shape[i - 1] * (span - share) + self.log_shape[i] * share) // span


INFORMATION = np.floor(2048 * np.log2(1 + 2.0 ** (np.arange(-1024, 193) / 16)) + 0.5).astype(np.int64)
assert (
    hashlib.sha256(INFORMATION.astype("<i4").tobytes()).hexdigest()
    == "6ce1900db10232c086c7442278b579862e332979402a332970857cccce6e2ab6"
), "information table"


def allocate(spectrum, gains, budget, n):
    """(bits, weights of the classes) of each pass."""

    def information(lift):
        return INFORMATION[(spectrum + 32 * gains + lift).clip(-1024, 192) + 1024]

    needed = max(-(-budget * 4096 * 192 // n), 768)
    for lift in range(-1600, 1601):
        everything = information(lift)
        if everything.sum() >= needed:
            break
    first = information(lift - 23)
    first_bits = budget * int(first.sum()) // int(everything.sum())
    if budget < 1024 or first_bits == 0:
        return [(budget, everything)]
    return [(first_bits, first), (budget - first_bits, everything - first)]


def cut_stages(order, budget, weights):
    """(end, bits) of each stage of a pass of `budget` bits."""
    n = len(order)
    if budget == 0:
        return [(n, 0)]
    w = np.cumsum(weights[order % 192]).tolist()
    spent = [x * budget // w[-1] for x in w]
    stages, before = [], 0
    for end, now in enumerate(spent, 1):
        if now > before:
            stages.append((n if now == budget else end, now - before))
            before = now
        if now == budget:
            return stages
    raise AssertionError("not all bits are spent")


# docs/format.md, "Coefficients" and "Trellis code"


def interleave(n, seed, layer, tile):
    blocks = n // 192
    block_order, class_order = (shuffle(m, stream_key(seed, p, layer, tile)) for m, p in ((blocks, 4), (192, 5)))
    key = np.full(192, stream_key(seed, 6, layer, tile), np.uint32)
    offset = uniform(hash_array(key, np.arange(192, dtype=np.uint32)), blocks)
    run = np.arange(blocks)[:, None]
    return (192 * block_order[(run + offset) % blocks] + class_order).reshape(n)


class Register:
    """Runs over the code bits of a tile that are there."""

    def __init__(self, s, code_bits):
        self.s, self.bits, self.spent = s, code_bits.tolist(), 0

    def visits(self, n, stages):
        """The register of each visit of a pass, up to the first whose bits are not all there."""
        out = np.empty(n, np.uint32)
        i = 0
        for end, k in stages:
            if self.spent + k > len(self.bits):
                self.spent = math.inf
                break
            for bit in self.bits[self.spent : self.spent + k]:
                self.s = (self.s << 1 | bit) & U32
            self.spent += k
            out[i:end] = self.s
            i = end
        return out[:i]


def passes(tile, seed, layer, number, spectrum):
    """For each pass of a tile the code values in canonical order, as multiples of 2^-12 (int16), and which of them are known."""
    n = tile["n"]
    order = interleave(n, seed, layer, number)
    register = Register(stream_key(seed, 3, layer, number), tile["codeBits"])
    found = []
    for bits, weights in allocate(spectrum, tile["gains"], tile["budget"], n):
        s = register.visits(n, cut_stages(order, bits, weights))
        visits = np.arange(len(s), dtype=np.uint32)
        row = hash_array(s >> np.uint32(1), visits >> np.uint32(2)) >> np.uint32(18)
        magnitude = CODEBOOK[row * np.uint32(4) + (visits & np.uint32(3))]
        values, known = np.zeros(n, "<i2"), np.zeros(n, bool)
        values[order[: len(s)]] = np.where(s & np.uint32(1), magnitude, -magnitude)
        known[order[: len(s)]] = True
        found.append((values, known))
    return found


def code_values(tile, seed, layer, number, spectrum):
    """The code values of each pass of a whole tile."""
    return [values for values, _ in passes(tile, seed, layer, number, spectrum)]


# The whole file


def protected(budget, gains, code_bits):
    """The bytes of which a tile's CRC-16 is."""
    exponents = gains.astype(np.int8).tobytes() if gains.any() else b""
    return budget.to_bytes(4, "little") + exponents + np.packbits(code_bits).tobytes()


def read_side(bits, header, tile, history, fine):
    """Adds to `tile` (n, typical, and the gains that it takes over) what stands before the code bits."""
    n, typical, start = tile["n"], tile["typical"], bits.position
    if header["dithered"]:
        tile["budget"] = read_length(bits, n, typical, history)
    else:
        tile["gains"] = read_gains(bits, tile["gains"])
        tile["budget"] = read_budget(bits, n, typical, history, fine)
    tile.update(sideBits=bits.position - start + (16 if header["checksums"] else 0), crcOk=None)


def read_code_bits(bits, header, tiles):
    """Adds the code bits to the tiles; False if the layer is not whole."""
    sizes = [tile["budget"] for tile in tiles]
    whole = sum(sizes) + (16 * len(tiles) if header["checksums"] else 0) <= bits.left()
    stream = bits.take(min(sum(sizes), bits.left()))
    for tile, code_bits in zip(tiles, deal(stream, sizes)):
        tile["codeBits"] = code_bits
    if whole and header["checksums"]:
        for tile in tiles:
            tile["crcOk"] = bits.number(16) == crc16(protected(tile["budget"], tile["gains"], tile["codeBits"]))
            if not tile["crcOk"]:
                raise Damage("checksum does not match")
    return whole


def read_layers(bits, header, steps):
    """Yields (tiles, whether it is whole) of each layer."""
    before, level_before, grid_before = [], None, (1, 1)
    for layer, (level, start, to) in enumerate(steps):
        fine = header["freeEnd"] and layer == len(steps) - 1
        canvas = canvas_size(header["width"], header["height"], level)
        grid = tuple(-(-side // 256) for side in canvas)
        if grid[0] * grid[1] > bits.left():
            raise OutOfBits
        gains = taken_over([t["gains"] for t in before] or [NO_GAINS], grid, grid_before)
        sums = (sum(t["budget"] for t in before), sum(t["typical"] for t in before))
        tiles = []
        for i, (_, _, w, h) in enumerate(cut_canvas(canvas, 256)):
            n = 3 * w * h
            history = None
            if before:
                history = (before[i]["budget"], before[i]["typical"]) if level == level_before else sums
            tile = {"n": n, "typical": typical_bits16(n, start, to), "gains": gains[i]}
            read_side(bits, header, tile, history, fine)
            tiles.append(tile)
        whole = read_code_bits(bits, header, tiles)
        yield tiles, whole
        if not whole:
            raise OutOfBits
        before, level_before, grid_before = tiles, level, grid


# docs/format.md, "Tail section"


def read_tail(data, start, header):
    """The section at byte `start`; its pixels need the model."""
    if header["levels"] > 0 and header["endPosition"] > 0:
        raise Damage("the layers end before the full size, and a tail cannot follow")
    length = at = shift = 0
    for i in range(5):
        if start + i >= len(data):
            raise OutOfBits
        at = start + i + 1
        length |= (data[at - 1] & 127) << shift
        shift += 7
        if data[at - 1] < 128:
            break
    else:
        raise Damage("length of the tail is longer than 5 bytes")
    if length > 24 * header["width"] * header["height"] + 16:
        raise Damage("length of the tail is out of range")
    end = at + 4 + length
    if end > len(data):
        raise OutOfBits
    return {"start": start, "end": end, "checksum": int.from_bytes(data[at : at + 4], "little")}


class File:
    """What a file holds. The header has what was found of a tail, and the number of bytes that follow the end, if there are any."""

    def __init__(self, data):
        self.header = read_header(data)
        self.steps = ladder(self.header["levels"], self.header["ladderStep"], self.header["endPosition"])
        # Whole layers of tiles, the end bit of each, and the tiles of a layer of which a part counts.
        self.layers, self.ends, self.part = [], [], None
        self.status, self.damage = "whole", ""
        try:
            self.read(data)
        except OutOfBits:
            self.status = "truncated"
        except Damage as damage:
            self.status, self.damage = "damaged", str(damage)

    def read(self, data):
        bits = Bits(data, 8 * self.header["startBytes"])
        try:
            for tiles, whole in read_layers(bits, self.header, self.steps):
                if whole:
                    self.layers.append(tiles)
                    self.ends.append(bits.position)
                elif not self.header["dithered"] and any(len(tile["codeBits"]) for tile in tiles):
                    self.part = tiles
        except Damage as damage:
            raise Damage(f"layer {len(self.layers)}: {damage}") from damage
        end = (bits.position + 7) // 8
        if self.header["tail"]:
            self.header["tailSection"] = read_tail(data, end, self.header)
            end = self.header["tailSection"]["end"]
        if end < len(data):
            self.header["trailingBytes"] = len(data) - end


def describe(data, model_id, spectra):
    """The object that main prints for one file."""
    file = File(data)
    header, shown, part = file.header, [], None
    for layer, (tiles, (level, start, to), end) in enumerate(zip(file.layers, file.steps, file.ends)):
        for i, tile in enumerate(tiles):
            tile["sha256"] = None
            if header["dithered"]:  # values need the model to the bit; this is the hash of the message
                tile["message"] = hashlib.sha256(np.packbits(tile["codeBits"]).tobytes()).hexdigest()
            elif header["model"] == model_id:
                values = code_values(tile, header["seed"], layer, i, spectra.at(start))
                tile["sha256"] = hashlib.sha256(b"".join(c.tobytes() for c in values)).hexdigest()
            tile["gains"] = {str(number): int(e) for number, e in enumerate(tile["gains"]) if e}
            del tile["typical"], tile["codeBits"]
        shown.append({"layer": layer, "level": level, "from": start, "to": to, "endBit": end, "tiles": tiles})
    if file.part:
        bits, total = (sum(count) for count in zip(*((len(t["codeBits"]), t["budget"]) for t in file.part)))
        part = {"layer": len(shown), "bits": bits, "bitsTotal": total}
    found = {"status": file.status, "damage": file.damage, "layers": shown, "part": part}
    return {"header": header, "layersTotal": len(file.steps), **found}


STATUS = {"whole": 0, "truncated": 1, "damaged": 2, "refused": 3}


def main(model_path, *paths):
    with open(model_path, "rb") as file:
        weights = file.read()
    model_id, spectra = hashlib.sha256(weights).hexdigest()[:16], Spectra(load_tensors(weights))
    worst = 0
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        try:
            result = describe(data, model_id, spectra)
        except BadHeader as error:
            result = {"status": "refused", "damage": str(error)}
        print(json.dumps({"file": path, **result}))
        worst = max(worst, STATUS[result["status"]])
    return worst


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
