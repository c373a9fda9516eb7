/** Gradients with shapes over them. */
import type { Random } from './random.ts';
import { area, box, colour, disc, element, star, through } from './svg.ts';

function stops(colours: readonly string[]): string {
  return colours.map((fill, i) => element('stop', { offset: i / (colours.length - 1), stop_color: fill })).join('');
}

/** A linear gradient; direction in degrees, 0 to the right. */
function linear(id: string, degrees: number, colours: readonly string[]): string {
  return element('linearGradient', { id, gradientTransform: `rotate(${degrees} .5 .5)` }, stops(colours));
}

function radial(id: string, colours: readonly string[]): string {
  return element('radialGradient', { id, cx: 0.35, cy: 0.3, r: 0.75 }, stops(colours));
}

/** Discs through which the ground can be seen. */
function bubbles(random: Random): string {
  const hue = random.number(0, 360);
  const ground = linear('ground', random.number(20, 70), [colour(hue, 0.7, 0.6), colour(hue + 70, 0.75, 0.4)]);
  const discs = Array.from({ length: 14 }, () =>
    disc(random.number(0, 256), random.number(0, 256), random.number(14, 60), '#ffffff', {
      fill_opacity: random.number(0.06, 0.25).toFixed(3),
    }),
  );
  return [ground, box(0, 0, 256, 256, 'url(#ground)'), ...discs].join('');
}

/** Hills in front of a sky. */
function hills(random: Random): string {
  const hue = random.number(180, 300);
  const sky = linear('sky', 90, [colour(hue, 0.6, 0.35), colour(hue + 60, 0.65, 0.6), colour(hue + 110, 0.85, 0.78)]);
  const ranges = Array.from({ length: 5 }, (_, i) => {
    const [length, start] = [random.number(22, 46), random.number(0, 6)];
    const top = 118 + 28 * i;
    const points = Array.from({ length: 65 }, (_, j): [number, number] => [
      4 * j,
      top + (18 - 2 * i) * Math.sin((4 * j) / length + start) + 7 * Math.sin((4 * j) / 13 + 2 * start),
    ]);
    return area(through([...points, [256, 256], [0, 256]], true), colour(hue + 10 * i, 0.45, 0.42 - 0.07 * i));
  });
  return [sky, box(0, 0, 256, 256, 'url(#sky)'), disc(176, 84, 26, colour(48, 0.95, 0.86)), ...ranges].join('');
}

/** Balls with light and shadow on a table. */
function balls(random: Random): string {
  const hue = random.number(0, 360);
  const fills = [0, 1, 2].map((i) => colour(hue + 120 * i, 0.75, 0.48));
  const definitions = fills.map((fill, i) => radial(`ball${i}`, ['#ffffff', fill, colour(hue + 120 * i, 0.8, 0.12)]));
  const blur = element(
    'filter',
    { id: 'soft', x: -0.5, y: -1, width: 2, height: 3 },
    '<feGaussianBlur stdDeviation="7"/>',
  );
  const places = [
    [70, 120, 48],
    [180, 136, 56],
    [112, 190, 34],
  ] as const;
  return [
    ...definitions,
    blur,
    linear('ground', 90, [colour(hue + 200, 0.12, 0.92), colour(hue + 200, 0.18, 0.55)]),
    box(0, 0, 256, 256, 'url(#ground)'),
    ...places.flatMap(([x, y, r], i) => [
      element('ellipse', { cx: x + 12, cy: y + r - 2, rx: r, ry: r / 4, fill_opacity: 0.5, filter: 'url(#soft)' }),
      disc(x, y, r, `url(#ball${i})`),
    ]),
  ].join('');
}

/** Cards with gradients of their own, stars and bands. */
function tiles(random: Random): string {
  const hue = random.number(0, 360);
  const parts = Array.from({ length: 9 }, (_, i) => {
    const [x, y] = [14 + 78 * (i % 3), 14 + 78 * Math.floor(i / 3)];
    const tint = hue + random.number(0, 140);
    const card = linear(`card${i}`, random.integer(0, 3) * 45, [colour(tint, 0.8, 0.66), colour(tint + 40, 0.8, 0.42)]);
    const shape = random.pick([
      area(star(x + 36, y + 36, 22, 5, 0.45), '#ffffff'),
      disc(x + 36, y + 36, 18, '#ffffff'),
      box(x + 20, y + 20, 32, 32, '#ffffff', { rx: 4 }),
      area(star(x + 36, y + 36, 22, 3, 0.5), '#ffffff'),
    ]);
    return card + box(x, y, 72, 72, `url(#card${i})`, { rx: 10 }) + shape;
  });
  const ground = linear('ground', 45, [colour(hue, 0.3, 0.16), colour(hue + 60, 0.3, 0.3)]);
  return [ground, box(0, 0, 256, 256, 'url(#ground)'), ...parts].join('');
}

/** All gradients. */
export const GRADIENTS: readonly ((random: Random) => string)[] = [bubbles, hills, balls, tiles];
