/** Logos: flat shapes in few colours. */
import { capitals, widthOf } from './lettering.ts';
import type { Random } from './random.ts';
import { area, box, colour, disc, element, star, stroke, through } from './svg.ts';

/** A badge with a star, and a word below it. */
function badge(random: Random): string {
  const hue = random.number(0, 360);
  const dark = colour(hue, 0.7, 0.28);
  const bright = colour(hue + random.number(120, 240), 0.85, 0.55);
  const points = random.integer(5, 8);
  const count = random.integer(4, 6);
  const word = { size: 26, colour: dark, weight: 5 };
  return [
    box(0, 0, 256, 256, '#ffffff'),
    area('M128 20L204 44V112C204 156 170 180 128 196C86 180 52 156 52 112V44Z', dark),
    area('M128 32L194 53V112C194 149 164 171 128 185C92 171 62 149 62 112V53Z', '#ffffff'),
    area('M128 40L187 59V112C187 145 160 164 128 177C96 164 69 145 69 112V59Z', bright),
    area(star(128, 106, 46, points, 0.45), '#ffffff'),
    disc(128, 106, 12, dark),
    capitals(random, 128 - widthOf(count, 26) / 2, 212, count, word),
  ].join('');
}

/** Rings that lie over each other, with a bar of capitals. */
function rings(random: Random): string {
  const hue = random.number(0, 360);
  const ground = colour(hue, 0.65, 0.16);
  const colours = [0, 1, 2].map((i) => colour(hue + 90 + 70 * i, 0.8, 0.58));
  const count = 6;
  return [
    box(0, 0, 256, 256, ground),
    ...colours.map((ring, i) => stroke(star(82 + 46 * i, 92, 40, 60, 1), ring, 14)),
    box(24, 164, 208, 56, colours[1]),
    capitals(random, 128 - widthOf(count, 30) / 2, 177, count, { size: 30, colour: ground, weight: 7 }),
  ].join('');
}

/** A rounded tile with a monogram over stripes. */
function monogram(random: Random): string {
  const hue = random.number(0, 360);
  const slope = random.pick([-40, 40, 60]);
  const stripes = Array.from({ length: 9 }, (_, i) =>
    area(`M${-60 + 40 * i} 0h20l${slope} 256h-20Z`, colour(hue, 0.75, 0.42)),
  );
  const clip = element('clipPath', { id: 'tile' }, element('rect', { x: 20, y: 20, width: 216, height: 216, rx: 48 }));
  return [
    clip,
    box(0, 0, 256, 256, colour(hue, 0.2, 0.93)),
    element('g', { clip_path: 'url(#tile)' }, box(0, 0, 256, 256, colour(hue, 0.75, 0.5)) + stripes.join('')),
    disc(128, 128, 78, '#ffffff'),
    capitals(random, 128 - widthOf(2, 66) / 2, 95, 2, { size: 66, colour: colour(hue, 0.75, 0.3), weight: 14 }),
  ].join('');
}

/** A mark of triangles, with a name and a thin line under it. */
function peaks(random: Random): string {
  const hue = random.number(0, 360);
  const [sky, near, far] = [colour(hue, 0.3, 0.95), colour(hue + 20, 0.7, 0.34), colour(hue - 20, 0.55, 0.6)];
  const triangle = (x: number, half: number, height: number, fill: string): string =>
    area(
      through(
        [
          [x - half, 160],
          [x, 160 - height],
          [x + half, 160],
        ],
        true,
      ),
      fill,
    );
  const count = random.integer(5, 7);
  return [
    box(0, 0, 256, 256, sky),
    disc(186, 54, 22, colour(45, 0.95, 0.55)),
    triangle(166, 66, random.integer(70, 90), far),
    triangle(104, 80, random.integer(100, 128), near),
    box(24, 160, 208, 8, near),
    capitals(random, 128 - widthOf(count, 24) / 2, 188, count, { size: 24, colour: near, weight: 4 }),
    box(24, 228, 208, 2, far),
  ].join('');
}

/** All logos. */
export const LOGOS: readonly ((random: Random) => string)[] = [badge, rings, monogram, peaks];
