import { existsSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { BackendName } from '../../../src/model/backends/backend.ts';
import { BACKEND_NAMES, listBackends, openBackend } from '../../../src/model/backends/open-backend.ts';

const PORTABLE_AND_JS: readonly BackendName[] = ['wasm', 'cpu'];

describe('openBackend', () => {
  afterEach(() => vi.restoreAllMocks());

  test('starts only once, prints nothing, and leaves no listener on the process', async () => {
    const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;
    const spies = methods.map((method) => vi.spyOn(console, method));
    const listeners = () =>
      ['uncaughtException', 'unhandledRejection'].map((event) => process.listeners(event as never));
    const before = listeners();
    for (const name of PORTABLE_AND_JS) {
      const backend = await openBackend(name);
      expect(backend.name).toBe(name);
      expect(backend.portable).toBe(name === 'wasm');
      expect(backend.description).toContain(`@tensorflow/tfjs-backend-${name} `);
      const sum = backend.run(() => tf.add(tf.tensor1d([1, 2]), 1));
      expect([...sum.dataSync()]).toEqual([2, 3]);
      sum.dispose();
      expect(await openBackend(name)).toBe(backend);
    }
    expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([]);
    expect(listeners()).toEqual(before);
  });

  test('runs each graph under its own backend and restores the selection', async () => {
    const [wasm, cpu] = await Promise.all([openBackend('wasm'), openBackend('cpu')]);
    await tf.setBackend('cpu');
    const used = wasm.run(() => [tf.getBackend(), cpu.run(() => tf.getBackend()), tf.getBackend()]);
    expect(used).toEqual(['wasm', 'cpu', 'wasm']);
    expect(tf.getBackend()).toBe('cpu');
    expect(() =>
      wasm.run(() => {
        throw new Error('inside');
      }),
    ).toThrow('inside');
    expect(tf.getBackend()).toBe('cpu');
  });

  test('disposes tensors that a graph does not return', async () => {
    const wasm = await openBackend('wasm');
    const before = tf.memory().numTensors;
    const kept = wasm.run(() => ({ kept: tf.relu(tf.tensor1d([-1, 1])) }));
    expect(tf.memory().numTensors).toBe(before + 1);
    kept.kept.dispose();
  });

  test('lists every backend, and tells what to install for a missing one', async () => {
    const list = await listBackends();
    expect(list.map(({ name }) => name)).toEqual([...BACKEND_NAMES]);
    expect(list.filter(({ portable }) => portable).map(({ name }) => name)).toEqual(['wasm']);
    expect(list.filter(({ available }) => available).map(({ name }) => name)).toEqual(
      expect.arrayContaining([...PORTABLE_AND_JS]),
    );
    const tensorflow = list.find(({ name }) => name === 'tensorflow');
    if (tensorflow?.available === false) {
      expect(tensorflow.description).toContain(
        'npm install @tensorflow/tfjs-node-gpu or npm install @tensorflow/tfjs-node',
      );
      expect(tensorflow.description).not.toContain('\n');
      await expect(openBackend('tensorflow')).rejects.toMatchObject({ code: 'ERR_DDPM_BACKEND' });
    }
    const webgpu = list.find(({ name }) => name === 'webgpu');
    if (webgpu?.available === false && !existsSync('node_modules/webgpu')) {
      // Vite, which runs the tests, gives a module that throws in place of an optional package that is missing.
      expect(webgpu.description).toMatch(
        /^backend webgpu: webgpu (is not installed|does not load .*); to install: npm install webgpu$/,
      );
      await expect(openBackend('webgpu')).rejects.toMatchObject({ code: 'ERR_DDPM_BACKEND' });
    }
  });

  test('refuses a name it does not know', async () => {
    await expect(openBackend('webgl' as BackendName)).rejects.toThrow(
      new TypeError('"name" expected one of wasm, cpu, tensorflow, webgpu, got webgl'),
    );
  });
});
