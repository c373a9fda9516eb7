/** Figures of bench/drift.ts: differences between the pictures of decoders, in grey levels. */
import type { Difference } from '../../drift-measure.ts';
import { type Figure, number, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** What bench/drift.ts finds. */
export interface DriftReport {
  /** Number of pictures. */
  readonly pictures: number;
  readonly width: number;
  readonly height: number;
  /** Pairs of backends (`wasm -> cpu`) and noises (`noise 1e-6`), in the order of the table. */
  readonly kinds: readonly string[];
  /** After each layer, for each kind: maximum and means over all pictures. */
  readonly layers: readonly Readonly<Record<string, Difference>>[];
}

/** Growth is told of kinds with at least so many different samples after the first layer; fewer are chance. */
const LEAST_CHANGED = 30;

function driftTable({ kinds, layers }: DriftReport): Figure {
  const cell = ({ max, mean }: Difference): string => `${max} / ${mean === 0 ? '0' : mean.toExponential(1)}`;
  return table(
    ['layer', ...kinds],
    layers.map((row, layer) => [`${layer + 1}`, ...kinds.map((kind) => cell(row[kind]))]),
  );
}

/** Largest mean after any layer over the one after the first, for each kind of which it can be told. */
function growths({ pictures, width, height, kinds, layers }: DriftReport): number[] {
  const samples = pictures * width * height * 3;
  return kinds.flatMap((kind) => {
    const first = layers[0]?.[kind];
    if (!first || first.changed * samples < LEAST_CHANGED) return [];
    return [Math.max(...layers.map((row) => row[kind].mean)) / first.mean];
  });
}

/** The figures, by name. */
export function driftFigures(report: DriftReport): Record<string, Figure> {
  const all = report.layers.flatMap((row) => Object.values(row));
  const growth = growths(report);
  return {
    table: driftTable(report),
    max: number(Math.max(...all.map(({ max }) => max))),
    ...(growth.length > 0 && { growth: number(Math.max(...growth), 1) }),
  };
}

/** Measurement `drift-small`: crops of 64x64. */
export const driftSmall: FigureSource = source<DriftReport>('drift-small', driftFigures);

/** Measurement `drift-cifar10`. */
export const driftCifar10: FigureSource = source<DriftReport>('drift-cifar10', driftFigures);

/** Measurement `drift-kodak`: whole photographs, on one backend. */
export const driftKodak: FigureSource = source<DriftReport>('drift-kodak', driftFigures);
