import { describe, expect, test } from 'vitest';
import { aStarChannel } from '../../../bench/channels/a-star.ts';
import { bestChannel, minimalChannel, orderedChannel, poissonChannel } from '../../../bench/channels/catalogue.ts';
import { type Channel, type ChannelTile, deliveredBits, klBits } from '../../../bench/channels/channel.ts';
import { LinearInformation } from '../../../bench/channels/linear-information.ts';
import { ditheredChannel, trellisChannel } from '../../../bench/channels/product-channels.ts';
import { gaussianTile, type Mixture } from '../../../bench/channels/sources.ts';
import { logIntervalProbability } from '../../../src/analysis/normal-distribution.ts';
import { pValue } from './kolmogorov-smirnov.ts';

const MIXED: Mixture = [
  { share: 0.5, rho: 8 },
  { share: 0.5, rho: 0.4 },
];

function normalCumulative(x: number): number {
  return Math.exp(logIntervalProbability(Number.NEGATIVE_INFINITY, x));
}

/** Sends tiles; returns what was sent, and checks that it is what is received. */
function conveyed(channel: Channel, tiles: readonly ChannelTile[]): { values: Float32Array[]; bits: number } {
  const sender = channel.sender();
  const values = tiles.map((tile) => sender.send(tile).values);
  const message = sender.finish();
  const receiver = channel.receiver(message);
  for (const [i, { target: _, ...shared }] of tiles.entries()) expect(receiver.receive(shared)).toEqual(values[i]);
  return { values, bits: 8 * message.length };
}

/** (c - a) / sqrt r of all coefficients. */
function residuals(tiles: readonly ChannelTile[], values: readonly Float32Array[]): number[] {
  return tiles.flatMap(({ target, residualVariance }, t) =>
    Array.from(values[t], (c, i) => (c - target[i]) / Math.sqrt(residualVariance[i])),
  );
}

/** Correlation of residuals and targets, times the square root of their number: N(0, 1) where they are independent. */
function correlation(tiles: readonly ChannelTile[], values: readonly Float32Array[]): number {
  const [x, y] = [residuals(tiles, values), tiles.flatMap(({ target }) => [...target])];
  const product = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, v, i) => sum + v * b[i], 0);
  return (Math.sqrt(x.length) * product(x, y)) / Math.sqrt(product(x, x) * product(y, y));
}

const SMALL = [0, 1, 2].map((tile) => gaussianTile(192, MIXED, tile));

describe('every channel decodes to what its encoder meant', () => {
  test.each(
    [
      trellisChannel(64, 1.1),
      trellisChannel(64, 1.1, 'one pass'),
      trellisChannel(64, 1.1, 'one pass, plain TypeScript'),
      ditheredChannel(),
      poissonChannel(3),
      aStarChannel(0),
      aStarChannel(3),
      orderedChannel(4, 2),
      minimalChannel(5, 2),
      bestChannel(6, 1),
    ].map((channel) => [`${channel.scheme} ${channel.setting}`, channel] as const),
  )('%s', (_, channel) => {
    const { values, bits } = conveyed(channel, SMALL);
    expect(bits).toBeGreaterThan(0);
    // Something of a arrives.
    expect(SMALL.reduce((sum, tile, i) => sum + deliveredBits(tile, values[i]), 0)).toBeGreaterThan(
      0.4 * SMALL.reduce((sum, tile) => sum + klBits(tile), 0),
    );
  });

  test('and also where the trellis code has two passes', () => {
    const tile = gaussianTile(1920, [{ share: 1, rho: 3 }], 0);
    expect(klBits(tile)).toBeGreaterThan(1024);
    conveyed(trellisChannel(64, 1.1), [tile, tile]);
  });
});

const RHO_3 = [0, 1].map((tile) => gaussianTile(1920, [{ share: 1, rho: 3 }], tile));

describe('goodness of fit', () => {
  test.each([poissonChannel(3), aStarChannel(0), aStarChannel(3)].map((c) => [`${c.scheme} ${c.setting}`, c] as const))(
    '%s gives samples of q',
    (_, channel) => {
      expect(channel.reach).toBe('sample');
      for (const tiles of [RHO_3, [gaussianTile(1920, MIXED, 0)]]) {
        const { values } = conveyed(channel, tiles);
        expect(pValue(residuals(tiles, values), normalCumulative)).toBeGreaterThan(0.01);
        expect(Math.abs(correlation(tiles, values))).toBeLessThan(3);
      }
    },
  );

  test('dithered quantisation gives uniform values around a, with the variance of q', () => {
    const { values } = conveyed(ditheredChannel(), RHO_3);
    const half = Math.sqrt(3);
    const uniform = (x: number): number => Math.min(Math.max((x + half) / (2 * half), 0), 1);
    expect(pValue(residuals(RHO_3, values), uniform)).toBeGreaterThan(0.01);
    expect(Math.abs(correlation(RHO_3, values))).toBeLessThan(3);
  });

  test('the test tells what is no sample of q', () => {
    const { values } = conveyed(bestChannel(4, -2), RHO_3);
    expect(pValue(residuals(RHO_3, values), normalCumulative)).toBeLessThan(1e-6);
    expect(Math.abs(correlation(RHO_3, values))).toBeGreaterThan(10);
  });
});

describe('what is delivered', () => {
  test('a sample of q delivers KL(q || p), by log weight and by squared error', () => {
    const tile = gaussianTile(192 * 200, [{ share: 1, rho: 1 }], 0);
    const { values } = conveyed(aStarChannel(0), [tile]);
    expect(deliveredBits(tile, values[0]) / klBits(tile)).toBeCloseTo(1, 1);
    const information = new LinearInformation();
    information.add(tile, values[0]);
    expect(information.bits / tile.target.length).toBeCloseTo(0.5, 1);
  });

  test('minimal and ordered random coding deliver less, and more with more candidates', () => {
    for (const make of [minimalChannel, orderedChannel]) {
      const shares = [0, 2, 4].map((excess) => {
        const sender = make(5, excess).sender();
        return RHO_3.reduce((sum, tile) => sum + (sender.send(tile).deliveredBits ?? Number.NaN) / klBits(tile), 0) / 2;
      });
      expect(shares.toSorted((a, b) => a - b)).toEqual(shares);
      expect(shares[2]).toBeLessThan(1);
      expect(shares[2]).toBeGreaterThan(0.85);
    }
  });
});
