/** Real bits of the layers of a stream. */
import type { LadderStep } from './noise-ladder.ts';

/** Rate of one layer of a `.ddpm` stream. A layer is one reverse step in all tiles. */
export interface LayerRate {
  /** 1-based position in decoding order. */
  readonly layer: number;
  /** Pyramid level: the layer refines the image averaged over 2^level x 2^level pixels. */
  readonly level: number;
  /** Noise level of the state after this layer, in units of x (the image is in [-1, 1]). */
  readonly sigma: number;
  /** Number of bytes by which this layer lengthens the shortest prefix that holds it. */
  readonly bytes: number;
  /** Length in bytes of the shortest prefix of the file that holds this layer, header included. */
  readonly cumulativeBytes: number;
  /** cumulativeBytes * 8 over the number of pixels of the image. */
  readonly bpp: number;
  /** cumulativeBytes * 8 over the number of samples (pixels times channels) of the image. */
  readonly bitsPerDim: number;
  /** Real bits of this layer: code bits, side information and checksums. */
  readonly actualBits: number;
}

/** Real and ideal rate of one layer. */
export interface CodedLayer extends LayerRate {
  /**
   * Ideal bits of the layer: KL(q || p) in bits (Ho et al. 2020, section 4.3). The encoder computes it from the image;
   * the decoder, which has no image, reports its expectation under the model.
   */
  readonly idealBits: number;
}

/** Rate of one layer, with the distortion of the picture that a decoder shows after it. */
export interface EncodedLayer extends CodedLayer {
  /** Root of the mean squared error in grey levels (0..255); not there if it was not measured, see `psnr`. */
  readonly rmse?: number;
  /**
   * Peak signal-to-noise ratio in dB, 255 as peak; Infinity for an exact picture. Not there if it was not measured: of the last layer of
   * a lossy stream, unless an option asks for it.
   */
  readonly psnr?: number;
}

/** Size of the header, and of the image that rates are divided by. */
export interface RateBasis {
  readonly headerBytes: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Rates of layers whose ends are given as bit positions from the start of the file. */
export function layerRates(basis: RateBasis, steps: readonly LadderStep[], endBits: readonly number[]): LayerRate[] {
  const pixels = basis.width * basis.height;
  let startBit = basis.headerBytes * 8;
  return endBits.map((endBit, i) => {
    const cumulativeBytes = Math.ceil(endBit / 8);
    const bpp = (cumulativeBytes * 8) / pixels;
    const rate = {
      layer: i + 1,
      level: steps[i].level,
      sigma: steps[i].sigmaTo,
      bytes: cumulativeBytes - Math.ceil(startBit / 8),
      cumulativeBytes,
      bpp,
      bitsPerDim: bpp / basis.channels,
      actualBits: endBit - startBit,
    };
    startBit = endBit;
    return rate;
  });
}
