/** The encoder's side of the reverse walk: targets from the image, code values through a channel. */
import type { Model } from '../model/denoiser.ts';
import type { Channel, Conveyed } from './channel.ts';
import { canvasSize, type Size } from './geometry.ts';
import type { LadderStep } from './ladder.ts';
import { halve, type Plane, resizeCanvas } from './plane.ts';
import { type CodeSource, reverseWalk, type TileStep, type WalkState } from './reverse-walk.ts';
import { BLOCK, BLOCK_COEFFICIENTS, whitenBlock } from './whitening.ts';

/** What the encoder needs to know. */
export interface EncodeWalkOptions {
  /** The image, RGB in [-1, 1], without padding. */
  readonly image: Plane;
  readonly seed: number;
  readonly steps: readonly LadderStep[];
  readonly model: Model;
  readonly channel: Channel;
}

/** The state after a layer, with what the layer's tiles cost (empty for the state before the first layer). */
export interface EncodeWalkState extends WalkState {
  readonly tiles: readonly Conveyed[];
}

/** The image at each pyramid level, 0..levels, padded to the level's canvas. */
export function imagePyramid(image: Plane, levels: number): Plane[] {
  const pyramid = [resizeCanvas(image, canvasSize(image, 0))];
  for (let level = 1; level <= levels; level++) pyramid.push(halve(pyramid[level - 1], canvasSize(image, level)));
  return pyramid;
}

/** a = k U(x - D) / s, the code's target (codec.md, section 3). */
function codeTarget(x: Plane, { rect, mean, scale, k }: TileStep): Float32Array {
  const target = new Float32Array(scale.length);
  const block = new Float64Array(BLOCK_COEFFICIENTS);
  const rowLength = x.width * 3;
  let at = 0;
  for (let by = rect.y; by < rect.y + rect.height; by += BLOCK) {
    for (let bx = rect.x; bx < rect.x + rect.width; bx += BLOCK) {
      for (let j = 0; j < BLOCK; j++) {
        const row = (by + j) * rowLength + bx * 3;
        for (let i = 0; i < BLOCK * 3; i += 3) {
          const to = j * BLOCK + i / 3;
          for (let c = 0; c < 3; c++) block[c * 64 + to] = x.data[row + i + c] - mean.data[row + i + c];
        }
      }
      whitenBlock(block);
      for (let i = 0; i < BLOCK_COEFFICIENTS; i++, at++) target[at] = (k * block[i]) / scale[at];
    }
  }
  return target;
}

/** Walks down the ladder towards the image: steps.length + 1 states, each with what its layer cost. */
export async function* encodeWalk(options: EncodeWalkOptions): AsyncGenerator<EncodeWalkState, void, void> {
  const { image, channel, seed, steps, model } = options;
  const size: Size = { width: image.width, height: image.height };
  const pyramid = imagePyramid(image, steps[0].level);
  let tiles: Conveyed[] = [];
  const source: CodeSource = {
    codeValues(tile) {
      const conveyed = channel.convey({
        target: codeTarget(pyramid[tile.step.level], tile),
        residualVariance: tile.residualVariance,
        key: { seed, layer: tile.layer, tile: tile.tile },
      });
      tiles.push(conveyed);
      return conveyed.values;
    },
  };
  for await (const state of reverseWalk({ image: size, seed, steps, model, source })) {
    yield { ...state, tiles };
    tiles = [];
  }
}
