/** Made-up states from which tails are coded. */
import type { TailPosterior, TailShape } from '../../src/codec/tail/tail.ts';
import { seededPicks } from './seeded-picks.ts';

/** Data that a decoder could have about pixels at a noise level: y = x plus noise, and a rough D. */
export function posteriorOf(pixels: ArrayLike<number>, shape: TailShape, index: number): TailPosterior {
  const { width, height, channels } = shape;
  const sigma = 2 ** (index / 256);
  const canvas = { width: Math.ceil(width / 8) * 8, height: Math.ceil(height / 8) * 8 };
  const samples = canvas.width * canvas.height * 3;
  const noise = seededPicks(`${width}x${height}`, samples, (u) => sigma * 3.4 * (u - 0.5));
  const state = new Float32Array(samples);
  for (let j = 0, at = 0; j < canvas.height; j++) {
    for (let i = 0; i < canvas.width; i++) {
      const pixel = (Math.min(j, height - 1) * width + Math.min(i, width - 1)) * channels;
      for (let c = 0; c < 3; c++, at++) state[at] = pixels[pixel + (c % channels)] / 127.5 - 1 + noise[at];
    }
  }
  const mean = state.map((y) => Math.min(Math.max(y * 0.9, -1), 1));
  const logVariance = state.map((_, i) => 2 * Math.log(sigma) - 0.3 + 0.2 * Math.sin(i));
  return { state: { ...canvas, data: state }, mean: { ...canvas, data: mean }, logVariance, index };
}
