import { readFileSync } from 'node:fs';
import type * as tf from '@tensorflow/tfjs-core';
import { importDiffusers } from '../../../src/model/weights/diffusers.ts';
import { parseSafetensors } from '../../../src/model/weights/safetensors.ts';

/** Folders made by test/fixtures/unet/make_fixtures.py, which describes what they cover. */
export const FIXTURES = ['published', 'other'] as const;
/** Name of a fixture. */
export type FixtureName = (typeof FIXTURES)[number];

/** Path of a fixture's diffusers folder. */
export function fixtureFolder(name: FixtureName): string {
  return `test/fixtures/unet/${name}`;
}

/** Bytes of a file of a fixture. */
export function fixtureFile(name: FixtureName, file: string): { source: string; bytes: Uint8Array } {
  const source = `${fixtureFolder(name)}/${file}`;
  return { source, bytes: new Uint8Array(readFileSync(source)) };
}

/** A fixture as a model file, without calibration. */
export function fixtureModel(name: FixtureName): Uint8Array {
  const config = fixtureFile(name, 'config.json');
  const scheduler = fixtureFile(name, 'scheduler_config.json');
  return importDiffusers({ config, scheduler, weights: fixtureFile(name, 'diffusion_pytorch_model.safetensors') }).data;
}

/** Output of another implementation for two images of 16x16. */
export function expectedOf(name: FixtureName): { x: Float32Array; timesteps: number[]; epsilon: Float32Array } {
  const { tensors } = parseSafetensors(fixtureFile(name, 'expected.safetensors').bytes, name);
  const values = (key: string): Float32Array => tensors.get(key)?.data ?? new Float32Array();
  return {
    x: toNhwc(values('sample_nchw')),
    timesteps: [...values('timestep')],
    epsilon: toNhwc(values('epsilon_nchw')),
  };
}

const PIXELS = 16 * 16;
/** Samples of one image of a fixture. */
export const SAMPLES: number = 3 * PIXELS;

function toNhwc(nchw: Float32Array): Float32Array {
  return nchw.map((_, i) => {
    const [image, sample] = [Math.floor(i / SAMPLES), i % SAMPLES];
    return nchw[image * SAMPLES + (sample % 3) * PIXELS + Math.floor(sample / 3)] as number;
  });
}

/** Values of a tensor, which is then disposed. */
export function take(tensor: tf.Tensor): Float32Array {
  const values = tensor.dataSync() as Float32Array;
  tensor.dispose();
  return values;
}
