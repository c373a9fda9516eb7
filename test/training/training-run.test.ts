import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { analyze } from '../../src/api/analyze.ts';
import { sample } from '../../src/api/sample.ts';
import { train } from '../../src/api/train.ts';
import type { RawImage } from '../../src/image/raw-image.ts';
import { parseSafetensors } from '../../src/model/weights/safetensors.ts';
import { parseTrainingConfig, type TrainingConfig } from '../../src/training/training-config.ts';
import type { LogEntry } from '../../src/training/training-log.ts';
import { SMALL_UNET } from '../model/training/networks.ts';
import { eventsIn } from './read-events.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ddpm-train-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Images that are easy to learn: each has one of three colours. */
const IMAGES: RawImage[] = Array.from({ length: 12 }, (_, i) => {
  const colour = [
    [200, 60, 60],
    [60, 200, 60],
    [60, 60, 200],
  ][i % 3];
  return { data: Uint8Array.from({ length: 8 * 8 * 3 }, (_, k) => colour[k % 3]), width: 8, height: 8, channels: 3 };
});

function configOf(changes: object = {}): TrainingConfig {
  const json = {
    network: { architecture: 'ddpm-unet', ...SMALL_UNET, dropout: 0.1 },
    scheduler: { num_train_timesteps: 50, beta_end: 0.2 },
    objective: { kind: 'mixed' },
    data: { name: 'three colours' },
    optimizer: { learningRate: 3e-3, warmupSteps: 5 },
    ema: 0.9,
    batch: 4,
    portion: 2,
    steps: 12,
    every: { log: 3, checkpoint: 4, validation: 6 },
    validation: { images: 3, stride: 10 },
    ...changes,
  };
  return parseTrainingConfig(JSON.stringify(json), 'test.json');
}

const common = { images: IMAGES, validation: IMAGES.slice(0, 3), backend: 'wasm' } as const;

