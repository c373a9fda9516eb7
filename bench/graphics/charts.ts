/** Charts: axes, grids, bars, lines, dots, sectors. */
import { digits, words } from './lettering.ts';
import type { Random } from './random.ts';
import { area, box, colour, disc, element, stroke, through } from './svg.ts';

const INK = '#333333';
const GRID = '#dddddd';
/** Edges of the plot. */
const [LEFT, TOP, RIGHT, BOTTOM] = [34, 30, 244, 222];

function series(random: Random, count: number): string[] {
  const hue = random.number(0, 360);
  return Array.from({ length: count }, (_, i) => colour(hue + (360 * i) / count, 0.62, 0.46 + 0.08 * (i % 2)));
}

/** Paper, title, grid, axes and their labels. */
function axes(random: Random, columns: number, rows: number): string {
  const crisp = { shape_rendering: 'crispEdges' };
  const line = (x: number, y: number, width: number, height: number, fill: string) =>
    box(Math.round(x), Math.round(y), width, height, fill, crisp);
  const small = { size: 6, colour: INK, weight: 0.9 };
  const rowAt = (i: number): number => BOTTOM - ((BOTTOM - TOP) * i) / rows;
  const columnAt = (i: number): number => LEFT + ((RIGHT - LEFT) * i) / columns;
  const numbers = (count: number): number[] => Array.from({ length: count + 1 }, (_, i) => i);
  return [
    box(0, 0, 256, 256, '#ffffff'),
    words(random, LEFT, 10, 190, { size: 9, colour: INK, weight: 1.4 }),
    ...numbers(rows).map((i) => line(LEFT, rowAt(i), RIGHT - LEFT, 1, GRID)),
    ...numbers(columns).map((i) => line(columnAt(i), TOP, 1, BOTTOM - TOP, GRID)),
    ...numbers(rows).map((i) => digits(100 + 20 * i, 10, rowAt(i) - 3, small)),
    ...numbers(columns).map((i) => digits(10 + i, columnAt(i) - 5, BOTTOM + 7, small)),
    words(random, 90, 242, 120, { size: 7, colour: INK, weight: 1.1 }),
    line(LEFT, TOP, 1, BOTTOM - TOP, INK),
    line(LEFT, BOTTOM, RIGHT - LEFT, 1, INK),
  ].join('');
}

function bars(random: Random): string {
  const fills = series(random, 2);
  const groups = random.integer(6, 8);
  const room = (RIGHT - LEFT) / groups;
  const parts = Array.from({ length: groups }, (_, group) =>
    fills.map((fill, i) => {
      const height = Math.round(random.number(20, 185));
      const x = Math.round(LEFT + room * group + 4 + (i * (room - 8)) / 2);
      return box(x, BOTTOM - height, Math.floor((room - 8) / 2), height, fill);
    }),
  );
  return axes(random, groups, 6) + parts.flat().join('');
}

function lines(random: Random): string {
  const inks = series(random, 3);
  const count = 22;
  const curves = inks.map((ink) => {
    let y = random.number(70, 190);
    const points = Array.from({ length: count }, (_, i): [number, number] => {
      y = Math.min(Math.max(y + random.number(-22, 20), TOP + 6), BOTTOM - 6);
      return [LEFT + ((RIGHT - LEFT) * i) / (count - 1), y];
    });
    const dots = random.chance(0.6) ? points.map(([x, at]) => disc(x, at, 2.6, ink)) : [];
    return stroke(through(points), ink, 1.8, { stroke_linejoin: 'round' }) + dots.join('');
  });
  const legend = inks.map(
    (ink, i) =>
      box(150, 36 + 12 * i, 12, 4, ink) + words(random, 168, 35 + 12 * i, 56, { size: 6, colour: INK, weight: 0.9 }),
  );
  const frame = box(144.5, 30.5, 94, 40, '#ffffff', { stroke: GRID });
  return [axes(random, 7, 5), ...curves, frame, ...legend].join('');
}

function sectors(random: Random): string {
  const count = random.integer(5, 7);
  const fills = series(random, count);
  const shares = fills.map(() => random.number(0.4, 1.6));
  const total = shares.reduce((sum, share) => sum + share, 0);
  let turn = -Math.PI / 2;
  const at = (angle: number): string =>
    `${(96 + 74 * Math.cos(angle)).toFixed(2)} ${(138 + 74 * Math.sin(angle)).toFixed(2)}`;
  const parts = shares.map((share, i) => {
    const from = turn;
    turn += (2 * Math.PI * share) / total;
    const wide = turn - from > Math.PI ? 1 : 0;
    return area(`M96 138L${at(from)}A74 74 0 ${wide} 1 ${at(turn)}Z`, fills[i], { stroke: '#ffffff', stroke_width: 2 });
  });
  const legend = fills.map((fill, i) => {
    const y = 70 + 20 * i;
    return box(184, y, 10, 10, fill) + words(random, 200, y + 2, 50, { size: 6, colour: INK, weight: 0.9 });
  });
  const title = words(random, 20, 16, 210, { size: 10, colour: INK, weight: 1.5 });
  return [box(0, 0, 256, 256, '#ffffff'), title, ...parts, disc(96, 138, 34, '#ffffff'), ...legend].join('');
}

/** An area under a curve, and a cloud of dots over it. */
function cloud(random: Random): string {
  const [fill, ink] = series(random, 2);
  const height = (x: number): number => 150 - 0.35 * x + 24 * Math.sin(x / 26);
  const points = Array.from({ length: 71 }, (_, i): [number, number] => [LEFT + 3 * i, height(3 * i)]);
  const closed: [number, number][] = [...points, [RIGHT, BOTTOM], [LEFT, BOTTOM]];
  const dots = Array.from({ length: 70 }, () => {
    const x = random.number(4, 206);
    const y = Math.min(Math.max(height(x) + 16 * (random.number(-1, 1) + random.number(-1, 1)), TOP + 4), BOTTOM - 4);
    return element('circle', { cx: LEFT + x, cy: y, r: 2.4, fill: '#ffffff', stroke: ink, stroke_width: 1.2 });
  });
  return [
    axes(random, 6, 8),
    area(through(closed, true), fill, { fill_opacity: 0.35 }),
    stroke(through(points), fill, 2),
    ...dots,
  ].join('');
}

/** All charts. */
export const CHARTS: readonly ((random: Random) => string)[] = [bars, lines, sectors, cloud];
