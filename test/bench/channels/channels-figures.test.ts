import { describe, expect, test } from 'vitest';
import { ratioError } from '../../../bench/channels/measure-channels.ts';
import { type ChannelRow, type ChannelsReport, channelsFigures } from '../../../bench/documents/figures/channels.ts';

function row(scheme: string, setting: string, changes: Partial<ChannelRow>): ChannelRow {
  return {
    source: 'rho 3',
    scheme,
    setting,
    reach: 'near',
    spent: 1,
    delivered: 1,
    overhead: 1,
    overheadError: 0.001,
    overheadAtEqualError: 1,
    cut: 0,
    zipf: null,
    lookUps: 1,
    encodeTime: 1,
    decodeTime: 1,
    memoryBytes: null,
    ...changes,
  };
}

const REPORT: ChannelsReport = {
  sources: [{ name: 'rho 3', tiles: 2, coefficients: 400, klBits: 400 }],
  rows: [
    row('trellis', 'M = 128', { overhead: 1.1 }),
    row('trellis', 'M = 256', { overhead: 1.08 }),
    row('trellis', 'M = 256, one pass', { overhead: 1.01 }),
    row('dithered', '', { overhead: 1.28 }),
    row('PFR', '2 bits', { overhead: 1.9, lookUps: 12_345, memoryBytes: 3 * 2 ** 20, overheadError: 0.019 }),
    row('ORC', '8 bits', { overhead: 1.4, delivered: 0.8, overheadAtEqualError: null, overheadError: 1 }),
  ],
};

describe('figures of the channels', () => {
  const figures = channelsFigures(REPORT);

  test('compare with the rival that is nearest', () => {
    expect(figures['rho-3.trellis'].text).toBe('1.08 to 1.10');
    expect(figures['rho-3.nearest.name'].text).toBe('dithered');
    expect(figures['rho-3.margin'].value).toBeCloseTo(0.18, 9);
    expect(figures['rho-3.orc.delivered'].text).toBe('0.80');
    expect(figures['largest-error'].text).toBe('1.0 %');
  });

  test('have a line for every channel', () => {
    const lines = figures['rho-3.table'].text.split('\n');
    expect(lines).toHaveLength(2 + REPORT.rows.length);
    expect(figures.summary.text.split('\n')).toHaveLength(2 + REPORT.rows.length);
    expect(figures.summary.text).toContain('| PFR, 2 bits | 1.900 (1.0 µs) |');
    expect(lines[6]).toBe(
      '| PFR | 2 bits | 1.000 | 1.000 | **1.900** ± 0.019 | 1.000 | 12 000 | 1.0 | 1.0 | 3.0 MiB |',
    );
  });
});

test('the error of a ratio over equal amounts is that of a mean', () => {
  const above = [3, 4, 8, 5, 7];
  const mean = 5.4;
  const variance = above.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 4;
  expect(ratioError(above, [2, 2, 2, 2, 2])).toBeCloseTo(Math.sqrt(variance / 5) / 2, 12);
  expect(ratioError(above, above)).toBe(0);
});
