/** Formats the results of bench/speed.ts as Markdown. */
import { median } from '../median.js';
import { alignedTable } from './aligned-table.js';
import { threadsOf } from './row-names.js';
import type { Criterion, Floor, NetworkSpeed, Profile, Row, SearchSpeed, SpeedReport } from './types.js';

const MIB = 2 ** 20;

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

function rowsTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => COLUMNS.map(([, cell]) => cell(row)));
  return alignedTable(
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
  return alignedTable(['pictures', 'count', 'repeats', 'bpp', 'PSNR dB', 'layers', 'network pixels'], cells, 1);
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
  return alignedTable(['level', 'channels', 'multiply-adds a pixel', ...speeds], [...cells, sum], 1);
}

function networkTable(speeds: readonly NetworkSpeed[]): string {
  const cells = speeds.map(({ maker, place, side, ms }) => [
    place,
    maker === 'kernel' ? "the codec's" : "tfjs's",
    ...[Math.min(...ms), median(ms), Math.max(...ms)].map(number),
    `${side}x${side}`,
  ]);
  return alignedTable(['thread', 'convolutions', 'least ms', 'median', 'most', 'window'], cells, 2);
}

function searchLine({ layer, coefficients, bits, beamWidth, kernelMs, referenceMs, ratio }: SearchSpeed): string {
  const what = `layer ${layer} of a 768x512 photograph (${coefficients} coefficients, ${bits} bits, M = ${beamWidth})`;
  const times = `kernel ${number(kernelMs)} ms, reference ${number(referenceMs)} ms`;
  return `${what}: ${times}, ${number(ratio)} times as fast`;
}

function profileTable({ name, shares }: Profile): string {
  const cells = shares.map(({ part, share }) => [part, `${(100 * share).toFixed(1)} %`]);
  return alignedTable([`encode ${name}, one thread`, 'share of the time'], cells, 1);
}

function machineLine({ machine }: SpeedReport): string {
  const { cpu, cores, backend, node, commit } = machine;
  return `${cpu}, ${cores} cores; Node ${node}; ${backend}; commit ${commit}`;
}

function criteriaTable(criteria: readonly Criterion[]): string {
  const cells = criteria.map(({ what, limit, measured, holds }) => [what, limit, measured, holds ? 'yes' : 'no']);
  return alignedTable(['what must hold', 'limit', 'measured', 'holds'], cells, 2);
}

/** Name of a profile's pictures without their number: `32x32`. */
export function profileKey({ name }: Profile): string {
  return name.replace(/^\d+ of /, '');
}

/** All that was measured, by name: tables, and a line each for the machine and the search. */
export function speedTables(report: SpeedReport): Record<string, string> {
  const { rows, floor, network, search, profiles, criteria } = report;
  return {
    machine: machineLine(report),
    ...(rows.length > 0 && { rows: rowsTable(rows), streams: streamsTable(rows) }),
    ...(floor && { floor: floorTable(floor) }),
    ...(network.length > 0 && { network: networkTable(network) }),
    ...(search && { search: searchLine(search) }),
    ...Object.fromEntries(profiles.map((profile) => [`profile.${profileKey(profile)}`, profileTable(profile)])),
    ...(criteria.length > 0 && { criteria: criteriaTable(criteria) }),
  };
}
