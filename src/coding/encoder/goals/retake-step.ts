/** Takes a step of a walk again, with another end or as the last one. */
import type { LadderStep } from '../../../codec/format/noise-ladder.ts';
import type { Plane } from '../../../codec/grid/plane.ts';
import type { EncodeResume, EncodeWalkState, WalkedLayer } from '../../../codec/walk/encode-walk.ts';
import type { EncoderRun } from '../encoder-run.ts';
import type { Layer, MeasuredLayer } from '../stream-draft.ts';

/**
 * Copy of a state from which a layer can be taken again. Its memory is used again for the next state of the same size.
 */
export class Snapshot {
  #state: Plane | undefined;
  #mean: Plane | undefined;

  take({ layers, state, posterior, gains, debts }: EncodeWalkState): EncodeResume {
    this.#state = copyPlane(state, this.#state);
    this.#mean = copyPlane(posterior.mean, this.#mean);
    return { layer: layers, state: this.#state, posterior: { ...posterior, mean: this.#mean }, gains, debts };
  }
}

function copyPlane(plane: Plane, into: Plane | undefined): Plane {
  if (into?.data.length !== plane.data.length) return { ...plane, data: plane.data.slice() };
  into.data.set(plane.data);
  return { ...plane, data: into.data };
}

/**
 * Takes a nominal step again, as the last one of a stream, and measures its picture.
 *
 * @param resume - the state before the step
 * @param freeEnd - the step with another end, which is free; default: the nominal one
 */
export async function retakeMeasured(
  run: EncoderRun,
  nominal: LadderStep,
  resume: EncodeResume,
  freeEnd?: LadderStep,
): Promise<MeasuredLayer> {
  const end = freeEnd && { plan: () => freeEnd, freeEnd: true };
  let layer: MeasuredLayer | undefined;
  for await (const state of run.walk({ steps: [nominal], resume, ...end })) layer = run.layerOf(state) ?? layer;
  if (!layer) throw new Error('a resumed walk takes its step');
  await run.progress.passRetake();
  return layer;
}

/**
 * Takes a nominal step again, as the last one of a stream; measures its picture only where the run measures that of the last layer.
 *
 * @param resume - the state before the step
 */
export async function retakeStep(run: EncoderRun, nominal: LadderStep, resume: EncodeResume): Promise<Layer> {
  if (run.measuresLast) return retakeMeasured(run, nominal, resume);
  const layers: WalkedLayer[] = [];
  const walk = run.walk({ steps: [nominal], resume, onLayer: (layer) => layers.push(layer) > 0 });
  for await (const _ of walk);
  if (!layers[0]) throw new Error('a resumed walk takes its step');
  await run.progress.passRetake();
  return layers[0];
}

/**
 * Whether a walk has left the pyramid level of its last layer. A stream that ends with that layer shows a picture of the
 * level, and not that of the finer state.
 */
export function leftLevel({ step, level }: EncodeWalkState): boolean {
  return step !== undefined && step.level !== level;
}
