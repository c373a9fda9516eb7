/** Goal: the whole stream decodes to a given PSNR. */
import { endingAt, type LadderStep, LOWEST_POSITION, ladder } from '../../../codec/format/noise-ladder.ts';
import type { Plane } from '../../../codec/grid/plane.ts';
import type { EncodeWalkState } from '../../../codec/walk/encode-walk.ts';
import type { Resume } from '../../../codec/walk/reverse-walk.ts';
import type { EncoderRun } from '../encoder-run.ts';
import type { Layer, StreamDraft } from '../stream-draft.ts';
import { type Goal, type Reached, unreachable } from './goal.ts';
import { lowestIndex, mustEnd } from './planned-walk.ts';

/** Largest difference from the PSNR asked for, in dB. */
const TOLERANCE = 0.1;
/**
 * The search ends at a difference of at most SEARCH_TOLERANCE, in dB; after SEARCH_ROUNDS rounds at one of at most TOLERANCE; and
 * after MOST_ROUNDS rounds with the least PSNR above the goal. So many are needed only for small, smooth pictures, whose layers
 * have a few bits each: there the PSNR jumps by some tenths of a dB from one end to the next.
 */
const SEARCH_TOLERANCE = 0.05;
const SEARCH_ROUNDS = 40;
const MOST_ROUNDS = 200;

/** Growth of a layer's gain in dB, and mean number of rounds; only progress depends on them. */
const PSNR_GROWTH = { octaveFactor: 1.05, levelFactor: 1.5, retakes: 1.5 };

/**
 * Copy of a state from which a layer can be taken again. Its memory is used again for the next state of the same size.
 */
class Snapshot {
  #state: Plane | undefined;
  #mean: Plane | undefined;

  take({ layers, state, posterior }: EncodeWalkState): Resume {
    this.#state = copyPlane(state, this.#state);
    this.#mean = copyPlane(posterior.mean, this.#mean);
    return { layer: layers, state: this.#state, posterior: { ...posterior, mean: this.#mean } };
  }
}

function copyPlane(plane: Plane, into: Plane | undefined): Plane {
  if (into?.data.length !== plane.data.length) return { ...plane, data: plane.data.slice() };
  into.data.set(plane.data);
  return { ...plane, data: into.data };
}

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

/** The last layer of a stream. */
interface LastLayer {
  readonly layer: Layer;
  readonly freeEnd: boolean;
}

/** The state before a layer, and the PSNR of its picture. */
interface LayerStart {
  readonly resume: Resume;
  readonly psnr: number;
}

/** Walks until the picture has the PSNR, then takes the last step again with other ends until the PSNR fits. */
export class PsnrGoal implements Goal {
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
      if (layer && before && (layer.picture.psnr >= this.#psnr || mustEnd(layer.step))) {
        const last = await this.#fit(run, layer, before);
        draft.add(last.layer, last.freeEnd);
        break;
      }
      if (layer) draft.add(layer);
      before = { resume: snapshot.take(state), psnr };
    }
    return { draft };
  }

  check({ layers }: StreamDraft): void {
    const { psnr } = layers[layers.length - 1].picture;
    if (psnr < this.#psnr - TOLERANCE) throw unreachable(`${this.#psnr} dB`, `${psnr.toFixed(2)} dB`);
  }

  /**
   * Finds the end of a layer at which the PSNR is that of the goal: by the secant method on the noise index, then by
   * trying the indices around, since the PSNR of a small picture changes by some tenths of a dB from one index to the
   * next.
   */
  async #fit(run: EncoderRun, nominal: Layer, before: LayerStart): Promise<LastLayer> {
    const { step } = nominal;
    const goal = this.#psnr;
    const retake = (index: number): Promise<Layer> => retakeStep(run, step, index, before.resume);
    const error = ({ picture }: Layer): number => Math.abs(picture.psnr - goal);
    let best: LastLayer = mustEnd(step)
      ? { layer: await retake(lowestIndex(step)), freeEnd: true }
      : { layer: nominal, freeEnd: false };
    let low = { index: step.fromIndex, psnr: before.psnr };
    let high = { index: best.layer.step.toIndex, psnr: best.layer.picture.psnr };
    /** The layer of the least PSNR that is not below the goal, once there is one. */
    let above = best;
    const tried = new Set([low.index, high.index]);
    for (let round = 0; round < MOST_ROUNDS && error(best.layer) > SEARCH_TOLERANCE; round++) {
      if (round >= SEARCH_ROUNDS && error(best.layer) <= TOLERANCE) break;
      const share = (goal - low.psnr) / (high.psnr - low.psnr);
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

/** Takes a step again with another end. */
async function retakeStep(run: EncoderRun, nominal: LadderStep, toIndex: number, resume: Resume): Promise<Layer> {
  const step = endingAt(nominal, toIndex);
  let layer: Layer | undefined;
  for await (const state of run.walk({ steps: [nominal], plan: () => step, freeEnd: true, resume })) {
    layer = run.layerOf(state) ?? layer;
  }
  if (!layer) throw new Error('a resumed walk takes its step');
  await run.progress.passRetake();
  return layer;
}
