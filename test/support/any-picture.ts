/** Small pictures of every kind, most of them no photographs: each seed gives one. */
import { readFileSync } from 'node:fs';
import seedrandom from 'seedrandom';
import type { RawImage } from '../../src/entry/index.ts';

type Colour = readonly [number, number, number];
type Draw = (random: Draws, width: number, height: number) => (x: number, y: number) => Colour;

/** Random numbers, and what is made of them. */
class Draws {
  readonly uniform: () => number;

  constructor(seed: string) {
    this.uniform = seedrandom(seed);
  }

  /** An integer from low to high. */
  between(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1));
  }

  pick<T>(list: readonly T[]): T {
    return list[this.between(0, list.length - 1)];
  }

  /** Any colour; as often as not a corner of the cube or one with few values, as graphics have them. */
  colour(): Colour {
    const values = this.pick([[0, 255], [0, 51, 102, 153, 204, 255], undefined]);
    const value = (): number => (values ? this.pick(values) : this.between(0, 255));
    return [value(), value(), value()];
  }
}

const CIFAR = 'test/images/cifar10-test-128.bin';
const SIDE = 32;
let photographs: Buffer | undefined;

/** A photograph of CIFAR-10, mirrored beyond its edges. */
function photograph(random: Draws): (x: number, y: number) => Colour {
  photographs ??= readFileSync(CIFAR);
  const at = random.between(0, 127) * (1 + 3 * SIDE * SIDE) + 1;
  const bytes = photographs;
  const mirror = (v: number): number => {
    const phase = v % (2 * SIDE);
    return phase < SIDE ? phase : 2 * SIDE - 1 - phase;
  };
  return (x, y) => {
    const pixel = at + mirror(y) * SIDE + mirror(x);
    return [bytes[pixel], bytes[pixel + SIDE * SIDE], bytes[pixel + 2 * SIDE * SIDE]];
  };
}

/** Rows of letters: each a random 3x5 bitmap that is used again. */
function text(random: Draws): (x: number, y: number) => boolean {
  const letters = Array.from({ length: 12 }, () => random.between(1, 32767));
  const line = Array.from({ length: 64 }, () => random.between(0, 13));
  const size = random.pick([1, 1, 2]);
  return (x, y) => {
    const [column, row] = [Math.floor(x / (4 * size)), Math.floor(y / (7 * size))];
    const [i, j] = [Math.floor(x / size) % 4, Math.floor(y / size) % 7];
    const letter = letters[line[(column + row * 11) % line.length]];
    return letter !== undefined && i < 3 && j < 5 && ((letter >> (j * 3 + i)) & 1) === 1;
  };
}

function rectangles(random: Draws, width: number, height: number, count: number) {
  return Array.from({ length: count }, () => {
    const [x, y] = [random.between(0, width - 1), random.between(0, height - 1)];
    return {
      x,
      y,
      right: x + random.between(1, width),
      bottom: y + random.between(1, height),
      colour: random.colour(),
    };
  });
}

type Rectangle = ReturnType<typeof rectangles>[number];
const inside = ({ x, y, right, bottom }: Rectangle, px: number, py: number): boolean =>
  px >= x && px < right && py >= y && py < bottom;

