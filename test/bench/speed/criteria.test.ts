import { expect, test } from 'vitest';
import { criteriaOf } from '../../../bench/speed/criteria.ts';
import { timesAsFast } from '../../../bench/speed/paired-ratio.ts';
import { speedTables } from '../../../bench/speed/tables.ts';
import type { NetworkSpeed, Row, SpeedReport } from '../../../bench/speed/types.ts';

const NODE = process.version;

function row(group: string, operation: Row['operation'], threads: Row['threads'], roundsMs: number[]): Row {
  return {
    ...{ group, operation, threads, together: false, roundsMs, bpp: 0.5, psnr: 30 },
    ...{ networkMs: 1, trellisMs: 1, whiteningMs: 1, ioMs: 1, otherMs: 1, floorMs: null },
    ...{ pictures: 1, megapixels: 1, repeats: roundsMs.length, wallMs: roundsMs[0] as number, cpuMs: 1 },
    ...{ imagesPerSecond: 1, secondsPerMegapixel: 1, peakRssBytes: 1, layers: 1, networkPixelsPerPixel: 1 },
  };
}

function network(about: Partial<NetworkSpeed>): NetworkSpeed {
  const first = { commit: null, node: NODE, maker: 'codec', arithmetic: 'exact', thread: 'main' } as const;
  return { ...first, side: 512, roundsMs: [100, 100, 100], ...about };
}

const REPORT: Omit<SpeedReport, 'criteria'> = {
  machine: { node: NODE },
  commits: ['abc'],
  rows: [
    row('768x512', 'encode', 'inline', [100, 200, 100]),
    row('768x512', 'encode', 1, [200, 200, 200]),
    row('768x512', 'encode', 2, [100, 125, 100]),
    row('768x512, effort 1', 'encode', 'inline', [2100]),
  ],
  others: [
    { ...row('768x512', 'encode', 'inline', [170, 340, 100]), commit: 'abc', node: NODE, bpp: 0.51 },
    { ...row('768x512', 'encode', 'inline', [50, 100, 50]), commit: null, node: 'v99.0.0' },
  ],
  network: [
    network({}),
    network({ commit: 'abc', roundsMs: [160, 150, 180] }),
    network({ node: 'v22.1.0', arithmetic: 'fused', roundsMs: [50, 50, 50] }),
    network({ node: 'v22.1.0', commit: 'abc', roundsMs: [130, 120, 130] }),
    network({ maker: 'tfjs', roundsMs: [300, 300, 300] }),
  ],
  ...{ search: null, floor: null, profiles: [] },
};

test('a ratio is the median of the ratios of the rounds', () => {
  expect(timesAsFast([1, 10, 1], [2, 20, 9])).toBe(2);
  expect(() => timesAsFast([1], [1, 2])).toThrow('1 and 2 rounds');
});

test('criteria compare what was measured in the same rounds, and leave out what was not measured', () => {
  const found = criteriaOf(REPORT).map(({ what, measured, holds }) => [what, measured, holds]);
  expect(found).toEqual([
    [`network, exact, Node ${NODE}: times as fast as abc`, '1.60', false],
    ['encode 768x512, inline: times as fast as abc', '1.70', true],
    ['network, fused, Node v22.1.0: times as fast as abc', '2.60', true],
    ['encode 768x512, effort 1, inline', '2.10 s', false],
    ['encode 768x512: two threads over one', '2.00', true],
  ]);
});

test('without a commit to compare with there are no criteria of gains', () => {
  const alone = criteriaOf({ ...REPORT, commits: [], others: [] });
  expect(alone.map(({ what }) => what)).toEqual([
    'encode 768x512, effort 1, inline',
    'encode 768x512: two threads over one',
  ]);
});

test('tables have a column for the commit, its bits, other versions of Node and the rivals', () => {
  const tables = speedTables({ ...REPORT, machine: { node: NODE }, criteria: criteriaOf(REPORT) });
  const lines = (name: string): string[][] =>
    (tables[name] as string).split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
  const [head, , first, second] = lines('rows') as [string[], string[], string[], string[]];
  const column = head.indexOf('over abc');
  expect([first[column], second[column]]).toEqual(['1.70', '']);
  expect(lines('streams')[3]?.slice(1, 6)).toEqual(['768x512', 'abc', '1', '3', '0.510']);
  expect(lines('nodes')[3]?.slice(3, 6)).toEqual(['v99.0.0', '50.0', '2.00']);
  expect(lines('network').at(-1)?.slice(2, 4)).toEqual(['tfjs', '']);
  expect(lines('network').at(-1)?.at(-3)).toBe('3.00');
});
