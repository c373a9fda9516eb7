/** All that a benchmark has found, as `results.json` holds it. */
import type { Machine } from '../../node/machine.ts';
import { type CodecName, isOurs, type Row, SCHEMA_VERSION } from '../bench-types.ts';
import { type Anchor, type DeltaRow, deltaRow } from './deltas.ts';
import type { ReferenceCurve } from './references.ts';
import type { Curve } from './summary.ts';

/** All that a benchmark has found. */
export interface BenchResult {
  readonly schemaVersion: number;
  /** When the report was made, ISO 8601. */
  readonly created: string;
  /** The command line, if there was one. */
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
  /** Every codec with a curve against the anchor. */
  readonly deltas: readonly DeltaRow[];
  /** Our codec, in each of its forms that was measured, against each of the others and each published curve of real files. */
  readonly ours: readonly DeltaRow[];
  readonly rows: readonly Row[];
}

/** What a result is made of. */
export type Findings = Pick<BenchResult, 'command' | 'machine' | 'codecs' | 'references' | 'rows'> & {
  /** Codec that the others are compared with; default JPEG, or the first that has a curve. */
  readonly anchor?: CodecName | undefined;
};

/** A curve that can be compared: real files at two rates or more. */
export function isComparable({ kind, points }: Curve): boolean {
  return kind === 'real' && points.filter(({ psnr }) => psnr !== null).length >= 2;
}

/** A published curve as an anchor; nothing is known of its fixed cost. */
function publishedAnchor({ name, points }: ReferenceCurve): Anchor {
  const rest = { bppWithoutFixed: 0, msSsim: null };
  return { codec: name, label: name, points: points.map((point) => ({ ...point, ...rest })) };
}

/** Our codec's main curve, if it was measured. */
export function ourCurve(codecs: readonly Curve[]): Curve | undefined {
  return codecs.find(({ codec }) => codec === 'ddpm') ?? codecs.find(({ codec }) => codec === 'ddpm-file');
}

/** Adds to what was measured what follows from it. */
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
