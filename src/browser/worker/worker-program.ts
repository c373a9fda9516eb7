/**
 * Program of the browser's worker. scripts/build-embedded.js makes one script of it and all that it imports: the text in
 * worker-text.ts, and the file of the entry `ddpm-codec/worker`.
 */
import type { CallStart } from '../../coding/calls/call-messages.ts';
import { chunksOf, serveCall, type WorkOf } from '../../coding/calls/serve-call.ts';
import type { OpenEngine } from '../../coding/engine.ts';
import type { RunOptions } from '../../coding/run-options.ts';
import type { RawImage } from '../../image/raw-image.ts';
import { namedBackend } from '../backend-choice.ts';
import type { BrowserCalls, EngineChoice } from '../browser-calls.ts';
import { decodeArrivingHere, decodeHere, decodePlaceholderHere, encodeHere } from '../browser-coder.ts';
import { ModelStore } from '../model-store.ts';
import { loadProgramModel } from '../program-model.ts';

const store = new ModelStore(loadProgramModel);

/** Splits the options of a call into those of the codec and its engine. */
function split(options: RunOptions): { rest: RunOptions; openEngine: OpenEngine } {
  const { model, backend, ...rest } = options as RunOptions & EngineChoice;
  return { rest: { ...rest, ...namedBackend(backend) }, openEngine: store.opener(model, backend) };
}

const WORK: WorkOf<BrowserCalls> = {
  async *encode(pull, options) {
    const { rest, openEngine } = split(options);
    yield await encodeHere((await pull()) as RawImage, rest, openEngine);
  },
  async *decode(pull, options) {
    const { rest, openEngine } = split(options);
    yield await decodeHere((await pull()) as Uint8Array, rest, openEngine);
  },
  decodeProgressive(pull, options) {
    const { rest, openEngine } = split(options);
    return decodeArrivingHere(chunksOf(pull), rest, openEngine);
  },
  async *placeholder(pull, options) {
    const { model, backend, signal } = options as RunOptions & EngineChoice;
    yield await decodePlaceholderHere((await pull()) as Uint8Array, store.chosen(model, backend), signal);
  },
  async *preload(_, options) {
    const { modelId } = await split(options).openEngine({}, { exact: false });
    yield { modelId };
  },
};

addEventListener('message', ({ data }: MessageEvent<CallStart>) => serveCall(data, WORK));
