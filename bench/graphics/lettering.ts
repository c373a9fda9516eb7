/** Text without fonts: letters as strokes, so that every machine draws the same pixels. */
import type { Random } from './random.ts';
import { element } from './svg.ts';

/** Capitals and digits, in boxes of 4 x 6. */
const CAPITALS: readonly string[] = [
  'M0 6L2 0L4 6M1 4H3',
  'M0 0V6H3L4 5V4L3 3H0M0 0H3L4 1V2L3 3',
  'M4 1L3 0H1L0 1V5L1 6H3L4 5',
  'M0 0V6H2L4 4V2L2 0Z',
  'M4 0H0V6H4M0 3H3',
  'M4 0H0V6M0 3H3',
  'M0 0V6M4 0V6M0 3H4',
  'M0 0V6M4 0L0 3L4 6',
  'M0 0V6H4',
  'M0 6V0L2 3L4 0V6',
  'M0 6V0L4 6V0',
  'M1 0H3L4 1V5L3 6H1L0 5V1Z',
  'M0 6V0H3L4 1V2L3 3H0',
  'M0 6V0H3L4 1V2L3 3H0M2 3L4 6',
  'M4 1L3 0H1L0 1V2L1 3H3L4 4V5L3 6H1L0 5',
  'M0 0H4M2 0V6',
  'M0 0V5L1 6H3L4 5V0',
  'M0 0L2 6L4 0',
  'M0 0L4 6M4 0L0 6',
  'M0 0H4L0 6H4',
];

/** Small letters, in the same boxes. */
const SMALL: readonly string[] = [
  'M1 2H3L4 3V6M4 4H1L0 5L1 6H3L4 5',
  'M4 2.5L3 2H1L0 3V5L1 6H3L4 5.5',
  'M4 0V6M4 3L3 2H1L0 3V5L1 6H3L4 5',
  'M0 4H4V3L3 2H1L0 3V5L1 6H3.5',
  'M2 2V6M2 0V.6',
  'M2 0V6',
  'M0 6V2M0 3L1 2H1.5L2 3V6M2 3L3 2H3.5L4 3V6',
  'M0 6V2M0 3L1 2H3L4 3V6',
  'M1 2H3L4 3V5L3 6H1L0 5V3Z',
  'M0 2V8M0 3L1 2H3L4 3V5L3 6H1L0 5',
  'M1 6V2M1 3L2 2H4',
  'M4 2H1L0 3L1 4H3L4 5L3 6H0',
  'M2 0V5L3 6H4M.5 2H3.5',
  'M0 2V5L1 6H3L4 5V2M4 2V6',
  'M0 0V6M0 3L1 2H3L4 3V6',
];

const DIGITS: readonly string[] = [
  'M1 0H3L4 1V5L3 6H1L0 5V1Z',
  'M1 1L2 0V6',
  'M0 1L1 0H3L4 1V2L0 6H4',
  'M0 0H4L2 2.5L4 4V5L3 6H1L0 5',
  'M3 6V0L0 4H4',
  'M4 0H0V3H3L4 4V5L3 6H0',
  'M3 0L0 3V5L1 6H3L4 5V4L3 3H0',
  'M0 0H4L1.5 6',
  'M1 0H3L4 1V2L3 3H1L0 4V5L1 6H3L4 5V4L3 3H1L0 2V1Z',
  'M1 6L4 3V1L3 0H1L0 1V2L1 3H4',
];

/** How text looks. */
export interface Lettering {
  /** Height of a capital, in pixels. */
  readonly size: number;
  readonly colour: string;
  /** Width of the strokes, in pixels; default: a seventh of the size. */
  readonly weight?: number;
}

/** Draws letters one after the other from (x, y), the upper left corner; an empty path is a space. */
function drawn(paths: readonly string[], x: number, y: number, { size, colour, weight = size / 7 }: Lettering): string {
  const scale = size / 6;
  const letters = paths.map((d, i) => (d === '' ? '' : element('path', { d, transform: `translate(${6 * i} 0)` })));
  const attributes = { fill: 'none', stroke: colour, stroke_width: weight / scale, stroke_linejoin: 'round' };
  return element('g', { transform: `translate(${x} ${y}) scale(${scale})`, ...attributes }, letters.join(''));
}

/** Width of `count` letters, in pixels. */
export function widthOf(count: number, size: number): number {
  return count * size - size / 3;
}

/** A line of words that takes at most a width. */
export function words(random: Random, x: number, y: number, width: number, style: Lettering): string {
  const room = Math.floor((width + style.size / 3) / style.size);
  const paths: string[] = [];
  while (paths.length < room) {
    const length = Math.min(random.integer(2, 8), paths.length === 0 ? room : 8);
    if (paths.length + length > room) break;
    const first = paths.length === 0 || random.chance(0.1) ? CAPITALS : SMALL;
    paths.push(random.pick(first), ...Array.from({ length: length - 1 }, () => random.pick(SMALL)), '');
  }
  return drawn(paths, x, y, style);
}

/** A word of capitals. */
export function capitals(random: Random, x: number, y: number, count: number, style: Lettering): string {
  return drawn(
    Array.from({ length: count }, () => random.pick(CAPITALS)),
    x,
    y,
    style,
  );
}

/** A number. */
export function digits(value: number, x: number, y: number, style: Lettering): string {
  return drawn(
    [...String(value)].map((digit) => DIGITS[Number(digit)]),
    x,
    y,
    style,
  );
}
