/** Encodes and decodes placeholders. Independent of the platform. docs/placeholders.md. */
import { inlineExecutor } from '../codec/executor/inline-executor.ts';
import { pictureOf, planeOf } from '../codec/grid/picture.ts';
import { type ParsedPlaceholder, PLACEHOLDER_SEEDS, placeholderSize } from '../codec/placeholder/placeholder-stream.ts';
import { PlaceholderWalk, placeholderDecodeWalk } from '../codec/placeholder/placeholder-walk.ts';
import { trellisTransport } from '../codec/trellis/trellis-transport.ts';
import type { WalkState } from '../codec/walk/reverse-walk.ts';
import { WalkRun } from '../codec/walk/walk-run.ts';
import { areaAverage } from '../image/area-average.ts';
import { distortion } from '../image/distortion.ts';
import type { RawImage } from '../image/raw-image.ts';
import type { Model } from '../model/denoiser.ts';

/**
 * Number of survivor paths of the trellis search. 4096 would gain 0.02 dB and take 1.4 times as long
 * (docs/design/placeholders.md).
 */
const BEAM_WIDTH = 1024;

/** Creates the run of a placeholder's walks. */
function runOf(model: Model, signal: AbortSignal | undefined): WalkRun {
  signal?.throwIfAborted();
  return new WalkRun(inlineExecutor(model, trellisTransport({ beamWidth: BEAM_WIDTH })), { signal });
}

/** Runs a walk to its end; returns the last state. */
async function lastOf(states: AsyncGenerator<WalkState, void, void>): Promise<WalkState> {
  let last: WalkState | undefined;
  for await (const state of states) last = state;
  if (!last) throw new Error('a walk yields at least the state before the first layer');
  return last;
}

/**
 * Encodes a placeholder: tries all seeds and keeps the one with the least squared error (the first one, if several are
 * equal).
 *
 * @param image - any size; alpha is laid over white, grey becomes RGB
 * @param bytes - largest size of the placeholder in bytes
 */
export async function encodePlaceholder(
  image: RawImage,
  bytes: number,
  model: Model,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const small = areaAverage(image, placeholderSize(image));
  const plane = planeOf({ ...small, channels: 3 });
  const run = runOf(model, signal);
  let best: { bytes: Uint8Array; mse: number } | undefined;
  for (let seed = 0; seed < PLACEHOLDER_SEEDS; seed++) {
    const walk = new PlaceholderWalk({ image: plane, seed, bits: bytes * 8, run });
    const { mean } = await lastOf(walk.states());
    const { mse } = distortion(pictureOf(mean, 0, small, 3).data, small.data);
    if (!best || mse < best.mse) best = { bytes: walk.bytes(), mse };
  }
  if (!best) throw new Error('there is at least one seed');
  return best.bytes;
}

/** Decodes a placeholder to an RGB picture. */
export async function decodePlaceholder(
  placeholder: ParsedPlaceholder,
  model: Model,
  signal: AbortSignal | undefined,
): Promise<RawImage> {
  const { mean } = await lastOf(placeholderDecodeWalk(placeholder, runOf(model, signal)));
  return pictureOf(mean, 0, placeholder.header, 3);
}
