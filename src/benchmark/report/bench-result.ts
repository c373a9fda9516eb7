/** The result of a benchmark, which is stored in `results.json`. */
import type { Machine } from '../../node/machine.ts';
import { type CodecName, isOurs, type Row, SCHEMA_VERSION } from '../bench-types.ts';
import { type Anchor, type DeltaRow, deltaRow } from './deltas.ts';
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
  readonly codecs: readonly Curve[];
  readonly references: readonly ReferenceCurve[];
  /** Comparisons of all codecs that have a curve with the anchor. */
  readonly deltas: readonly DeltaRow[];
  /** Comparisons of each measured form of our codec with each other codec and each published curve of real files. */
  readonly ours: readonly DeltaRow[];
  readonly rows: readonly Row[];
}

/** The measurements from which a result is computed. */
export type Findings = Pick<BenchResult, 'command' | 'machine' | 'codecs' | 'references' | 'rows'> & {
  /** Codec that the others are compared with; default: JPEG, otherwise the first codec that has a curve. */
  readonly anchor?: CodecName | undefined;
};

/** Whether a curve can be compared: it must have real files at two rates or more that are not exact. */
export function isComparable({ kind, points }: Curve): boolean {
  return kind === 'real' && points.filter(({ psnr }) => psnr !== null).length >= 2;
}

/**
 * Makes an anchor of a published curve. Its fixed cost is unknown, so rates without fixed cost are 0 and take no part
 * in comparisons.
 */
function publishedAnchor({ name, points }: ReferenceCurve): Anchor {
  const rest = { bppWithoutFixed: 0, msSsim: null };
  return { codec: name, label: name, points: points.map((point) => ({ ...point, ...rest })) };
}

/** The main curve of our codec: that of `ddpm`, otherwise of `ddpm-file`; undefined if neither was measured. */
export function ourCurve(codecs: readonly Curve[]): Curve | undefined {
  return codecs.find(({ codec }) => codec === 'ddpm') ?? codecs.find(({ codec }) => codec === 'ddpm-file');
}

/** Computes the result from the measurements. */
export function resultOf({ anchor, ...findings }: Findings): BenchResult {
  const comparable = findings.codecs.filter(isComparable);
  const anchorCurve =
    comparable.find(({ codec }) => codec === (anchor ?? 'jpeg')) ?? (anchor === undefined ? comparable[0] : undefined);
  const others = anchorCurve ? comparable.filter((curve) => curve !== anchorCurve) : [];
  const published = findings.references.filter(({ kind }) => kind === 'real').map(publishedAnchor);
  const anchors = [...comparable.filter(({ codec }) => !isOurs(codec)), ...published];
  const images = new Map(
    findings.rows.map(({ image, width, height, channels }) => [image, { width, height, channels }]),
  );
  return {
    schemaVersion: SCHEMA_VERSION,
    created: new Date().toISOString(),
    ...findings,
    images: [...images].map(([name, size]) => ({ name, ...size })),
    deltas: anchorCurve ? others.map((curve) => deltaRow(anchorCurve, curve, findings.rows)) : [],
    ours: comparable
      .filter(({ codec }) => isOurs(codec))
      .flatMap((curve) => anchors.map((other) => deltaRow(other, curve, findings.rows))),
  };
}
