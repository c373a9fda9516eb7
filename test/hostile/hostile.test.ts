import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, test } from 'vitest';
import { PROGRAMS } from '../support/built.ts';
import { EXPECTED } from './fixtures.ts';
import type { Answers, HostileTask } from './worker.ts';

const FOLDER = 'test/hostile/fixtures';
/** Time limit for everything that is done with one file; the slowest takes half a second. */
const DEADLINE_MS = 20_000;

afterAll(() => worker?.terminate());

let worker: Worker | undefined;

/** Worker thread with a heap of 128 MB; it is used for all files, unless one of them ends it. */
function thread(): Worker {
  worker ??= new Worker(join(PROGRAMS, 'test', 'hostile', 'worker.js'), {
    resourceLimits: { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 32 },
  });
  return worker;
}

/** Sends a file to the thread and waits for the answer; ends the thread if there is none in time. */
async function ask(task: HostileTask): Promise<Answers> {
  const asked = thread();
  try {
    return await new Promise<Answers>((resolve, reject) => {
      setTimeout(() => reject(new Error(`no answer after ${DEADLINE_MS} ms`)), DEADLINE_MS).unref();
      asked.removeAllListeners().once('message', resolve).once('error', reject);
      asked.once('exit', () => reject(new Error('the thread ended without an answer')));
      asked.postMessage(task);
    });
  } catch (error) {
    worker = undefined;
    await asked.terminate();
    throw error;
  }
}

describe('files that are broken in one way each', () => {
  test('every file has an expectation, and every expectation has a file', () => {
    const files = readdirSync(FOLDER).sort();
    expect(
      Object.keys(EXPECTED)
        .map((name) => `${name}.ddpm`)
        .sort(),
    ).toEqual(files);
  });

  test.each(Object.entries(EXPECTED))('%s.ddpm', async (name, expected) => {
    const bytes = new Uint8Array(readFileSync(join(FOLDER, `${name}.ddpm`)));
    // Only the checksum of the pixels of a tail needs the network with which it was written.
    const { inspect, truncate, decode, progressive } = await ask({ bytes, model: false });
    if ('refused' in expected) {
      const { refused, message } = expected;
      const refusal = { code: refused, message: expect.stringMatching(message) };
      expect(decode).toEqual({ none: refusal, error: refusal, truncated: refusal });
      expect(progressive).toEqual({ frames: 0, answer: refusal });
      return;
    }
    const { layers, damage, truncated = false, trailing = 0 } = expected;
    const line = damage ? expect.stringMatching(damage) : null;
    if (name === 'claims-200-megapixels') {
      expect(inspect).toEqual({ value: { layers, damage: null, truncated, trailing } });
      expect(decode.none).toMatchObject({ code: 'ERR_DDPM_LIMIT' });
      return;
    }
    expect(truncate).toMatchObject({ value: expect.any(Number) });
    expect(decode.none).toEqual({ value: { layers, damage: line, truncated, trailing } });
    const corrupt = { code: 'ERR_DDPM_CORRUPT', message: expect.stringMatching(/^damaged /) };
    expect(decode.error).toEqual(damage ? corrupt : decode.none);
    const cut = { code: 'ERR_DDPM_TRUNCATED', message: expect.stringMatching(/^truncated stream/) };
    const followed = { code: 'ERR_DDPM_CORRUPT', message: `${trailing} bytes follow the end of the stream` };
    const strict = damage ? corrupt : truncated ? cut : decode.none;
    expect(decode.truncated).toEqual(trailing > 0 ? followed : strict);
    expect(progressive.frames).toBe(layers);
    expect('code' in progressive.answer).toBe(damage !== null);
  });
});

describe('with the real network', () => {
  test.each(['tail-checksum', 'tail-message', 'dithered-damage', 'truncated-mid-step'])('%s.ddpm', async (name) => {
    const expected = EXPECTED[name];
    if ('refused' in expected) throw new Error(`${name} is refused before the network`);
    const { decode } = await ask({ bytes: new Uint8Array(readFileSync(join(FOLDER, `${name}.ddpm`))), model: true });
    const { layers, damage, truncated = false, trailing = 0 } = expected;
    const line = damage ? expect.stringMatching(damage) : null;
    expect(decode.none).toEqual({ value: { layers, damage: line, truncated, trailing } });
  });
});
