/** Figures of bench/speed.ts: time, memory, shares of the time, and the floor of the network. */
import { LARGE, ONE_WINDOW, PHOTOGRAPH } from '../../speed/groups.ts';
import { codecSpeed, networkRate, WINDOWS } from '../../speed/network-speeds.ts';
import { PARTS } from '../../speed/parts.ts';
import { type FindRow, rowFinder } from '../../speed/row-names.ts';
import { profileKey, speedTables } from '../../speed/tables.ts';
import type { Operation, Profile, Row, SpeedReport } from '../../speed/types.ts';
import { type Figure, number, range, text } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

const OPERATIONS: readonly Operation[] = ['encode', 'decode'];

type Figures = Record<string, Figure>;

/** Seconds: with tenths below 10. */
function seconds(ms: number): Figure {
  const value = ms / 1000;
  return number(value, value < 9.95 ? 1 : 0, ' s');
}

function percent(share: number, decimals = 0): Figure {
  return number(100 * share, decimals, ' %');
}

/** Times of the photograph, the network's share in them, and how much faster two threads are than one. */
function photographFigures(find: FindRow<Row>): Figures {
  const figures: Figures = {};
  const inline = find(PHOTOGRAPH, 'encode', 'inline');
  if (inline) figures[`${PHOTOGRAPH}.encode.network`] = percent(inline.networkMs / inline.wallMs);
  for (const operation of OPERATIONS) {
    const key = `${PHOTOGRAPH}.${operation}`;
    const [one, two] = [1, 2].map((threads) => find(PHOTOGRAPH, operation, threads));
    if (one) figures[`${key}.1`] = seconds(one.wallMs);
    if (two) figures[`${key}.2`] = seconds(two.wallMs);
    if (one && two) figures[`${key}.gain`] = number(one.wallMs / two.wallMs, 2);
  }
  return figures;
}

/** How much faster two threads are than one for a picture that is one window. */
function windowFigures(find: FindRow<Row>): Figures {
  const figures: Figures = {};
  for (const operation of OPERATIONS) {
    const [one, two] = [1, 2].map((threads) => find(ONE_WINDOW, operation, threads));
    if (one && two) figures[`${ONE_WINDOW}.${operation}.gain`] = number(one.wallMs / two.wallMs, 2);
  }
  return figures;
}

/** Peak memory with two threads, and pixels that the network sees for a pixel of the picture. */
function sizeFigures(find: FindRow<Row>): Figures {
  const figures: Figures = {};
  for (const group of [PHOTOGRAPH, LARGE]) {
    for (const operation of OPERATIONS) {
      const row = find(group, operation, 2);
      if (!row) continue;
      figures[`${group}.${operation}.peak`] = number(row.peakRssBytes / 1e9, 2, ' GB');
      figures[`${group}.network-pixels`] = number(row.networkPixelsPerPixel, 2);
    }
  }
  return figures;
}

/** Time for a pixel of the large picture over that for one of the photograph; the value is the smallest ratio. */
function largeFigures(rows: readonly Row[], find: FindRow<Row>): Figures {
  const ratios = rows
    .filter(({ group }) => group === LARGE)
    .flatMap(({ operation, threads, secondsPerMegapixel }) => {
      const small = find(PHOTOGRAPH, operation, threads);
      return small ? [secondsPerMegapixel / small.secondsPerMegapixel] : [];
    });
  return ratios.length > 0 ? { [`${LARGE}.ratio`]: { ...range(ratios, 2), value: Math.min(...ratios) } } : {};
}

/** Shares of the time of encoding in one thread. */
function profileFigures(profile: Profile): Figures {
  const key = `profile.${profileKey(profile)}`;
  const share = (name: string): number => profile.shares.find(({ part }) => part === name)?.share ?? 0;
  return {
    [`${key}.network`]: percent(share(PARTS.network)),
    [`${key}.around-network`]: percent(share(PARTS.aroundNetwork)),
    [`${key}.search`]: percent(share(PARTS.search)),
    [`${key}.basis`]: percent(share(PARTS.basis)),
    [`${key}.planes`]: percent(share(PARTS.planes), 1),
  };
}

/** Rate of the codec's network in exact arithmetic, in 10^9 multiply-adds a second, for windows of all sizes. */
function networkFigures({ network, floor, machine }: SpeedReport): Figures {
  const node = `${machine.node}`;
  const rates = WINDOWS.flatMap(({ side }) => {
    const speed = codecSpeed(network, side, { commit: null, node, arithmetic: 'exact' });
    return floor && speed ? [networkRate(speed, floor)] : [];
  });
  return rates.length > 0 ? { 'network.rate': range(rates) } : {};
}

/** The figures, by name. */
export function speedFigures(report: SpeedReport): Figures {
  const { rows, profiles } = report;
  const find = rowFinder(rows);
  return {
    ...Object.fromEntries(Object.entries(speedTables(report)).map(([name, lines]) => [name, text(lines)])),
    ...photographFigures(find),
    ...windowFigures(find),
    ...sizeFigures(find),
    ...largeFigures(rows, find),
    ...networkFigures(report),
    ...Object.assign({}, ...profiles.map(profileFigures)),
  };
}

/** Measurement `speed`. */
export const speed: FigureSource = source<SpeedReport>('speed', speedFigures, 'shape');
