/**
 * The tail's model in TypeScript: the reference of the WebAssembly kernel, with the same bits, and what is used where a
 * machine has no WebAssembly SIMD. docs/format.md, "Tail".
 */
import type { NetworkSums } from '../tail-network-sums.ts';
import { type DecisionCoder, SampleCoder } from './sample-coder.ts';
import { SamplePlanes, type TailInput } from './sample-planes.ts';
import { SamplePredictor } from './sample-predictor.ts';

/** Writes or reads decisions. */
export interface PixelCoder extends DecisionCoder {
  /** The sample, set before it is coded; only an encoder uses it. */
  target: number;
}

/** Codes the pixels of a picture in their order, rows from the top. */
export class TailModel {
  readonly #channels: number;
  readonly #predictor: SamplePredictor;
  readonly #samples: SampleCoder;

  /**
   * @param channels - of the picture: 1 grey, 3 RGB
   * @param index - noise index of the state
   */
  constructor(input: TailInput, channels: 1 | 3, index: number, sums: NetworkSums) {
    this.#channels = channels;
    this.#predictor = new SamplePredictor(new SamplePlanes(input), input.width, channels, index, sums);
    this.#samples = new SampleCoder(input);
  }

  /**
   * Codes the next pixel.
   *
   * @param pixels - interleaved samples; those of the pixel, from position `at` on, become what the coder decides
   */
  codePixel(column: number, row: number, coder: PixelCoder, pixels: Uint8Array | Uint8ClampedArray, at: number): void {
    this.#predictor.visit(column, row);
    this.#samples.visit(column);
    for (let c = 0; c < this.#channels; c++) {
      coder.target = pixels[at + c];
      this.#predictor.predict(c);
      pixels[at + c] = this.#samples.code(c, this.#predictor, coder);
      this.#predictor.learn(c, pixels[at + c]);
    }
    this.#predictor.leave();
  }
}