function logOf(folder: string): LogEntry[] {
  const lines = readFileSync(join(folder, 'log.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

/** Steps and values that TensorBoard shows: without what an earlier run wrote after the step at which a later one began. */
function curveOf(folder: string, tag: string): [step: number, value: number][] {
  let curve: [number, number][] = [];
  for (const { step, sessionStatus, scalars } of eventsIn(folder)) {
    if (sessionStatus === 1) curve = curve.filter(([before]) => before < step);
    const value = scalars[tag];
    if (value !== undefined) curve.push([step, value]);
  }
  return curve;
}

/** Names of the tensors that differ between two files. */
function differing(a: string, b: string): string[] {
  const [left, right] = [a, b].map((path) => parseSafetensors(readFileSync(path), path).tensors);
  const bytesOf = (data: Float32Array | undefined): Buffer => Buffer.from(data?.buffer ?? new ArrayBuffer(0));
  return [...left]
    .filter(([name, { data }]) => !bytesOf(data).equals(bytesOf(right.get(name)?.data)))
    .map(([name]) => name);
}

describe('train', () => {
  test('writes a log, a checkpoint, and a model that analyze and sample take', async () => {
    const output = join(root, 'whole');
    const steps: number[] = [];
    const result = await train(configOf(), { ...common, output, onProgress: ({ step }) => steps.push(step) });
    expect(result).toMatchObject({ step: 12, interrupted: false, model: join(output, 'model.safetensors') });
    expect(steps).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    const events = expect.stringMatching(/^events\.out\.tfevents\./);
    expect(readdirSync(output).sort()).toEqual(['checkpoint.safetensors', events, 'log.jsonl', 'model.safetensors']);
    const log = logOf(output);
    expect(curveOf(output, 'loss')).toEqual(log.slice(1).map(({ step, loss }) => [step, Math.fround(loss as number)]));
    const measured = log.filter((entry) => entry.validationBitsPerDim !== undefined);
    expect(curveOf(output, 'validation/bits_per_dim')).toEqual(
      measured.map((entry) => [entry.step, Math.fround(entry.validationBitsPerDim as number)]),
    );
    expect(log.map(({ step }) => step)).toEqual([0, 3, 6, 9, 12]);
    expect(log.map((entry) => entry.validationBitsPerDim !== undefined)).toEqual([true, false, true, false, true]);
    expect(log[0].loss).toBeNull();
    for (const { loss, gradientNorm, imagesPerSecond, learningRate } of log.slice(1)) {
      for (const value of [loss, gradientNorm, imagesPerSecond, learningRate]) expect(value).toBeGreaterThan(0);
    }
    const { metadata } = parseSafetensors(readFileSync(result.model), result.model);
    expect(JSON.parse(metadata.config)).toMatchObject({
      architecture: 'ddpm-unet',
      scheduler: { num_train_timesteps: 50 },
      training: { data: 'three colours', step: 12, steps: 12, objective: 'mixed', ema: 0.9 },
    });
    const report = await analyze(IMAGES.slice(0, 3), { model: result.model, stride: 10 });
    expect(report.codelength.total).toBeCloseTo(result.validationBitsPerDim as number, 6);
    const { images } = await sample({ model: result.model, count: 1, steps: 5, width: 8, height: 8 });
    expect(new Set(images[0].data).size).toBeGreaterThan(3);
  });

  test('learns: the bits on held-out images fall', async () => {
    const output = join(root, 'learns');
    await train(configOf({ steps: 40, every: { log: 10, checkpoint: 100, validation: 40 } }), { ...common, output });
    const [before, ...rest] = logOf(output);
    const after = rest[rest.length - 1];
    expect(after.validationBitsPerDim).toBeLessThan((before.validationBitsPerDim as number) - 0.5);
    expect(after.loss).toBeLessThan(0.8 * (rest[0].loss as number));
  });

  test('a resumed training gives the same result as an uninterrupted one', async () => {
    const output = join(root, 'resumed');
    const abort = new AbortController();
    const stopped = await train(configOf(), {
      ...common,
      output,
      signal: abort.signal,
      onProgress: ({ step }) => {
        if (step === 7) abort.abort();
      },
    });
    expect(stopped).toMatchObject({ step: 7, interrupted: true });
    // Simulates a process that was killed after step 7 and before the checkpoint: its log entries are written again.
    writeFileSync(
      join(output, 'log.jsonl'),
      `${readFileSync(join(output, 'log.jsonl'), 'utf8')}{"step":9,"loss":1}\n{"st`,
    );
    const resumed = await train(configOf(), { ...common, output, resume: true });
    expect(resumed).toMatchObject({ step: 12, interrupted: false });
    for (const file of ['checkpoint.safetensors', 'model.safetensors']) {
      expect(differing(join(output, file), join(root, 'whole', file))).toEqual([]);
    }
    expect(logOf(output).map(({ step }) => step)).toEqual([0, 3, 6, 9, 12]);
    expect(curveOf(output, 'learning_rate')).toEqual(curveOf(join(root, 'whole'), 'learning_rate'));
    const lastBits = (folder: string) => logOf(folder)[4].validationBitsPerDim;
    expect(lastBits(output)).toBe(lastBits(join(root, 'whole')));
  });

  test('a checkpoint is not overwritten by accident, nor taken for another config', async () => {
    const output = join(root, 'whole');
    const before = readFileSync(join(output, 'checkpoint.safetensors'));
    await expect(train(configOf(), { ...common, output })).rejects.toThrow('go on with --resume');
    const other = configOf({ ema: 0.99 });
    await expect(train(other, { ...common, output, resume: true })).rejects.toThrow('"ema" was 0.9 and is 0.99');
    expect(readFileSync(join(output, 'checkpoint.safetensors')).equals(before)).toBe(true);
  });

  test('a damaged checkpoint is an error that names it', async () => {
    const output = join(root, 'damaged');
    const whole = readFileSync(join(root, 'whole', 'checkpoint.safetensors'));
    const abort = AbortSignal.abort();
    await train(configOf({ every: { validation: 0 } }), { ...common, output, signal: abort, tensorboard: false });
    expect(readdirSync(output).filter((name) => name.includes('tfevents'))).toEqual([]);
    const path = join(output, 'checkpoint.safetensors');
    expect(existsSync(path)).toBe(true);
    writeFileSync(path, whole.subarray(0, whole.length - 8));
    await expect(train(configOf(), { ...common, output, resume: true })).rejects.toThrow(path);
  });

  test('refuses wrong options', async () => {
    const output = join(root, 'wrong');
    const run = (options: object) => train(configOf(), { ...common, output, ...options });
    await expect(run({ images: [] })).rejects.toThrow('"images" expected at least one image');
    await expect(run({ threads: 0 })).rejects.toThrow('"threads" expected integer 1..1024, got 0');
    await expect(run({ bakend: 'cpu' })).rejects.toThrow('"bakend" expected no such option');
    await expect(run({ output: '' })).rejects.toThrow('"output" expected path of a folder');
    await expect(run({ validation: [] })).rejects.toThrow('no images held out');
    expect(existsSync(output)).toBe(false);
  });
});
