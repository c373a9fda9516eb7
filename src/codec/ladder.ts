/**
 * The noise ladder: which reverse steps a stream takes. Noise levels are integers, sigma = 2^(index / 256), so that encoder and
 * decoder agree exactly and the same numbers can be written in another language. docs/format.md, "Ladder".
 */
import { exp2Fraction256 } from './portable-math.ts';

/** One octave of sigma in index units. */
export const OCTAVE = 256;
/** Index of the first state's noise level, 49.4: nothing of the image is left in it. */
const START_INDEX = 1440;
/** A pyramid level is left at sigma = 1/2. */
const LEAVE_INDEX = -256;

/** Lowest and highest end position that a stream may have: sigma 2^-8 at full size up to 2^5.6 at the coarsest level. */
export const LOWEST_POSITION: number = -8 * OCTAVE;

/** A reverse step sigmaFrom -> sigmaTo at a pyramid level. */
export interface LadderStep {
  readonly level: number;
  /** Index of the noise level before the step. */
  readonly fromIndex: number;
  /** Index of the noise level after it. */
  readonly toIndex: number;
  readonly sigmaFrom: number;
  readonly sigmaTo: number;
}

/** Ladder steps that have a name, in log-SNR; the header stores eighths. */
export const LADDER_STEPS: readonly number[] = [1, 1.5, 2];

/** A step in eighths of log-SNR as a distance in index units: eighths / 8 / (2 ln 2) octaves. */
export function stepDistance(eighths: number): number {
  return Math.floor((eighths * 23083 + 500) / 1000);
}

/** Index of the noise level next to sigma. */
export function nearestIndex(sigma: number): number {
  return Math.round(Math.log2(sigma) * OCTAVE);
}

/** Position on the whole ladder of a noise level at a pyramid level: the index that the full-size image would have. */
export function position(level: number, index: number): number {
  return level * OCTAVE + index;
}

/** Number of steps that cover a distance: rounded, so that no step is more than 1.5 times the nominal one. */
function stepsOver(distance: number, step: number): number {
  return Math.max(1, Math.ceil(distance / step - 0.5));
}

/** Positions after each nominal step, descending, down to the first at or below `end`; with their levels. */
function* nominalSteps(levels: number, step: number): Generator<{ level: number; from: number; to: number }> {
  for (let level = levels; level > 0; level--) {
    const from = level === levels ? START_INDEX : 0;
    const count = stepsOver(from - LEAVE_INDEX, step);
    const at = (i: number): number => from - Math.floor((i * (from - LEAVE_INDEX)) / count);
    for (let i = 0; i < count; i++) yield { level, from: at(i), to: at(i + 1) };
  }
  for (let from = levels === 0 ? START_INDEX : 0; ; from -= step) yield { level: 0, from, to: from - step };
}

/** How far the last step may reach beyond its nominal end, as a share of the nominal step. */
const STRETCH = 0.25;

/**
 * The steps of a stream.
 *
 * @param levels - number of the coarsest pyramid level
 * @param stepEighths - nominal step in eighths of log-SNR, 1..255
 * @param endPosition - where the last step ends, {@link LOWEST_POSITION} .. firstPosition(levels) - 1
 */
export function ladder(levels: number, stepEighths: number, endPosition: number): LadderStep[] {
  const distance = stepDistance(stepEighths);
  const steps: LadderStep[] = [];
  for (const { level, from, to } of nominalSteps(levels, distance)) {
    const end = endPosition - level * OCTAVE;
    const last = to - Math.floor((from - to) * STRETCH) <= end;
    const toIndex = last ? end : to;
    steps.push({
      level,
      fromIndex: from,
      toIndex,
      sigmaFrom: exp2Fraction256(from),
      sigmaTo: exp2Fraction256(toIndex),
    });
    if (last) break;
  }
  return steps;
}

/** Position of the first state; every step ends below it. */
export function firstPosition(levels: number): number {
  return position(levels, START_INDEX);
}
