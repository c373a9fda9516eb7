/** Figures of bench/effort.ts: bits and time of the encoder's settings, relative to those of one of them. */
import { DEFAULT_EFFORT, effortLevel } from '#dist/coding/encoder/effort-levels.js';
import { type Figure, number, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** A setting of the encoder. */
export interface EffortSetting {
  /** In log-SNR. */
  readonly ladderStep: number;
  readonly beamWidth: number;
}

/** A setting with its bits and time. */
export interface EffortRow extends EffortSetting {
  /** Bits at equal PSNR over those of the anchor: the geometric mean over pictures and qualities. */
  readonly relativeRate: number;
  /** CPU time over that of the anchor. */
  readonly relativeTime: number;
  /** CPU time of all pictures. */
  readonly seconds: number;
  /** Bits per pixel of each picture at each quality; null where its stream does not reach that quality. */
  readonly rates: readonly (readonly (number | null)[])[];
}

/** What bench/effort.ts finds. */
export interface EffortReport {
  /** Number of pictures. */
  readonly pictures: number;
  readonly width: number;
  readonly height: number;
  /** PSNRs in dB at which bits are compared. */
  readonly qualities: readonly number[];
  readonly anchor: EffortSetting;
  /** By time, the shortest first. */
  readonly rows: readonly EffortRow[];
}

/** The anchor when all settings are measured. */
export const ANCHOR: EffortSetting = { ladderStep: 1.5, beamWidth: 512 };
/** From the anchor a finer ladder, or a wider beam: which one is the better buy? */
const FINER: EffortSetting = { ...ANCHOR, ladderStep: 1 };
const WIDER: EffortSetting = { ...ANCHOR, beamWidth: 2048 };

/** An effort, and its setting if that was measured. */
interface Level {
  readonly effort: number;
  readonly row: EffortRow | undefined;
}

function find({ rows }: EffortReport, { ladderStep, beamWidth }: EffortSetting): EffortRow | undefined {
  return rows.find((row) => row.ladderStep === ladderStep && row.beamWidth === beamWidth);
}

/** The efforts for pictures of this size. */
function levelsOf(report: EffortReport): Level[] {
  return Array.from({ length: 9 }, (_, i) => ({ effort: i + 1, row: find(report, effortLevel(i + 1, report)) }));
}

function effortTable(levels: readonly Level[]): Figure {
  return table(
    ['effort', 'ladder', 'M', 'time', 'bits'],
    levels.flatMap(({ effort, row }) =>
      row
        ? [
            [effort, row.ladderStep, row.beamWidth, row.relativeTime.toFixed(2), row.relativeRate.toFixed(3)].map(
              String,
            ),
          ]
        : [],
    ),
  );
}

/** Bits that a setting takes more than the best one of no more time, as a share. */
function excess({ rows }: EffortReport, { relativeRate, relativeTime }: EffortRow): number {
  const rivals = rows.filter((row) => row.relativeTime <= relativeTime);
  return relativeRate / Math.min(...rivals.map((row) => row.relativeRate)) - 1;
}

/** Bits that a setting saves against the anchor for the time that it takes more, both as logarithms. */
function gain({ relativeRate, relativeTime }: EffortRow): number {
  return -Math.log(relativeRate) / Math.log(relativeTime);
}

/** The figures, by name. */
export function effortFigures(report: EffortReport): Record<string, Figure> {
  const levels = levelsOf(report);
  const off = levels.flatMap(({ row }) => (row ? [excess(report, row)] : []));
  const usual = levels[DEFAULT_EFFORT - 1]?.row;
  const [finer, wider] = [find(report, FINER), find(report, WIDER)];
  return {
    ...(off.length > 0 && { efforts: effortTable(levels), off: number(100 * Math.max(...off), 1, ' %') }),
    ...(usual && { 'default.bits': number(usual.relativeRate, 2), 'default.time': number(usual.relativeTime, 2) }),
    ...(finer && wider && { 'finer-over-wider': number(gain(finer) / gain(wider), 1) }),
  };
}

/** Measurement `effort-kodak`: crops of 256x256. */
export const effortKodak: FigureSource = source<EffortReport>('effort-kodak', effortFigures);

/** Measurement `effort-cifar10`. */
export const effortCifar10: FigureSource = source<EffortReport>('effort-cifar10', effortFigures);
