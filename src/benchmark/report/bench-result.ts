/** The result of a benchmark, which is stored in `results.json`. */
import type { Machine } from '../../node/machine.ts';
import type { Row } from '../bench-types.ts';
import type { DeltaRow } from './deltas.ts';
import type { MeasureName } from './quality-measures.ts';
import type { ReferenceCurve } from './references.ts';
import type { Curve } from './summary.ts';

/** The result of a benchmark. */
export interface BenchResult {
  readonly schemaVersion: number;
  /** Time at which the report was made, ISO 8601. */
  readonly created: string;
  /** Command line; empty if the benchmark was called as a library. */
  readonly command: string;
  readonly machine: Machine;
  readonly images: readonly {
    readonly name: string;
    readonly width: number;
    readonly height: number;
    readonly channels: number;
  }[];
  /** Quality measures of which there are values, and the number of images that have them. */
  readonly measures: readonly { readonly measure: MeasureName; readonly images: number }[];
  readonly codecs: readonly Curve[];
  readonly references: readonly ReferenceCurve[];
  /** Comparisons of all codecs that have a curve with the anchor. */
  readonly deltas: readonly DeltaRow[];
  /** Comparisons of each measured form of our codec with each other codec and each published curve of real files. */
  readonly ours: readonly DeltaRow[];
  /** What tables, plots and comparisons leave out, in sentences. */
  readonly leftOut: readonly string[];
  readonly rows: readonly Row[];
}

/** Whether a picture has a curve of the codec. */
function hasCurve({ means }: Curve): boolean {
  return means.some(({ pictures }) => pictures > 0);
}

/** Whether a codec can be compared: it must have real files at two rates or more of a picture. */
export function isComparable(curve: Curve): boolean {
  return curve.kind === 'real' && hasCurve(curve);
}

/** Whether a curve is shown in plots: that of files, or of computed rates. */
export function isPlotted(curve: Curve): boolean {
  return curve.lossy && hasCurve(curve);
}

/** The main curve of our codec: that of `ddpm`, otherwise of `ddpm-file`; undefined if neither was measured. */
export function ourCurve(codecs: readonly Curve[]): Curve | undefined {
  return codecs.find(({ codec }) => codec === 'ddpm') ?? codecs.find(({ codec }) => codec === 'ddpm-file');
}
