/**
 * The noise ladder: the sequence of a stream's reverse steps. Noise levels are integers, sigma = 2^(index / 256), so
 * that encoder and decoder agree exactly, also if they are written in different languages. docs/format.md, "Ladder".
 */
import { exp2Fraction256 } from '../math/portable-math.ts';

/** One octave of sigma in index units. */
export const OCTAVE = 256;
/** Noise index of the first state, sigma 49.4: it holds no information on the image. */
const START_INDEX = 1440;
/**
 * Index at which the first step ends, sigma 5.1. Above it so little of the image is coded that one step does it as well
 * as three nominal ones, which saves two runs of the network (48 CIFAR-10 images: bits at equal PSNR -0.1 %;
 * docs/design/trellis.md).
 */
const FIRST_STEP_INDEX = 600;
/** Index at which the steps of a pyramid level above 0 end, sigma 1/2. */
const LEAVE_INDEX = -256;

/** Lowest end position that a stream may have: sigma 2^-8 at full size. */
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

/** Ladder steps that an encoder may choose, in log-SNR; the header stores eighths. */
export const LADDER_STEPS: readonly number[] = [0.5, 0.75, 1, 1.5, 2];

/** A step in eighths of log-SNR as a distance in index units: eighths / 8 / (2 ln 2) octaves. */
export function stepDistance(eighths: number): number {
  return Math.floor((eighths * 23083 + 500) / 1000);
}

/** Noise index nearest to sigma. */
export function nearestIndex(sigma: number): number {
  return Math.round(Math.log2(sigma) * OCTAVE);
}

/** Position on the ladder of a noise index at a pyramid level: the index that the full-size image would have. */
export function position(level: number, index: number): number {
  return level * OCTAVE + index;
}

/** Number of steps that cover a distance: rounded, so that no step is more than 1.5 times the nominal one. */
function stepsOver(distance: number, step: number): number {
  return Math.max(1, Math.ceil(distance / step - 0.5));
}

/** The nominal steps as indices `from` and `to` at their pyramid level, without end. */
function* nominalSteps(levels: number, step: number): Generator<{ level: number; from: number; to: number }> {
  yield { level: levels, from: START_INDEX, to: FIRST_STEP_INDEX };
  for (let level = levels; level > 0; level--) {
    const from = level === levels ? FIRST_STEP_INDEX : 0;
    const count = stepsOver(from - LEAVE_INDEX, step);
    const at = (i: number): number => from - Math.floor((i * (from - LEAVE_INDEX)) / count);
    for (let i = 0; i < count; i++) yield { level, from: at(i), to: at(i + 1) };
  }
  for (let from = levels === 0 ? FIRST_STEP_INDEX : 0; ; from -= step) yield { level: 0, from, to: from - step };
}

/** A step from one noise index to another. */
function ladderStep(level: number, fromIndex: number, toIndex: number): LadderStep {
  return { level, fromIndex, toIndex, sigmaFrom: exp2Fraction256(fromIndex), sigmaTo: exp2Fraction256(toIndex) };
}

/**
 * The nominal steps of a ladder; the sequence never ends.
 *
 * @param levels - number of the coarsest pyramid level
 * @param stepEighths - nominal step in eighths of log-SNR, 1..255
 */
export function* nominalLadder(levels: number, stepEighths: number): Generator<LadderStep, never, void> {
  for (const { level, from, to } of nominalSteps(levels, stepDistance(stepEighths))) yield ladderStep(level, from, to);
  throw new Error('the nominal steps never end');
}

/** The step with another end. */
export function endingAt({ level, fromIndex }: LadderStep, toIndex: number): LadderStep {
  return ladderStep(level, fromIndex, toIndex);
}

/**
 * The steps of a stream.
 *
 * @param levels - number of the coarsest pyramid level
 * @param stepEighths - nominal step in eighths of log-SNR, 1..255
 * @param endPosition - where the last step ends, -2048 (`LOWEST_POSITION`) .. firstPosition(levels) - 1
 */
export function ladder(levels: number, stepEighths: number, endPosition: number): LadderStep[] {
  const steps: LadderStep[] = [];
  for (const step of nominalLadder(levels, stepEighths)) {
    const end = endPosition - step.level * OCTAVE;
    if (step.toIndex <= end) return [...steps, endingAt(step, end)];
    steps.push(step);
  }
  throw new Error('the nominal steps never end');
}

/**
 * Steps from a given state down to a noise index of a finer level, or of the same; at least one at each level.
 *
 * @param index - noise index of the state at `level`
 * @param endIndex - where the steps of the level `finest` end
 */
export function* ladderFrom(
  level: number,
  index: number,
  stepEighths: number,
  endIndex: number,
  finest = 0,
): Generator<LadderStep> {
  for (let l = level, from = index; l >= finest; l--, from = 0) {
    const end = Math.min(l > finest ? LEAVE_INDEX : endIndex, from - 1);
    const count = stepsOver(from - end, stepDistance(stepEighths));
    const at = (i: number): number => from - Math.floor((i * (from - end)) / count);
    for (let i = 0; i < count; i++) yield ladderStep(l, at(i), at(i + 1));
  }
}

/** Position at which nominal step number `count` >= 1 ends. */
export function nominalEnd(levels: number, stepEighths: number, count: number): number {
  let left = count;
  for (const { level, toIndex } of nominalLadder(levels, stepEighths)) {
    if (--left === 0) return position(level, toIndex);
  }
  throw new Error('the nominal steps never end');
}

/** Noise level of a state of the full size. */
export interface FullSizeStart {
  readonly index: number;
  readonly sigma: number;
}

/**
 * The state from which the tail is coded of a stream that ends with a step: the state after a step of level 0, or the one of the full
 * size to which the last nominal step of level 1 leads by going up. Undefined: no tail can follow such a step.
 */
export function tailStart({ level, toIndex, sigmaTo }: LadderStep): FullSizeStart | undefined {
  if (level === 0) return { index: toIndex, sigma: sigmaTo };
  return level === 1 && toIndex === LEAVE_INDEX ? { index: 0, sigma: 1 } : undefined;
}

/** Position of the first state; every step ends below it. */
export function firstPosition(levels: number): number {
  return position(levels, START_INDEX);
}

/** Highest position at which a stream with a tail may end: see {@link tailStart}. */
export function firstTailPosition(levels: number): number {
  return levels === 0 ? START_INDEX - 1 : 0;
}
