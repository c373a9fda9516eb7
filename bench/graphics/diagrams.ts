/** Drawings of thin dark lines on white, and patterns that are exact to the pixel. */
import { words } from './lettering.ts';
import type { Random } from './random.ts';
import { area, box, disc, element, star, stroke, through } from './svg.ts';

const INK = '#111111';
const PAPER = box(0, 0, 256, 256, '#ffffff');
const CRISP = { shape_rendering: 'crispEdges' };

/** Boxes with text, and arrows between them. */
function flow(random: Random): string {
  const frame = (x: number, y: number): string => {
    const shape = random.chance(0.3)
      ? area(`M${x + 32} ${y}L${x + 64} ${y + 20}L${x + 32} ${y + 40}L${x} ${y + 20}Z`, '#ffffff', { stroke: INK })
      : box(x + 0.5, y + 0.5, 63, 39, '#ffffff', { stroke: INK, rx: random.pick([0, 0, 6]) });
    return shape + words(random, x + 14, y + 17, 40, { size: 6, colour: INK, weight: 0.9 });
  };
  const down = (x: number, y: number): string =>
    stroke(`M${x + 32.5} ${y + 40}V${y + 68}`, INK, 1) + area(`M${x + 29} ${y + 62}h7l-3.5 7Z`, INK);
  const across = (x: number, y: number): string =>
    stroke(`M${x + 64} ${y + 20.5}H${x + 84}`, INK, 1) + area(`M${x + 78} ${y + 17}v7l7 -3.5Z`, INK);
  const columns = [10, 95, 180];
  const rows = [12, 81, 150];
  return [
    PAPER,
    ...rows.flatMap((y, j) =>
      columns.map((x, i) => {
        const arrows = [
          j < 2 && random.chance(0.75) ? down(x, y) : '',
          i < 2 && random.chance(0.6) ? across(x, y) : '',
        ];
        return frame(x, y) + arrows.join('');
      }),
    ),
    ...[0, 1, 2, 3].map((i) => words(random, 12, 204 + 12 * i, 232, { size: 6.5, colour: INK, weight: 0.9 })),
  ].join('');
}

/** A pattern of pixels that is repeated over a rectangle. */
function pattern(id: string, side: number, cells: readonly (readonly [number, number, number, number])[]): string {
  const content = cells.map(([x, y, width, height]) => box(x, y, width, height, INK, CRISP)).join('');
  return element('pattern', { id, width: side, height: side, patternUnits: 'userSpaceOnUse' }, content);
}

/** Checkerboards of 1, 2 and 4 pixels, lines, hatching, rings. */
function targets(random: Random): string {
  const board = (id: string, side: number): string =>
    pattern(id, 2 * side, [
      [0, 0, side, side],
      [side, side, side, side],
    ]);
  const diagonal = Array.from({ length: 6 }, (_, i) => [i, 5 - i, 1, 1] as const);
  const definitions = [
    board('board1', 1),
    board('board2', 2),
    board('board4', 4),
    pattern('upright', 2, [[0, 0, 1, 2]]),
    pattern('level', 4, [[0, 0, 4, 2]]),
    pattern('hatch', 6, diagonal),
    pattern('dots', 5, [[1, 1, 2, 2]]),
    pattern('mesh', 8, [
      [0, 0, 8, 1],
      [0, 0, 1, 8],
    ]),
  ];
  const names = ['board1', 'board2', 'board4', 'upright', 'level', 'hatch', 'dots', 'mesh'];
  const first = random.integer(0, names.length - 1);
  const patches = Array.from({ length: 8 }, (_, i) => {
    const [x, y] = [10 + 60 * (i % 4), 10 + 60 * Math.floor(i / 4)];
    return box(x, y, 56, 56, `url(#${names[(first + i) % names.length]})`, CRISP);
  });
  const rings = Array.from({ length: 11 }, (_, i) => stroke(star(70, 190, 5 * i + 4, 60, 1), INK, 1.5));
  const rays = Array.from({ length: 36 }, (_, i) => {
    const angle = (Math.PI * i) / 36;
    const [dx, dy] = [54 * Math.cos(angle), 54 * Math.sin(angle)];
    return stroke(`M${186 - dx} ${190 - dy}L${186 + dx} ${190 + dy}`, INK, 1);
  });
  return [...definitions, PAPER, ...patches, ...rings, ...rays].join('');
}

/** A plan of rooms: walls, doors, hatched parts, measures. */
function plan(random: Random): string {
  const walls: string[] = [];
  const split = (x: number, y: number, width: number, height: number, depth: number): void => {
    if (depth === 0 || Math.min(width, height) < 60) {
      const room = random.chance(0.25)
        ? box(x + 4, y + 4, width - 8, height - 8, 'url(#hatch)', CRISP)
        : words(random, x + 10, y + 12, width - 18, { size: 6, colour: INK, weight: 0.9 });
      const door = `M${x + width} ${y + height - 26}A20 20 0 0 0 ${x + width - 20} ${y + height - 6}H${x + width}`;
      walls.push(room, stroke(door, INK, 0.8));
      return;
    }
    const along = width > height;
    const at = Math.round((along ? width : height) * random.number(0.38, 0.62));
    const wall = along ? box(x + at - 1, y, 3, height - 26, INK, CRISP) : box(x, y + at - 1, width - 24, 3, INK, CRISP);
    walls.push(wall);
    split(x, y, along ? at : width, along ? height : at, depth - 1);
    if (along) split(x + at, y, width - at, height, depth - 1);
    else split(x, y + at, width, height - at, depth - 1);
  };
  split(20, 20, 216, 196, 3);
  const measure = stroke('M20 234.5H236M20.5 228V241M235.5 228V241', INK, 1);
  const hatch = pattern(
    'hatch',
    4,
    [0, 1, 2, 3].map((i) => [i, 3 - i, 1, 1] as const),
  );
  const outside = box(20, 20, 216, 196, 'none', { stroke: INK, stroke_width: 4 });
  return [hatch, PAPER, outside, ...walls, measure].join('');
}

/** A mesh of dots and lines, some dashed, with curves in a frame. */
function mesh(random: Random): string {
  const points = Array.from({ length: 26 }, (): [number, number] => [random.number(16, 240), random.number(16, 150)]);
  const near = ([x, y]: [number, number]): [number, number][] =>
    [...points].sort(([a, b], [c, d]) => Math.hypot(a - x, b - y) - Math.hypot(c - x, d - y)).slice(1, 4);
  const edges = points.flatMap((point) =>
    near(point).map((other) =>
      stroke(through([point, other]), INK, 0.8, random.chance(0.2) ? { stroke_dasharray: '3 2' } : {}),
    ),
  );
  const wave = (height: number, length: number): string =>
    stroke(
      through(Array.from({ length: 109 }, (_, i) => [20 + 2 * i, 206 - height * Math.sin((2 * i) / length)])),
      INK,
      1,
    );
  return [
    PAPER,
    ...edges,
    ...points.map(([x, y]) => disc(x, y, 4, '#ffffff', { stroke: INK })),
    box(20.5, 166.5, 216, 79, 'none', { stroke: INK }),
    stroke('M20 206.5H236', INK, 0.5),
    wave(random.number(18, 34), random.number(8, 14)),
    wave(random.number(8, 20), random.number(4, 7)),
  ].join('');
}

/** All diagrams. */
export const DIAGRAMS: readonly ((random: Random) => string)[] = [flow, targets, plan, mesh];
