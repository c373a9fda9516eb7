/** Panels of user interfaces: boxes, rows of text, small icons. */
import { capitals, digits, words } from './lettering.ts';
import type { Random } from './random.ts';
import { area, box, colour, disc, stroke } from './svg.ts';

/** Colours of an interface. */
interface Theme {
  readonly ground: string;
  readonly surface: string;
  readonly line: string;
  readonly ink: string;
  readonly pale: string;
  readonly accent: string;
}

function theme(random: Random, dark: boolean): Theme {
  const hue = random.number(190, 280);
  const accent = colour(random.number(0, 360), 0.75, 0.5);
  return dark
    ? {
        ground: colour(hue, 0.18, 0.11),
        surface: colour(hue, 0.16, 0.17),
        line: colour(hue, 0.12, 0.28),
        ink: colour(hue, 0.1, 0.9),
        pale: colour(hue, 0.1, 0.58),
        accent,
      }
    : {
        ground: colour(hue, 0.15, 0.95),
        surface: '#ffffff',
        line: colour(hue, 0.12, 0.84),
        ink: colour(hue, 0.2, 0.14),
        pale: colour(hue, 0.1, 0.52),
        accent,
      };
}

/** An icon of 14 x 14 pixels. */
function icon(random: Random, x: number, y: number, ink: string): string {
  const at = { transform: `translate(${x} ${y})` };
  const paths = [
    'M1 7L7 1L13 7V13H9V9H5V13H1Z',
    'M1 3H13V12H1ZM1 3L7 8L13 3',
    'M6 1A5 5 0 1 1 5.9 1ZM9.5 9.5L13 13',
    'M1 3H13M1 7H13M1 11H13',
    'M7 1V13M1 7H13',
    'M2 7L6 11L13 2',
    'M3 1H10L12 3V13H3ZM5 6H10M5 9H10',
  ];
  return stroke(random.pick(paths), ink, 1.5, at);
}

/** A window with its title and buttons. */
function frame(random: Random, { ground, surface, line, ink }: Theme): string {
  return [
    box(0, 0, 256, 256, ground),
    box(0, 0, 256, 26, surface),
    box(0, 26, 256, 1, line),
    ...['#ff5f57', '#febc2e', '#28c840'].map((fill, i) => disc(14 + 16 * i, 13, 5, fill)),
    words(random, 78, 9, 150, { size: 8, colour: ink, weight: 1.2 }),
  ].join('');
}

/** A list with a side bar. */
function list(random: Random, dark: boolean): string {
  const look = theme(random, dark);
  const chosen = random.integer(0, 5);
  const side = Array.from({ length: 6 }, (_, i) => {
    const y = 38 + 24 * i;
    const ink = i === chosen ? '#ffffff' : look.pale;
    return [
      i === chosen ? box(4, y - 5, 66, 22, look.accent, { rx: 4 }) : '',
      icon(random, 9, y - 1, ink),
      words(random, 28, y + 3, 40, { size: 6, colour: ink, weight: 1 }),
    ].join('');
  });
  const rows = Array.from({ length: 7 }, (_, i) => {
    const y = 34 + 31 * i;
    return [
      disc(94, y + 12, 9, colour(random.number(0, 360), 0.5, 0.6)),
      words(random, 110, y + 4, 100, { size: 7, colour: look.ink, weight: 1.1 }),
      words(random, 110, y + 16, 126, { size: 5.5, colour: look.pale, weight: 0.9 }),
      digits(random.integer(10, 999), 226, y + 5, { size: 5.5, colour: look.pale, weight: 0.9 }),
      box(110, y + 28, 140, 1, look.line),
    ].join('');
  });
  return [
    frame(random, look),
    box(76, 27, 180, 229, look.surface),
    box(75, 27, 1, 229, look.line),
    ...side,
    ...rows,
  ].join('');
}

