/**
 * Gradients of convolutions on tfjs's wasm backend. Version 4.22 has no kernel for the gradient of the filter, and its
 * kernel for the gradient of the input is a plain loop. Both gradients are convolutions themselves and are computed as
 * such here, with XNNPACK's kernels. Speeds: docs/training.md, measured by bench/training.ts.
 */
import * as tf from '@tensorflow/tfjs-core';

const BACKEND = 'wasm';

/** Attributes that both kernels have. */
interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | [[number, number], [number, number], [number, number], [number, number]];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

let isRegistered = false;

/**
 * Registers the two kernels with the wasm backend. In this process, the kernel for the gradient of the input replaces
 * that of tfjs (also for `tf.conv2dTranspose`): it gives the same result up to rounding, nine times faster. May be
 * called more than once.
 */
export function registerWasmGradients(): void {
  if (isRegistered) return;
  isRegistered = true;
  if (tf.getKernel(tf.Conv2DBackpropInput, BACKEND) !== undefined) {
    tf.unregisterKernel(tf.Conv2DBackpropInput, BACKEND);
  }
  register(tf.Conv2DBackpropInput, ({ dy, filter }, attributes) =>
    inputGradient(dy as tf.Tensor4D, filter as tf.Tensor4D, attributes),
  );
  register(tf.Conv2DBackpropFilter, ({ x, dy }, attributes) =>
    filterGradient(x as tf.Tensor4D, dy as tf.Tensor4D, attributes),
  );
}

/** Attributes of either kernel: `inputShape` for the gradient of the input, `filterShape` for that of the filter. */
type Attributes = ConvolutionAttributes & { readonly inputShape?: number[]; readonly filterShape?: number[] };

function register(kernelName: string, run: (inputs: tf.NamedTensorMap, attributes: Attributes) => tf.Tensor): void {
  tf.registerKernel({
    kernelName,
    backendName: BACKEND,
    // A kernel may call other operations; tfjs records no gradients inside a kernel.
    kernelFunc: ({ inputs, attrs }) =>
      tf.tidy(() => run(inputs as tf.NamedTensorMap, attrs as unknown as Attributes)) as tf.TensorInfo,
  });
}

/** Sizes of a convolution, which tfjs computes from shapes, strides and padding. */
function sizesOf(inputShape: number[], filterShape: number[], { strides, pad, dimRoundingMode }: Attributes) {
  const info = tf.backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    strides,
    1,
    pad as Parameters<typeof tf.backend_util.computeConv2DInfo>[4],
    dimRoundingMode,
    false,
  );
  if (info.dataFormat !== 'channelsLast') throw new Error('gradients of convolutions on wasm take NHWC only');
  return info;
}

/**
 * Gradient of the filter: dL/dw[k, l, i, o] = sum over images b and positions (p, q) of x[b, p s + k - top, q s + l -
 * left, i] dy[b, p, q, o]. This is the convolution of x, with images and channels exchanged, with dy as a filter that
 * has the size of the output and is dilated by the stride.
 */
function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, attributes: Attributes): tf.Tensor {
  const filterShape = attributes.filterShape as number[];
  const { inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth, padInfo } =
    sizesOf(x.shape, filterShape, attributes);
  const isPointwise = filterHeight * filterWidth * strideHeight * strideWidth === 1;
  if (isPointwise && padInfo.top + padInfo.left + padInfo.bottom + padInfo.right === 0) {
    const [inputs, outputs] = [filterShape[2], filterShape[3]];
    const columns = tf.transpose(tf.reshape(x, [-1, inputs]));
    return tf.reshape(tf.matMul(columns, tf.reshape(dy, [-1, outputs])), [1, 1, inputs, outputs]);
  }
  const rows = margins(inHeight, outHeight, { stride: strideHeight, kernel: filterHeight, before: padInfo.top });
  const columns = margins(inWidth, outWidth, { stride: strideWidth, kernel: filterWidth, before: padInfo.left });
  const kept = tf.slice(x, [0, 0, 0, 0], [-1, inHeight - rows.unused, inWidth - columns.unused, -1]);
  const gradient = tf.conv2d(
    tf.transpose(kept, [3, 1, 2, 0]),
    tf.transpose(dy, [1, 2, 0, 3]),
    1,
    [[0, 0], rows.padding, columns.padding, [0, 0]],
    'NHWC',
    [strideHeight, strideWidth],
  );
  return tf.transpose(gradient, [1, 2, 0, 3]);
}

