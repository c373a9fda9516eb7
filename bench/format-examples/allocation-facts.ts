/** What docs/format.md, "Bit allocation", shows of the default model's calibration. */
import type { Calibration } from 'ddpm-codec/model';
import { gainedSpectrum } from '#dist/codec/format/variance-gains.js';
import { allocatePasses, logSpectrum, type SpectrumTable } from '#dist/codec/trellis/bit-allocation.js';
import { MAX_BITS_PER_COEFFICIENT, tileRoute } from '#dist/codec/trellis/trellis-code.js';
import type { StageExample } from '../documents/figures/format.ts';
import { type StreamTile, sha256 } from './stream-tiles.ts';

/** Tiles whose stages are shown. */
const STAGES = [
  { from: 1440, budget: 1, n: 192 },
  { from: 600, budget: 10, n: 3072 },
  { from: -222, budget: 640, n: 3072 },
  { from: -1330, budget: 4096, n: 3072 },
  { from: -1330, budget: 786432, n: 196608 },
] as const;
const CLASSES_SHOWN = 8;
const ENDS_SHOWN = 6;

/** Indices at which a step may begin: the start, and those from which steps of any length go on. */
const START = 1440;
const BELOW = { highest: 600, lowest: -2047 } as const;

/** The first tile of a stream. */
const FIRST = { seed: 0, layer: 0, tile: 0 } as const;

/** Least distance to an integer of what is rounded down to make the table. */
export function margin({ sigma, bandShape }: Calibration): number {
  const distances = [
    ...Array.from(sigma, (value) => 256 * Math.log2(value) + 0.5),
    ...Array.from(bandShape, (value) => 16 * Math.log2(value) + 0.5),
  ].map((value) => Math.abs(value - Math.round(value)));
  return Math.min(...distances);
}

/** SHA-256 of the table of spectra. */
export function logShapeHash({ logShape }: SpectrumTable): string {
  const view = new DataView(new ArrayBuffer(4 * logShape.length));
  logShape.forEach((value, i) => void view.setInt32(4 * i, value, true));
  return sha256(new Uint8Array(view.buffer));
}

/** The examples of stages: a row for each pass of each tile. */
export function stageExamples(table: SpectrumTable): StageExample[] {
  return STAGES.flatMap(({ from, budget, n }) => {
    const spectrum = logSpectrum(table, from);
    const allocated = allocatePasses(spectrum, budget, n);
    return tileRoute({ bits: budget, key: FIRST, spectrum }, n).passes.map(({ stages }, pass): StageExample => {
      const { bits, weights } = allocated[pass];
      return {
        ...{ from, budget, n, pass, bits },
        spectrum: [...spectrum.slice(0, CLASSES_SHOWN)],
        weights: [...weights.slice(0, CLASSES_SHOWN)],
        sum: weights.reduce((sum, weight) => sum + weight),
        stages: stages?.count ?? 1,
        ends: stages ? [...stages.end.slice(0, Math.min(stages.count, ENDS_SHOWN))] : [n],
      };
    });
  });
}

/** Most bits of a stage at the largest budget, over all indices at which a step may begin. */
export function mostBitsAtLimit(table: SpectrumTable, n = 3072): number {
  const bits = MAX_BITS_PER_COEFFICIENT * n;
  const mostBits = (from: number): number => mostBitsIn({ bits, key: FIRST, spectrum: logSpectrum(table, from) }, n);
  let most = mostBits(START);
  for (let from = BELOW.lowest; from <= BELOW.highest; from++) most = Math.max(most, mostBits(from));
  return most;
}

/** Most bits of a stage of a tile. */
export function mostBitsOf(table: SpectrumTable, { bits, n, gains, key, step }: StreamTile): number {
  return mostBitsIn({ bits, key, spectrum: gainedSpectrum(logSpectrum(table, step.fromIndex), gains) }, n);
}

function mostBitsIn(tile: Parameters<typeof tileRoute>[0], n: number): number {
  return Math.max(...tileRoute(tile, n).passes.map(({ stages }) => stages?.mostBits ?? 0));
}
