/** Applies all functions that read streams to a file, in a thread with little memory. */
import { parentPort } from 'node:worker_threads';
import { prepareDecode } from '../../src/coding/decoder/decoder.ts';
import { decodeArriving } from '../../src/coding/decoder/progressive-decoder.ts';
import { inspect } from '../../src/coding/inspect.ts';
import { truncate } from '../../src/coding/truncate.ts';
import { NODE, openInlineEngine } from '../../src/node/node-platform.ts';
import { stubEngine } from '../fuzz/corpus.ts';

/** Result of a function, or its error. */
export type Answer = { readonly value: unknown } | { readonly code: string | undefined; readonly message: string };

/** Results of all functions for a file. */
export interface Answers {
  readonly inspect: Answer;
  readonly truncate: Answer;
  /** Results for each value of `failOn`. */
  readonly decode: Readonly<Record<'none' | 'error' | 'truncated', Answer>>;
  /** Number of frames, and the error after them if there is one. */
  readonly progressive: { readonly frames: number; readonly answer: Answer };
}

/** Message to the thread. */
export interface HostileTask {
  readonly bytes: Uint8Array;
  /** True: use the default model; false: use a trivial denoiser, which is fast. */
  readonly model: boolean;
}

async function ask(run: () => unknown): Promise<Answer> {
  try {
    return { value: await run() };
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return { code, message };
  }
}

const FAIL_ON = ['none', 'error', 'truncated'] as const;

/** Layers, damage, truncation and trailing bytes of a decoded picture. */
async function decode({ bytes, model }: HostileTask, failOn: (typeof FAIL_ON)[number]): Promise<unknown> {
  const { run } = await prepareDecode(bytes, { failOn, limitMemory: 1e9, timeout: 20 }, NODE);
  const { data, info } = await run(model ? openInlineEngine : async () => stubEngine());
  const { layers, damage, truncated, trailingBytes: trailing, width, height, channels } = info;
  if (data.length !== width * height * channels) throw new Error('the picture has another size');
  return { layers: layers.length, damage, truncated, trailing };
}

async function progressive({ bytes, model }: HostileTask): Promise<Answers['progressive']> {
  let frames = 0;
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 16) yield bytes.subarray(at, at + 16);
  }
  const place = { platform: NODE, openEngine: model ? openInlineEngine : async () => stubEngine() };
  const answer = await ask(async () => {
    for await (const { info } of decodeArriving(source(), { limitMemory: 1e9 }, place)) frames = info.layer;
  });
  return { frames, answer };
}

async function answerAll(task: HostileTask): Promise<Answers> {
  const { bytes } = task;
  const decoded: Partial<Record<(typeof FAIL_ON)[number], Answer>> = {};
  for (const failOn of FAIL_ON) decoded[failOn] = await ask(() => decode(task, failOn));
  return {
    inspect: await ask(() => {
      const { layers, damage, truncated, trailingBytes: trailing } = inspect(bytes);
      return { layers: layers.length, damage, truncated, trailing };
    }),
    truncate: await ask(() => truncate(bytes, { bytes: Math.max(1, bytes.length - 1) }).length),
    decode: decoded as Answers['decode'],
    progressive: await progressive(task),
  };
}

parentPort?.on('message', async (task: HostileTask) => parentPort?.postMessage(await answerAll(task)));
