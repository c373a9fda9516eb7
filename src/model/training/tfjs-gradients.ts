/**
 * Gradients of the tfjs operations that the networks and objectives use. The builds of tfjs-core for Node and for
 * bundlers contain no gradients; only the umbrella package `@tensorflow/tfjs` (and with it tfjs-node) registers them.
 * Gradients that are already registered are kept.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Gradients with respect to the inputs of an operation, by name of the input. */
type Gradients = Record<string, () => tf.Tensor>;
/**
 * Gradient of one operation: which tensors of the forward run to save, and how to compute the gradients from them and
 * from dy.
 */
interface Rule {
  readonly inputs?: string[] | 'all';
  readonly outputs?: boolean[];
  readonly backward: (dy: tf.Tensor, saved: tf.Tensor[], attributes: tf.NamedAttrMap) => Gradients;
}

let isRegistered = false;

/** Registers the gradients with tfjs. May be called more than once. */
export function registerGradients(): void {
  if (isRegistered) return;
  isRegistered = true;
  for (const [kernelName, { inputs = [], outputs = [], backward }] of Object.entries(RULES)) {
    if (tf.getGradient(kernelName) !== undefined) continue;
    tf.registerGradient({
      kernelName,
      ...(inputs === 'all' ? { saveAllInputs: true } : { inputsToSave: inputs }),
      outputsToSave: outputs,
      gradFunc: (dy, saved, attrs) => backward(dy as tf.Tensor, saved, attrs),
    });
  }
}

/** Sums `gradient` over the axes along which an operand of shape `shape` was broadcast. */
function sumTo(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  const axes = tf.broadcast_util.getReductionAxes(shape, gradient.shape);
  if (axes.length === 0) return tf.reshape(gradient, shape);
  const isPerChannel = axes.length === gradient.rank - 1 && axes.every((axis, i) => axis === i);
  return tf.reshape(isPerChannel ? sumRows(gradient) : tf.sum(gradient, axes), shape);
}

/** Sum over all axes but the last, as a matrix product with ones, because tf.sum on wasm would transpose first. */
function sumRows(x: tf.Tensor): tf.Tensor {
  const rows = tf.reshape(x, [-1, x.shape[x.rank - 1] as number]) as tf.Tensor2D;
  return tf.matMul(tf.ones([1, rows.shape[0]]), rows);
}

const add: Rule = {
  inputs: ['a', 'b'],
  backward: (dy, [a, b]) => ({ a: () => sumTo(dy, a.shape), b: () => sumTo(dy, b.shape) }),
};

const subtract: Rule = {
  inputs: ['a', 'b'],
  backward: (dy, [a, b]) => ({ a: () => sumTo(dy, a.shape), b: () => tf.neg(sumTo(dy, b.shape)) }),
};

const multiply: Rule = {
  inputs: ['a', 'b'],
  backward: (dy, [a, b]) => ({
    a: () => sumTo(tf.mul(dy, b), a.shape),
    b: () => sumTo(tf.mul(dy, a), b.shape),
  }),
};

const divide: Rule = {
  inputs: ['a', 'b'],
  backward: (dy, [a, b]) => ({
    a: () => sumTo(tf.div(dy, b), a.shape),
    b: () => sumTo(tf.neg(tf.div(tf.mul(dy, a), tf.square(b))), b.shape),
  }),
};

const sum: Rule = {
  inputs: ['x'],
  backward: (dy, [x], { axis }) => {
    const axes = tf.util.parseAxisParam(axis as number | number[], x.shape);
    const kept = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
    return { x: () => tf.mul(tf.reshape(dy, kept), tf.ones(x.shape)) };
  },
};

const concat: Rule = {
  inputs: 'all',
  backward: (dys, saved, { axis }) => {
    const along = tf.util.parseAxisParam(axis as number, (saved[0] as tf.Tensor).shape)[0] as number;
    const parts = tf.split(
      dys,
      saved.map(({ shape }) => shape[along]),
      along,
    );
    return Object.fromEntries(parts.map((part, i) => [i, () => part]));
  },
};

const slice: Rule = {
  inputs: ['x'],
  backward: (dy, [x], { begin, size }) => {
    const start = [begin as number | number[]].flat();
    const given = [size as number | number[]].flat();
    const margins = x.shape.map((side, i): [number, number] => {
      const from = start[i] ?? 0;
      const length = given[i] === undefined || given[i] === -1 ? side - from : given[i];
      return [from, side - from - length];
    });
    return { x: () => tf.pad(dy, margins) };
  },
};

const pad: Rule = {
  inputs: ['x'],
  backward: (dy, [x], { paddings }) => {
    const begin = (paddings as unknown as [number, number][]).map(([before]) => before);
    return { x: () => tf.slice(dy, begin, x.shape) };
  },
};

