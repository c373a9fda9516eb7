/** Small networks in ONNX files, written here; `npx vitest run test/onnx` compares test/fixtures/onnx with them. */
import { type OnnxGraph, writeOnnx } from './write-onnx.ts';

/** Weights of {@link featureGraph}'s convolution: 3x3, from 3 channels to 4; [output][input][row][column]. */
export const FEATURE_WEIGHTS: readonly number[] = Array.from({ length: 4 * 3 * 9 }, (_, i) => Math.sin(i * 1.7) / 4);
/** One bias for each of its 4 channels. */
export const FEATURE_BIAS: readonly number[] = [0.1, -0.2, 0.05, 0];

/** Images NCHW with 3 channels of any size -> 4 features each: convolution 3x3 with zeros around, ReLU, mean over the image. */
export function featureGraph(): OnnxGraph {
  return {
    inputs: [{ name: 'image', shape: ['n', 3, 'height', 'width'] }],
    outputs: [{ name: 'features', shape: ['n', 4, 1, 1] }],
    constants: [
      { name: 'weights', shape: [4, 3, 3, 3], values: FEATURE_WEIGHTS },
      { name: 'bias', shape: [4], values: FEATURE_BIAS },
    ],
    nodes: [
      {
        operator: 'Conv',
        inputs: ['image', 'weights', 'bias'],
        outputs: ['filtered'],
        attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
      },
      { operator: 'Relu', inputs: ['filtered'], outputs: ['positive'] },
      { operator: 'GlobalAveragePool', inputs: ['positive'], outputs: ['features'] },
    ],
  };
}

/** The file of {@link featureGraph}: test/fixtures/onnx/features.onnx. */
export function featureNetwork(): Uint8Array {
  return writeOnnx(featureGraph());
}
