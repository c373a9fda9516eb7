/** Formats the results of bench/speed.ts: tables, criteria, and a comparison with an earlier run. */

import { median } from '../median.js';
import type { Criterion, Floor, NetworkSpeed, Operation, Profile, Row, SearchSpeed, SpeedReport } from './types.js';

const MIB = 2 ** 20;

function threadsOf({ threads, together }: Row): string {
  return `${threads}${together ? ', together' : ''}`;
}

function keyOf(row: Row): string {
  return `${row.group} ${row.operation} ${threadsOf(row)}`;
}

/** Formats a number with about three digits. */
function number(value: number): string {
  if (Math.abs(value) >= 100) return value.toFixed(0);
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

const COLUMNS: readonly (readonly [string, (row: Row) => string])[] = [
  ['pictures', ({ group }) => group],
  ['', ({ operation }) => operation],
  ['threads', threadsOf],
  ['ms', ({ wallMs }) => number(wallMs)],
  ['images/s', ({ imagesPerSecond }) => number(imagesPerSecond)],
  ['s/MP', ({ secondsPerMegapixel }) => number(secondsPerMegapixel)],
  ['network', ({ networkMs }) => number(networkMs)],
  ['trellis', ({ trellisMs }) => number(trellisMs)],
  ['whitening', ({ whiteningMs }) => number(whiteningMs)],
  ['I/O', ({ ioMs }) => number(ioMs)],
  ['other', ({ otherMs }) => number(otherMs)],
  ['floor', ({ floorMs }) => (floorMs === null ? '' : number(floorMs))],
  ['CPU', ({ cpuMs }) => number(cpuMs)],
  ['peak MiB', ({ peakRssBytes }) => (peakRssBytes / MIB).toFixed(0)],
];

/**
 * Formats a Markdown table whose columns are also aligned as plain text. All but the first `texts` columns are numbers.
 */
function table(head: readonly string[], cells: readonly (readonly string[])[], texts: number): string {
  const widths = head.map((name, i) => Math.max(3, name.length, ...cells.map((row) => (row[i] as string).length)));
  const pad = (text: string, i: number): string =>
    i < texts ? text.padEnd(widths[i] as number) : text.padStart(widths[i] as number);
  const line = (row: readonly string[]): string => `| ${row.map(pad).join(' | ')} |`;
  const rule = widths.map((width, i) => (i < texts ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(' | ')} |`, ...cells.map(line)].join('\n');
}

function rowsTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => COLUMNS.map(([, cell]) => cell(row)));
  return table(
    COLUMNS.map(([name]) => name),
    cells,
    3,
  );
}

function streamsTable(rows: readonly Row[]): string {
  const groups = [...new Map(rows.map((row) => [row.group, row])).values()];
  const cells = groups.map(({ group, pictures, repeats, bpp, psnr, layers, networkPixelsPerPixel }) => [
    group,
    `${pictures}`,
    `${repeats}`,
    bpp.toFixed(3),
    psnr.toFixed(2),
    number(layers),
    number(networkPixelsPerPixel),
  ]);
  return table(['pictures', 'count', 'repeats', 'bpp', 'PSNR dB', 'layers', 'network pixels'], cells, 1);
}

function floorTable({ levels, multiplyAddsPerPixel, secondsPerMegapixel }: Floor): string {
  const cells = levels.map(({ level, channels, multiplyAddsPerPixel: count, sides }) => [
    `${level}`,
    `${channels}`,
    count.toFixed(0),
    ...sides.flatMap(({ kernel, library }) => [number(kernel), number(library)]),
  ]);
  const sides = Object.keys(secondsPerMegapixel);
  const seconds = sides.flatMap((side) => [`${number(secondsPerMegapixel[side] as number)} s/MP`, '']);
  const sum = ['all', '', multiplyAddsPerPixel.toFixed(0), ...seconds];
  const speeds = sides.flatMap((side) => [`10^9/s at ${side}x${side}`, "tfjs's"]);
  return table(['level', 'channels', 'multiply-adds a pixel', ...speeds], [...cells, sum], 1);
}

function networkTable(speeds: readonly NetworkSpeed[]): string {
  const cells = speeds.map(({ maker, place, side, ms }) => [
    place,
    maker === 'kernel' ? "the codec's" : "tfjs's",
    ...[Math.min(...ms), median(ms), Math.max(...ms)].map(number),
    `${side}x${side}`,
  ]);
  return table(['thread', 'convolutions', 'least ms', 'median', 'most', 'window'], cells, 2);
}

function searchLine({ layer, coefficients, bits, beamWidth, kernelMs, referenceMs, ratio }: SearchSpeed): string {
  const what = `layer ${layer} of a 768x512 photograph (${coefficients} coefficients, ${bits} bits, M = ${beamWidth})`;
  const times = `kernel ${number(kernelMs)} ms, reference ${number(referenceMs)} ms`;
  return `Path search of ${what}: ${times}, ${number(ratio)} times as fast.`;
}

function profileTable({ name, shares }: Profile): string {
  const cells = shares.map(({ part, share }) => [part, `${(100 * share).toFixed(1)} %`]);
  return table([`encode ${name}, one thread`, 'share of the time'], cells, 1);
}

function machineLine({ machine }: SpeedReport): string {
  const { cpu, cores, backend, node, commit } = machine;
  return `${cpu}, ${cores} cores; Node ${node}; ${backend}; commit ${commit}.`;
}

/** Formats all results as Markdown. */
export function markdown(report: SpeedReport): string {
  const { rows, floor, network, search, profiles, criteria } = report;
  const held = criteria.map(({ what, limit, measured, holds }) => [what, limit, measured, holds ? 'yes' : 'no']);
  const parts = [
    machineLine(report),
    rows.length > 0 && rowsTable(rows),
    rows.length > 0 && streamsTable(rows),
    floor && floorTable(floor),
    network.length > 0 && networkTable(network),
    search && searchLine(search),
    ...profiles.map(profileTable),
    held.length > 0 && table(['what must hold', 'limit', 'measured', 'holds'], held, 2),
  ];
  return parts.filter((part) => typeof part === 'string').join('\n\n');
}

/** Evaluates the criteria, as far as the rows that they need were measured. */
export function criteriaOf(rows: readonly Row[], search: SearchSpeed | null): Criterion[] {
  const find = (group: string, operation: Operation, threads: Row['threads'], together = false): Row | undefined =>
    rows.find(
      (row) =>
        row.group === group && row.operation === operation && row.threads === threads && row.together === together,
    );
  const criteria: Criterion[] = [];
  const atLeast = (what: string, limit: number, value: number): void => {
    criteria.push({ what, limit: `>= ${limit}`, measured: value.toFixed(2), holds: value >= limit });
  };
  const atMost = (what: string, limit: number, value: number, unit = ''): void => {
    criteria.push({ what, limit: `<= ${limit}${unit}`, measured: `${value.toFixed(2)}${unit}`, holds: value <= limit });
  };
  const one = find('768x512', 'encode', 1);
  const two = find('768x512', 'encode', 2);
  const inline = find('768x512', 'encode', 'inline');
  if (inline) {
    atMost('encode 768x512 in one thread: share of all but the network', 0.35, 1 - inline.networkMs / inline.wallMs);
  }
  if (one && two) atLeast('encode 768x512: two threads over one', 1.7, one.wallMs / two.wallMs);
  if (search) atLeast('path search: kernel over TypeScript', 4, search.ratio);
  for (const operation of ['encode', 'decode'] as const) {
    const single = find('32x32', operation, 2);
    const batch = find('32x32', operation, 2, true);
    if (single && batch) {
      atLeast(`${operation} 32x32, two threads: 64 at once over one at a time`, 1.5, single.wallMs / batch.wallMs);
    }
  }
  for (const big of rows.filter(({ group }) => group === '4000x3000')) {
    const name = `${big.operation} 4000x3000, threads ${big.threads}`;
    atMost(`${name}: peak memory`, 3, big.peakRssBytes / 2 ** 30, ' GiB');
    const small = find('768x512', big.operation, big.threads);
    if (small) {
      const ratio = big.secondsPerMegapixel / small.secondsPerMegapixel;
      atMost(`${name}: time a pixel over that of 768x512`, 1.15, ratio);
    }
  }
  return criteria;
}

/** Table of ratios between this run and an earlier one (times and peak memory), for the rows that both have. */
export function comparison(now: SpeedReport, earlier: SpeedReport): string {
  const before = new Map(earlier.rows.map((row) => [keyOf(row), row]));
  const rest = (row: Row): number => row.trellisMs + row.whiteningMs + row.ioMs;
  const cells: string[][] = [];
  for (const row of now.rows) {
    const old = before.get(keyOf(row));
    if (!old) continue;
    const ratios = [
      row.wallMs / old.wallMs,
      row.cpuMs / old.cpuMs,
      row.networkMs / old.networkMs,
      rest(row) / rest(old),
      row.peakRssBytes / old.peakRssBytes,
    ];
    cells.push([row.group, row.operation, threadsOf(row), ...ratios.map((ratio) => ratio.toFixed(3))]);
  }
  if (cells.length === 0) return 'The runs have no case in common.';
  const head = ['pictures', '', 'threads', 'time', 'CPU', 'network', 'trellis, whitening, I/O', 'peak memory'];
  return `Now over earlier (commit ${earlier.machine.commit}):\n\n${table(head, cells, 3)}`;
}
