import { inlineExecutor } from '../../src/codec/executor/inline-executor.ts';
import type { Receiver, Sender } from '../../src/codec/transport/transport.ts';
import { trellisTransport } from '../../src/codec/trellis/trellis-transport.ts';
import { WalkRun } from '../../src/codec/walk/walk-run.ts';
import type { Model } from '../../src/model/denoiser.ts';

/** A walk run in this thread. Default transport: that of decoders of trellis streams. */
export function runOf(
  model: Model,
  transport: Sender & Partial<Receiver> = trellisTransport({ beamWidth: 1 }),
): WalkRun {
  return new WalkRun(inlineExecutor(model, transport));
}