const transpose: Rule = {
  backward: (dy, _, { perm }) => ({
    x: () => tf.transpose(dy, tf.backend_util.getUndoAxesPermutation(perm as number[])),
  }),
};

/** For y = a b. The gradient of a transposed operand is transposed, too. */
const matMul: Rule = {
  inputs: ['a', 'b'],
  backward: (dy, [a, b], { transposeA, transposeB }) => {
    const [ta, tb] = [transposeA as boolean, transposeB as boolean];
    return {
      a: () => (ta ? product(b, dy, tb, true) : product(dy, b, false, !tb)),
      b: () => (tb ? product(dy, a, true, ta) : product(a, dy, !ta, false)),
    };
  },
};

/**
 * Matrix product that transposes operands first, because tf.matMul on wasm is ten times slower with its own flags for
 * that.
 */
function product(a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor {
  return tf.matMul(transposeA ? swapLastAxes(a) : a, transposeB ? swapLastAxes(b) : b);
}

function swapLastAxes(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, i) => i);
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}

const conv2d: Rule = {
  inputs: ['x', 'filter'],
  backward: (dy, [x, filter], { strides, pad: padding, dataFormat, dilations, dimRoundingMode }) => {
    if (!tf.backend_util.tupleValuesAreOne(dilations as number)) throw new Error('gradient of a dilated convolution');
    const attrs = { strides, pad: padding, dataFormat, dimRoundingMode };
    return {
      x: () => runKernel(tf.Conv2DBackpropInput, { dy, filter: filter }, { ...attrs, inputShape: x.shape }),
      filter: () => runKernel(tf.Conv2DBackpropFilter, { x, dy }, { ...attrs, filterShape: filter.shape }),
    };
  },
};

function runKernel(name: string, inputs: Record<string, tf.Tensor>, attributes: object): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);
}

const sigmoid: Rule = {
  outputs: [true],
  backward: (dy, [y]) => ({ x: () => tf.mul(dy, tf.sub(y, tf.square(y))) }),
};

const softmax: Rule = {
  outputs: [true],
  backward: (dy, [y]) => ({
    logits: () => {
      const weighted = tf.mul(dy, y);
      return tf.sub(weighted, tf.mul(tf.sum(weighted, -1, true), y));
    },
  }),
};

/** The gradient is zero outside the bounds, as in PyTorch. */
const clip: Rule = {
  inputs: ['x'],
  backward: (dy, [x], { clipValueMin, clipValueMax }) => ({
    x: () => {
      const inside = tf.logicalAnd(tf.greaterEqual(x, clipValueMin as number), tf.lessEqual(x, clipValueMax as number));
      return tf.mul(dy, tf.cast(inside, 'float32'));
    },
  }),
};

/** The gradient of an elementwise function, from its derivative as a function of the input. */
function pointwise(derivative: (x: tf.Tensor) => tf.Tensor): Rule {
  return { inputs: ['x'], backward: (dy, [x]) => ({ x: () => tf.mul(dy, derivative(x)) }) };
}

const reshaped: Rule = { inputs: ['x'], backward: (dy, [x]) => ({ x: () => tf.reshape(dy, x.shape) }) };

const RULES: Readonly<Record<string, Rule>> = {
  [tf.Add]: add,
  [tf.Sub]: subtract,
  [tf.Multiply]: multiply,
  [tf.RealDiv]: divide,
  [tf.Sum]: sum,
  [tf.Concat]: concat,
  [tf.Slice]: slice,
  [tf.PadV2]: pad,
  [tf.Transpose]: transpose,
  [tf.Reshape]: reshaped,
  [tf.ExpandDims]: reshaped,
  [tf.BatchMatMul]: matMul,
  [tf.Conv2D]: conv2d,
  [tf.Sigmoid]: sigmoid,
  [tf.Softmax]: softmax,
  [tf.ClipByValue]: clip,
  [tf.Relu]: pointwise((x) => tf.step(x)),
  [tf.Square]: pointwise((x) => tf.mul(x, 2)),
  [tf.Exp]: { outputs: [true], backward: (dy, [y]) => ({ x: () => tf.mul(dy, y) }) },
  [tf.Rsqrt]: {
    outputs: [true],
    backward: (dy, [y]) => ({ x: () => tf.mul(dy, tf.mul(tf.mul(tf.square(y), y), -0.5)) }),
  },
  [tf.Neg]: { backward: (dy) => ({ x: () => tf.neg(dy) }) },
  [tf.Identity]: { backward: (dy) => ({ x: () => tf.mul(dy, 1) }) },
  [tf.SplitV]: {
    backward: (dys, _, { axis }) => ({ x: () => tf.concat(dys as unknown as tf.Tensor[], axis as number) }),
  },
};
