/** Small networks in ONNX files, written here. */
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

/** Two pictures NCHW with 3 channels -> the mean of their squared differences, as one number. */
export function squaredDistanceGraph(size: readonly (number | string)[] = ['height', 'width']): OnnxGraph {
  return {
    inputs: ['original', 'distorted'].map((name) => ({ name, shape: ['n', 3, ...size] })),
    outputs: [{ name: 'distance', shape: [] }],
    nodes: [
      { operator: 'Sub', inputs: ['original', 'distorted'], outputs: ['difference'] },
      { operator: 'Mul', inputs: ['difference', 'difference'], outputs: ['square'] },
      { operator: 'ReduceMean', inputs: ['square'], outputs: ['distance'], attributes: { keepdims: 0 } },
    ],
  };
}

/** Two pictures -> the mean of one of them: 0 for the original, 1 for the other. */
export function meanGraph(picture: 0 | 1): OnnxGraph {
  const { inputs, outputs } = squaredDistanceGraph();
  const from = inputs[picture].name;
  return {
    inputs,
    outputs,
    nodes: [{ operator: 'ReduceMean', inputs: [from], outputs: ['distance'], attributes: { keepdims: 0 } }],
  };
}