/** A form: fields, check boxes, switches, buttons. */
function form(random: Random, dark: boolean): string {
  const look = theme(random, dark);
  const field = (x: number, y: number, width: number): string =>
    [
      words(random, x, y, width, { size: 6, colour: look.pale, weight: 1 }),
      box(x + 0.5, y + 11.5, width, 20, look.surface, { stroke: look.line, rx: 3 }),
      words(random, x + 7, y + 18, width - 14, { size: 7, colour: look.ink, weight: 1.1 }),
    ].join('');
  const check = (y: number, on: boolean): string =>
    [
      box(16.5, y + 0.5, 11, 11, on ? look.accent : look.surface, { stroke: on ? look.accent : look.line, rx: 2 }),
      on ? stroke(`M19 ${y + 6}l2.5 3l4 -6`, '#ffffff', 1.6) : '',
      words(random, 36, y + 3, 130, { size: 6.5, colour: look.ink, weight: 1 }),
    ].join('');
  const toggle = (y: number, on: boolean): string =>
    box(206, y, 28, 14, on ? look.accent : look.line, { rx: 7 }) + disc(on ? 227 : 213, y + 7, 5, '#ffffff');
  const button = (x: number, fill: string, ink: string): string =>
    box(x, 222, 68, 22, fill, { rx: 4 }) + capitals(random, x + 14, 229.5, 5, { size: 8, colour: ink, weight: 1.3 });
  return [
    frame(random, look),
    field(16, 40, 104),
    field(136, 40, 104),
    field(16, 82, 224),
    ...[0, 1, 2, 3].map((i) => check(130 + 21 * i, random.chance(0.5))),
    ...[0, 1, 2, 3].map((i) => toggle(129 + 21 * i, random.chance(0.5))),
    box(0, 213, 256, 1, look.line),
    button(92, look.line, look.ink),
    button(172, look.accent, '#ffffff'),
  ].join('');
}

/** A page of cards with numbers and bars of progress. */
function cards(random: Random, dark: boolean): string {
  const look = theme(random, dark);
  const card = (x: number, y: number): string => {
    const share = random.number(0.15, 0.95);
    const tint = colour(random.number(0, 360), 0.7, 0.52);
    return [
      box(x + 0.5, y + 0.5, 112, 60, look.surface, { stroke: look.line, rx: 5 }),
      box(x + 9, y + 9, 20, 20, tint, { rx: 4 }),
      icon(random, x + 12, y + 12, '#ffffff'),
      words(random, x + 36, y + 9, 70, { size: 6, colour: look.pale, weight: 1 }),
      digits(random.integer(100, 99999), x + 36, y + 20, { size: 11, colour: look.ink, weight: 1.8 }),
      box(x + 9, y + 46, 94, 5, look.line, { rx: 2.5 }),
      box(x + 9, y + 46, 94 * share, 5, tint, { rx: 2.5 }),
    ].join('');
  };
  const places = [36, 104, 172].flatMap((y) => [9, 134].map((x) => card(x, y)));
  const foot = [12, 76, 140, 204].map((x) => icon(random, x + 12, 239, look.pale));
  return [frame(random, look), ...places, ...foot].join('');
}

/** A code editor: numbered lines of coloured words. */
function editor(random: Random, dark: boolean): string {
  const look = theme(random, dark);
  const inks = [look.ink, look.pale, look.accent, ...[30, 140, 280].map((hue) => colour(hue, 0.6, dark ? 0.66 : 0.38))];
  let indent = 0;
  const lines = Array.from({ length: 19 }, (_, i) => {
    const y = 36 + 11.5 * i;
    indent = Math.max(0, Math.min(4, indent + random.pick([-1, 0, 0, 1])));
    const parts: string[] = [];
    for (let x = 30 + 12 * indent; x < 200 && parts.length < 4; ) {
      const length = random.integer(12, 58);
      parts.push(words(random, x, y, length, { size: 6, colour: random.pick(inks), weight: 1 }));
      x += length + 4;
      if (random.chance(0.25)) break;
    }
    return digits(i + 1, 6, y, { size: 5, colour: look.pale, weight: 0.8 }) + parts.join('');
  });
  const thumb = random.integer(30, 180);
  return [
    frame(random, look),
    box(0, 27, 24, 229, look.surface),
    box(0, 33 + 11.5 * random.integer(2, 15), 256, 11, look.line),
    ...lines,
    box(246, 27, 10, 229, look.surface),
    box(248, thumb, 6, 48, look.pale, { rx: 3 }),
    area('M236 244L242 244L239 250Z', look.accent),
  ].join('');
}

/** All panels. */
export const PANELS: readonly ((random: Random) => string)[] = [
  (random) => list(random, false),
  (random) => form(random, false),
  (random) => cards(random, true),
  (random) => editor(random, true),
];
