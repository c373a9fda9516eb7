/** Formats the results of bench/speed.ts as Markdown. */
import { median } from '../median.js';
import { alignedTable } from './aligned-table.js';
import { PHOTOGRAPH } from './groups.js';
import { networkTable } from './network-table.js';
import { number } from './number.js';
import { timesAsFast } from './paired-ratio.js';
import { buildOf, inCommit, inOtherNodes, threadsOf } from './row-names.js';
import type { Criterion, Floor, Profile, Row, SearchSpeed, SpeedReport, Timed } from './types.js';

const MIB = 2 ** 20;

type Column = readonly [string, (row: Row) => string];

const CASE: readonly Column[] = [
  ['pictures', ({ group }) => group],
  ['', ({ operation }) => operation],
  ['threads', threadsOf],
  ['ms', ({ wallMs }) => number(wallMs)],
];
const REST: readonly Column[] = [
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

/** A column for each commit: how many times as fast the working tree is. */
function commitColumns({ commits, others }: SpeedReport): Column[] {
  return commits.map(
    (commit): Column => [
      `over ${commit}`,
      (row) => {
        const before = inCommit(others, row, commit);
        return before ? timesAsFast(row.roundsMs, before.roundsMs).toFixed(2) : '';
      },
    ],
  );
}

function rowsTable(report: SpeedReport): string {
  const columns = [...CASE, ...commitColumns(report), ...REST];
  const cells = report.rows.map((row) => columns.map(([, cell]) => cell(row)));
  return alignedTable(
    columns.map(([name]) => name),
    cells,
    CASE.length - 1,
  );
}

function streamsTable({ rows, others, commits }: SpeedReport): string {
  const groups = rows.filter(({ group }, i) => rows.findIndex((row) => row.group === group) === i);
  const result = ({ bpp, psnr }: Timed): string[] => [bpp.toFixed(3), psnr.toFixed(2)];
  const cells = groups.flatMap((row) => {
    const { group, pictures, repeats, layers, networkPixelsPerPixel } = row;
    const before = commits.flatMap((commit) => inCommit(others, row, commit) ?? []);
    const more = [number(layers), number(networkPixelsPerPixel)];
    return [
      [group, 'here', `${pictures}`, `${repeats}`, ...result(row), ...more],
      ...before.map((other) => [group, buildOf(other), `${pictures}`, `${repeats}`, ...result(other), '', '']),
    ];
  });
  const head = ['pictures', 'commit', 'count', 'repeats', 'bpp', 'PSNR dB', 'layers', 'network pixels'];
  return alignedTable(head, cells, 2);
}

/** The photograph, inline, in this and in other versions of Node. */
function nodesTable({ rows, others, machine }: SpeedReport): string {
  const running = `${machine.node}`;
  const cells = rows.flatMap((row) => {
    if (row.group !== PHOTOGRAPH || row.threads !== 'inline') return [];
    return [{ ...row, node: running }, ...inOtherNodes(others, row)].map(({ node, roundsMs, bpp, psnr }) => {
      const gain = timesAsFast(roundsMs, row.roundsMs).toFixed(2);
      return [row.group, row.operation, node, number(median(roundsMs)), gain, bpp.toFixed(3), psnr.toFixed(2)];
    });
  });
  return alignedTable(['pictures', '', 'Node', 'ms', `over ${running}`, 'bpp', 'PSNR dB'], cells, 3);
}

function floorTable({ levels, direct, secondsPerMegapixel }: Floor): string {
  const least = levels.reduce((sum, level) => sum + level.least, 0);
  const cells = levels.map((at) => [`${at.level}`, `${at.channels}`, at.direct.toFixed(0), at.least.toFixed(0), '']);
  const sum = ['all', '', direct.toFixed(0), least.toFixed(0), number(secondsPerMegapixel)];
  const head = ['level', 'channels', 'multiply-adds a pixel', 'least multiplications', 'least s/MP'];
  return alignedTable(head, [...cells, sum], 1);
}

function peakLine({ peak, fusedPeak }: Floor): string {
  const fused = fusedPeak === null ? 'no relaxed SIMD in this Node' : `${number(fusedPeak)} in relaxed SIMD`;
  return `${number(peak)} 10^9 multiply-adds a second in exact SIMD, ${fused}`;
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
    ...(rows.length > 0 && { rows: rowsTable(report), streams: streamsTable(report) }),
    ...(rows.some(({ group }) => group === PHOTOGRAPH) && { nodes: nodesTable(report) }),
    ...(floor && { floor: floorTable(floor), peak: peakLine(floor) }),
    ...(network.length > 0 && { network: networkTable(report) }),
    ...(search && { search: searchLine(search) }),
    ...Object.fromEntries(profiles.map((profile) => [`profile.${profileKey(profile)}`, profileTable(profile)])),
    ...(criteria.length > 0 && { criteria: criteriaTable(criteria) }),
  };
}