/**
 * Padding of x for which the dilated dy fits in `kernel` positions, and the number of samples at the end of x that no
 * output used.
 */
function margins(
  input: number,
  output: number,
  { stride, kernel, before }: { readonly stride: number; readonly kernel: number; readonly before: number },
): { padding: [number, number]; unused: number } {
  const after = (output - 1) * stride + kernel - before - input;
  return { padding: [before, Math.max(after, 0)], unused: Math.max(-after, 0) };
}

/**
 * Gradient of the input. In one dimension, with position j = s m + a in the padded input: dx[s m + a] = sum over q of
 * dy[m - q] w[s q + a], which is the convolution of dy with every s-th tap, reversed. The s x s phases a are computed
 * as channels of one convolution and then interleaved.
 */
function inputGradient(dy: tf.Tensor4D, filter: tf.Tensor4D, attributes: Attributes): tf.Tensor {
  const info = sizesOf(attributes.inputShape as number[], filter.shape, attributes);
  const { batchSize, inHeight, inWidth, inChannels, strideHeight, strideWidth, padInfo } = info;
  const phases = phaseFilter(filter, strideHeight, strideWidth);
  const [rowTaps, columnTaps] = phases.shape;
  const height = Math.ceil((inHeight + padInfo.top + padInfo.bottom) / strideHeight);
  const width = Math.ceil((inWidth + padInfo.left + padInfo.right) / strideWidth);
  // With stride 1, samples of the padding need not be computed.
  const crop = strideHeight * strideWidth === 1 && padInfo.top < rowTaps && padInfo.left < columnTaps ? 1 : 0;
  const rows = spread(info.outHeight, crop ? inHeight : height, { taps: rowTaps, skipped: crop * padInfo.top });
  const columns = spread(info.outWidth, crop ? inWidth : width, { taps: columnTaps, skipped: crop * padInfo.left });
  const gradient = tf.conv2d(dy, phases, 1, [[0, 0], rows, columns, [0, 0]]);
  if (crop) return gradient;
  const apart = tf.reshape(gradient, [batchSize * height, width, strideHeight, strideWidth * inChannels]);
  const joined = tf.transpose(apart, [0, 2, 1, 3]);
  const padded = tf.reshape(joined, [batchSize, height * strideHeight, width * strideWidth, inChannels]);
  return tf.slice(padded, [0, padInfo.top, padInfo.left, 0], [-1, inHeight, inWidth, -1]);
}

/**
 * Padding of dy for which the convolution with `taps` reversed taps gives `places` positions after the first `skipped`
 * ones.
 */
function spread(
  output: number,
  places: number,
  { taps, skipped }: { readonly taps: number; readonly skipped: number },
): [number, number] {
  const before = taps - 1 - skipped;
  return [before, places - output - before + taps - 1];
}

/**
 * Rearranges a filter (k, l, i, o) into the reversed taps of each phase: (ceil(k / s), ceil(l / s), o, phase row, phase
 * column, i), with the last three axes joined.
 */
function phaseFilter(filter: tf.Tensor4D, strideHeight: number, strideWidth: number): tf.Tensor4D {
  const [height, width, inputs, outputs] = filter.shape;
  const [rows, columns] = [Math.ceil(height / strideHeight), Math.ceil(width / strideWidth)];
  const missing: [number, number][] = [
    [0, rows * strideHeight - height],
    [0, columns * strideWidth - width],
    [0, 0],
    [0, 0],
  ];
  const padded = missing.some(([, after]) => after > 0) ? tf.pad(filter, missing) : filter;
  const shape: [number, number, number, number] = [rows, columns, outputs, strideHeight * strideWidth * inputs];
  const taps = rows * columns;
  if (strideHeight * strideWidth === 1) {
    return tf.reshape(tf.transpose(reversed(tf.reshape(padded, [taps, inputs, outputs])), [0, 2, 1]), shape);
  }
  const apart = tf.reshape(padded, [rows, strideHeight, columns, strideWidth, inputs, outputs]);
  const arranged = tf.transpose(apart, [0, 2, 5, 1, 3, 4]);
  return tf.reshape(reversed(tf.reshape(arranged, [taps, -1])), shape);
}

/** Reverses the first axis by copying blocks, because tf.reverse and tf.gather on wasm copy value by value. */
function reversed(x: tf.Tensor): tf.Tensor {
  const count = x.shape[0];
  return count === 1 ? x : tf.concat(tf.split(x, count).reverse());
}
