/** Bookkeeping of rates: what the layers of a stream cost in real bits. */
import type { LadderStep } from './ladder.ts';
import type { LayerRate } from './report.ts';

/** What rates are counted against. */
export interface RateBasis {
  readonly headerBytes: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Rates of layers that end at these bit positions (from the start of the file). */
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
