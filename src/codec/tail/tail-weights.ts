/** The shipped weights of the tail's network. Trained by scripts/train-tail.js. docs/format.md, "Tail network". */
import { embeddedBytes } from '../../base/embedded-wasm.ts';
import { TAIL_WEIGHTS_BASE64 } from './tail-network-weights.ts';

/** The weights as bytes, little-endian. */
export function tailWeights(): Uint8Array {
  return embeddedBytes(TAIL_WEIGHTS_BASE64);
}
