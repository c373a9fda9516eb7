/** Goal: the whole stream decodes to a given PSNR. */
import { endingAt, type LadderStep, LOWEST_POSITION, ladder } from '../../../codec/format/noise-ladder.ts';
import type { Size } from '../../../codec/grid/geometry.ts';
import type { EncodeResume, EncodeWalkState } from '../../../codec/walk/encode-walk.ts';
import type { EncoderRun } from '../encoder-run.ts';
import type { MeasuredLayer, StreamDraft } from '../stream-draft.ts';
import { type Goal, type Reached, unreachable } from './goal.ts';
import { lowestIndex, mustEnd } from './planned-walk.ts';
import { leftLevel, retakeMeasured, Snapshot } from './retake-step.ts';

/** Largest difference from the PSNR asked for, in dB. */
const TOLERANCE = 0.1;
/**
 * The search ends at a difference of at most SEARCH_TOLERANCE, in dB; after SEARCH_ROUNDS rounds at one of at most
 * TOLERANCE; and after MOST_ROUNDS rounds with the least PSNR above the goal. So many are needed only for small, smooth
 * pictures, whose layers have a few bits each: there the PSNR jumps by some tenths of a dB from one end to the next.
 */
const SEARCH_TOLERANCE = 0.05;
const SEARCH_ROUNDS = 40;
const MOST_ROUNDS = 200;
/** Above 64x64 pixels the rounds get fewer as pixels get more, down to SEARCH_ROUNDS. */
const MOST_PIXEL_ROUNDS = MOST_ROUNDS * 64 * 64;
/** Number of rounds if the lowest end misses the goal: near it another one may be better by some tenths of a dB. */
const MISSED_ROUNDS = 8;

/** Growth of a layer's gain in dB, and mean number of rounds; only progress depends on them. */
const PSNR_GROWTH = { octaveFactor: 1.05, levelFactor: 1.5, retakes: 1.5 };

/** The index nearest to `wanted` at which the step can end and that was not tried yet; undefined if there is none. */
function untriedNear(wanted: number, step: LadderStep, tried: ReadonlySet<number>): number | undefined {
  const lowest = lowestIndex(step);
  const free = (index: number): boolean => index >= lowest && index < step.fromIndex && !tried.has(index);
  for (let distance = 0; distance <= step.fromIndex - lowest; distance++) {
    if (free(wanted + distance)) return wanted + distance;
    if (free(wanted - distance)) return wanted - distance;
  }
  return undefined;
}

/** Most rounds of the search for a picture. */
function mostRounds({ width, height }: Size): number {
  return Math.min(Math.max(Math.floor(MOST_PIXEL_ROUNDS / (width * height)), SEARCH_ROUNDS), MOST_ROUNDS);
}

/** The last layer of a stream. */
interface LastLayer {
  readonly layer: MeasuredLayer;
  readonly freeEnd: boolean;
}

/** The state before a layer, and the PSNR of its picture. */
interface LayerStart {
  readonly resume: EncodeResume;
  readonly psnr: number;
}

/** Walks until the picture has the PSNR, then takes the last step again with other ends until the PSNR fits. */
export class PsnrGoal implements Goal {
  readonly measuresLast = true;
  readonly #psnr: number;

  constructor(psnr: number) {
    this.#psnr = psnr;
  }

  expectedSteps(levels: number, stepEighths: number): LadderStep[] {
    return ladder(levels, stepEighths, LOWEST_POSITION);
  }

  async reach(run: EncoderRun): Promise<Reached> {
    const draft = run.draft();
    const snapshot = new Snapshot();
    run.progress.aim({ goal: this.#psnr, ...PSNR_GROWTH });
    let before: LayerStart | undefined;
    for await (const state of run.walk()) {
      const layer = run.layerOf(state);
      const { psnr } = layer?.picture ?? run.distortion(state);
      await run.progress.pass(state.layers, psnr);
      const last = layer && before && (await this.#lastLayer(run, state, layer, before));
      if (last) {
        draft.add(last.layer, last.freeEnd);
        break;
      }
      if (layer) draft.add(layer);
      before = { resume: snapshot.take(state), psnr };
    }
    return { draft };
  }

  /** The last layer, if the stream should end with this one or before; undefined if it should go on. */
  async #lastLayer(
    run: EncoderRun,
    state: EncodeWalkState,
    layer: MeasuredLayer,
    before: LayerStart,
  ): Promise<LastLayer | undefined> {
    const isLast = ({ picture, step }: MeasuredLayer): boolean => picture.psnr >= this.#psnr || mustEnd(step);
    if (!isLast(layer)) return undefined;
    const nominal = leftLevel(state) ? await retakeMeasured(run, layer.step, before.resume) : layer;
    return isLast(nominal) ? this.#fit(run, nominal, before) : undefined;
  }

  check({ layers }: StreamDraft): void {
    const psnr = layers.at(-1)?.picture?.psnr;
    if (psnr === undefined) throw new Error('a walk to a PSNR measures all layers');
    if (psnr < this.#psnr - TOLERANCE) {
      throw unreachable(`${this.#psnr} dB`, `${psnr.toFixed(2)} dB; a lossless file is exact`);
    }
  }

  /**
   * Finds the end of a layer at which the PSNR is that of the goal: by the secant method on the noise index, then by
   * trying the indices around, since the PSNR of a small picture changes by some tenths of a dB from one index to the
   * next. If already the picture before the layer, then the first one, has the PSNR, the shortest step is taken.
   */
  async #fit(run: EncoderRun, nominal: MeasuredLayer, before: LayerStart): Promise<LastLayer> {
    const { step } = nominal;
    const goal = this.#psnr;
    const retake = (index: number): Promise<MeasuredLayer> =>
      retakeMeasured(run, step, before.resume, endingAt(step, index));
    const error = ({ picture }: MeasuredLayer): number => Math.abs(picture.psnr - goal);
    if (before.psnr >= goal) return { layer: await retake(step.fromIndex - 1), freeEnd: true };
    let best: LastLayer = mustEnd(step)
      ? { layer: await retake(lowestIndex(step)), freeEnd: true }
      : { layer: nominal, freeEnd: false };
    let low = { index: step.fromIndex, psnr: before.psnr };
    let high = { index: best.layer.step.toIndex, psnr: best.layer.picture.psnr };
    /** The layer of the least PSNR that is not below the goal, once there is one. */
    let above = best;
    const tried = new Set([low.index, high.index]);
    const rounds = best.layer.picture.psnr < goal - TOLERANCE ? MISSED_ROUNDS : mostRounds(run.image);
    for (let round = 0; round < rounds && error(best.layer) > SEARCH_TOLERANCE; round++) {
      if (round >= SEARCH_ROUNDS && error(best.layer) <= TOLERANCE) break;
      const share = Number.isFinite(high.psnr) ? (goal - low.psnr) / (high.psnr - low.psnr) : 1 / 2;
      const index = untriedNear(Math.round(low.index + share * (high.index - low.index)), step, tried);
      if (index === undefined) break;
      tried.add(index);
      const again = await retake(index);
      if (error(again) < error(best.layer)) best = { layer: again, freeEnd: true };
      const { psnr } = again.picture;
      const least = above.layer.picture.psnr;
      if (psnr >= goal && (least < goal || psnr < least)) above = { layer: again, freeEnd: true };
      if (psnr < goal && index < low.index) low = { index, psnr };
      if (psnr >= goal && index > high.index) high = { index, psnr };
    }
    return error(best.layer) > TOLERANCE && above.layer.picture.psnr >= goal ? above : best;
  }
}