const KINDS: Readonly<Record<string, Draw>> = {
  flat: (random) => {
    const colour = random.colour();
    return () => colour;
  },
  'two colours': (random, width, height) => {
    const [a, b] = [random.colour(), random.colour()];
    const [x, y, radius] = [random.between(0, width), random.between(0, height), random.between(1, width)];
    return (px, py) => ((px - x) ** 2 + (py - y) ** 2 < radius ** 2 ? a : b);
  },
  gradient: (random, width, height) => {
    const [a, b] = [random.colour(), random.colour()];
    const angle = random.uniform() * 2 * Math.PI;
    const [dx, dy] = [Math.cos(angle) / width, Math.sin(angle) / height];
    return (x, y) => {
      const share = Math.min(Math.max(x * dx + y * dy, 0), 1);
      return [0, 1, 2].map((c) => a[c] + share * (b[c] - a[c])) as unknown as Colour;
    };
  },
  text: (random) => {
    const [ink, paper] = [random.colour(), random.colour()];
    const isInk = text(random);
    return (x, y) => (isInk(x, y) ? ink : paper);
  },
  checkerboard: (random) => {
    const [a, b] = [random.colour(), random.colour()];
    const [columns, rows] = [random.between(1, 8), random.between(1, 8)];
    return (x, y) => ((Math.floor(x / columns) + Math.floor(y / rows)) % 2 ? a : b);
  },
  bars: (random) => {
    const colours = Array.from({ length: random.between(2, 8) }, () => random.colour());
    const [wide, along] = [random.between(1, 8), random.pick([0, 1])];
    return (x, y) => colours[Math.floor((along ? x : y) / wide) % colours.length];
  },
  'line art': (random, width, height) => {
    const [ink, paper] = [random.colour(), random.colour()];
    const lines = Array.from({ length: random.between(1, 9) }, () => {
      const angle = random.uniform() * Math.PI;
      const [a, b] = [Math.cos(angle), Math.sin(angle)];
      return {
        a,
        b,
        c: a * random.between(0, width) + b * random.between(0, height),
        half: random.pick([0.5, 0.7, 1.5]),
      };
    });
    const spacing = random.pick([0, 0, 2, 3, 5]);
    return (x, y) => {
      const isHatched = spacing > 0 && (x + y) % spacing === 0;
      return isHatched || lines.some(({ a, b, c, half }) => Math.abs(a * x + b * y - c) < half) ? ink : paper;
    };
  },
  screenshot: (random, width, height) => {
    const [ink, paper, bar] = [random.colour(), random.colour(), random.colour()];
    const panels = rectangles(random, width, height, random.between(1, 5));
    const isInk = text(random);
    const top = random.between(2, 9);
    return (x, y) => {
      if (y < top) return bar;
      const panel = panels.findLast((rectangle) => inside(rectangle, x, y));
      if (panel) return isInk(x - panel.x, y - panel.y) ? ink : panel.colour;
      return paper;
    };
  },
  noise: (random) => {
    const kind = random.between(0, 3);
    const [a, b] = [random.colour(), random.colour()];
    const spread = random.between(1, 255);
    if (kind === 0) return () => [random.between(0, 255), random.between(0, 255), random.between(0, 255)];
    if (kind === 1) return () => (random.uniform() < 0.5 ? a : b);
    if (kind === 2) return () => (random.uniform() < 0.95 ? a : b);
    return () => [0, 1, 2].map((c) => a[c] + spread * (random.uniform() - 0.5)) as unknown as Colour;
  },
  photograph,
  'pasted graphics': (random, width, height) => {
    const photo = photograph(random);
    const ink = random.colour();
    const isInk = text(random);
    const pasted = rectangles(random, width, height, random.between(1, 3));
    return (x, y) => {
      const on = pasted.findLast((rectangle) => inside(rectangle, x, y));
      if (on) return isInk(x, y) ? ink : on.colour;
      return photo(x, y);
    };
  },
};

/** A picture, with its kind. */
export interface AnyPicture extends RawImage {
  readonly kind: string;
}

/** The picture of a seed: 1 to 40 pixels a side, rarely up to 96. */
export function anyPicture(seed: string): AnyPicture {
  const random = new Draws(seed);
  const kind = random.pick(Object.keys(KINDS));
  const most = random.uniform() < 0.02 ? 96 : random.pick([8, 16, 24, 32, 40]);
  const [width, height] = [random.between(1, most), random.between(1, most)];
  const channels = random.uniform() < 0.15 ? 1 : 3;
  const at = KINDS[kind](random, width, height);
  const data = new Uint8ClampedArray(width * height * channels);
  for (let p = 0; p < width * height; p++) {
    const colour = at(p % width, Math.floor(p / width));
    if (channels === 3) data.set(colour, p * 3);
    else data[p] = (colour[0] + 2 * colour[1] + colour[2]) / 4;
  }
  return { kind, data: new Uint8Array(data.buffer), width, height, channels };
}
