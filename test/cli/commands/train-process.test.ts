import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSafetensors } from '../../../src/model/weights/safetensors.ts';
import { SMALL_UNET } from '../../model/training/networks.ts';
import { BIN } from '../../support/built.ts';

/** Tests the real process, with worker threads and signals. */
let root: string;
const at = (name: string): string => join(root, name);

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'ddpm-train-'));
  const record = (i: number) => Uint8Array.from({ length: 3073 }, (_, k) => (k * (i + 3)) % 251);
  writeFileSync(at('data.bin'), Buffer.concat([0, 1, 2, 3, 4].map(record)));
  const config = {
    network: { architecture: 'ddpm-unet', ...SMALL_UNET },
    scheduler: { num_train_timesteps: 20, beta_end: 0.4 },
    data: { train: [at('data.bin')] },
    optimizer: { learningRate: 1e-3 },
    batch: 5,
    portion: 2,
    steps: 16,
    every: { log: 1, checkpoint: 5, validation: 0 },
  };
  writeFileSync(at('config.json'), JSON.stringify(config));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** Runs `train`; a signal is sent once the log has reached a step. */
function runTrain(output: string, args: string[], end?: { signal: NodeJS.Signals; step: number }): Promise<Ended> {
  const all = ['train', at('config.json'), '-o', at(output), '--backend', 'wasm', ...args];
  const child = spawn(process.execPath, [BIN, ...all], { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  let isSent = false;
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
    if (isSent || end === undefined || !stderr.includes(`step ${end.step}/`)) return;
    isSent = true; // a second SIGINT would end it at once
    child.kill(end.signal);
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stderr }));
  });
}

function stored(output: string): { step: number; parameters: Float32Array } {
  const { tensors, metadata } = parseSafetensors(readFileSync(at(`${output}/checkpoint.safetensors`)), output);
  const parameters = tensors.get('parameters') as { data: Float32Array };
  return { step: JSON.parse(metadata.config).step, parameters: parameters.data };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

describe('the train process', () => {
  test('if killed, loses at most one interval; a resumed training gives the same result as an uninterrupted one', async () => {
    const [whole, killed] = await Promise.all([
      runTrain('whole', []),
      runTrain('killed', [], { signal: 'SIGKILL', step: 8 }),
    ]);
    expect(whole).toMatchObject({ code: 0, signal: null });
    expect(killed.signal).toBe('SIGKILL');
    expect(stored('killed').step % 5).toBe(0);
    expect(stored('killed').step).toBeGreaterThanOrEqual(5);
    const resumed = await runTrain('killed', ['--resume']);
    expect(resumed.code).toBe(0);
    expect(stored('killed').step).toBe(16);
    expect(largestDifference(stored('killed').parameters, stored('whole').parameters)).toBe(0);
  });

  test('SIGINT writes a checkpoint and exits with 130', async () => {
    const ended = await runTrain('interrupted', [], { signal: 'SIGINT', step: 6 });
    expect(ended.code).toBe(130);
    expect(ended.stderr).toMatch(/interrupted at step \d+\. Go on with --resume/);
    expect(stored('interrupted').step).toBeGreaterThanOrEqual(6);
    expect(readdirSync(at('interrupted')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('two threads give the same weights up to rounding, the same each time', async () => {
    for (const output of ['two', 'again']) expect((await runTrain(output, ['-j', '2'])).code).toBe(0);
    expect(existsSync(at('two/model.safetensors'))).toBe(true);
    expect(largestDifference(stored('again').parameters, stored('two').parameters)).toBe(0);
    expect(largestDifference(stored('two').parameters, stored('whole').parameters)).toBeLessThan(1e-3);
  });
});
