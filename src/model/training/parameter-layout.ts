/** The parameters of a network as one vector; optimiser, average, checkpoints and gradients use this form. */
import * as tf from '@tensorflow/tfjs-core';
import type { Uniform } from './training-random.ts';

/** One parameter tensor. */
export interface Parameter {
  /** Name in weights files. */
  readonly name: string;
  /** A `convolution` or `linear` parameter has another layout in files; a `scale` starts at 1. */
  readonly kind: 'convolution' | 'linear' | 'scale' | 'bias' | 'transposed-convolution';
  /**
   * Shape in files, PyTorch's layout: (output, input, height, width), (output, input), (input, output, 2, 2) or
   * (channels).
   */
  readonly fileShape: readonly number[];
  /** Shape in the network: (height, width, input, output), (input, output), otherwise the same as `fileShape`. */
  readonly shape: readonly number[];
  /** True if training starts with zeros. */
  readonly startsAtZero: boolean;
}

/** A tensor in the layout of weights files. */
export interface NamedValues {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A parameter and its position in the vector. */
export interface PlacedParameter extends Parameter {
  readonly offset: number;
  readonly size: number;
}

/** Positions of all parameters in the vector. */
export interface ParameterLayout {
  readonly parameters: readonly PlacedParameter[];
  /** Length of the vector: the number of parameters of the network. */
  readonly total: number;
}

/** Assigns positions to parameters, one after another. */
export function layOut(parameters: readonly Parameter[]): ParameterLayout {
  let total = 0;
  const placed = parameters.map((parameter): PlacedParameter => {
    const size = parameter.shape.reduce((product, side) => product * side, 1);
    const offset = total;
    total += size;
    return { ...parameter, offset, size };
  });
  return { parameters: placed, total };
}

/** The values of one parameter, a view into the vector. */
export function valuesOf(vector: Float32Array, { offset, size }: PlacedParameter): Float32Array {
  return vector.subarray(offset, offset + size);
}

/** Copies all parameters into tensors, in the order of the layout. The caller disposes the tensors. */
export function tensorsOf(vector: Float32Array, { parameters }: ParameterLayout): tf.Tensor[] {
  return parameters.map((parameter) => tf.tensor(valuesOf(vector, parameter).slice(), [...parameter.shape], 'float32'));
}

/**
 * Initial values for training: 1 for scales, 0 for parameters with `startsAtZero`, uniform random numbers for the
 * others.
 *
 * @param boundOf - largest magnitude of the random values of a parameter
 */
export function initialVector(
  { parameters, total }: ParameterLayout,
  boundOf: (parameter: Parameter) => number,
  uniform: Uniform,
): Float32Array {
  const vector = new Float32Array(total);
  for (const parameter of parameters) {
    const values = valuesOf(vector, parameter);
    if (parameter.kind === 'scale') values.fill(1);
    else if (!parameter.startsAtZero) {
      const bound = boundOf(parameter);
      for (let i = 0; i < values.length; i++) values[i] = bound * (2 * uniform() - 1);
    }
  }
  return vector;
}

/** Converts all parameters to the layout of weights files. */
export function fileTensors(vector: Float32Array, { parameters }: ParameterLayout): NamedValues[] {
  return parameters.map((parameter) => ({
    name: parameter.name,
    shape: parameter.fileShape,
    values: convertLayout(valuesOf(vector, parameter), parameter, 'to file'),
  }));
}

/**
 * Inverse of {@link fileTensors}.
 *
 * @param read - returns the values of the tensor with this name and file shape
 */
export function vectorOf(
  layout: ParameterLayout,
  read: (name: string, shape: readonly number[]) => Float32Array,
): Float32Array {
  const vector = new Float32Array(layout.total);
  for (const parameter of layout.parameters) {
    const stored = read(parameter.name, parameter.fileShape);
    vector.set(convertLayout(stored, parameter, 'from file'), parameter.offset);
  }
  return vector;
}

/**
 * Converts between (output, input, area) in files and (area, input, output) in the network; a linear layer has area 1.
 */
function convertLayout(values: Float32Array, parameter: Parameter, way: 'to file' | 'from file'): Float32Array {
  if (parameter.kind !== 'convolution' && parameter.kind !== 'linear') return values.slice();
  const [outputs, inputs, ...sides] = parameter.fileShape;
  const area = sides.reduce((product, side) => product * side, 1);
  const result = new Float32Array(values.length);
  for (let o = 0, stored = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let k = 0; k < area; k++, stored++) {
        const inNetwork = (k * inputs + i) * outputs + o;
        if (way === 'to file') result[stored] = values[inNetwork];
        else result[inNetwork] = values[stored];
      }
    }
  }
  return result;
}
