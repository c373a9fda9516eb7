/** The parameters of a network as one vector, which is what optimiser, average, checkpoints and gradients work on. */
import * as tf from '@tensorflow/tfjs-core';
import type { Uniform } from './training-random.ts';

/** One parameter tensor. */
export interface Parameter {
  /** Name in weights files. */
  readonly name: string;
  /** `convolution` and `linear` are laid out differently in files; a `scale` starts at 1. */
  readonly kind: 'convolution' | 'linear' | 'scale' | 'bias' | 'transposed-convolution';
  /** Sizes in files, PyTorch's layout: (output, input, height, width), (output, input), (input, output, 2, 2) or (channels). */
  readonly fileShape: readonly number[];
  /** Sizes as the network takes it: (height, width, input, output), (input, output), and the file's for the rest. */
  readonly shape: readonly number[];
  /** Starts as zeros. */
  readonly startsAtZero: boolean;
}

/** A tensor for a weights file. */
export interface NamedValues {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A parameter and its place in the vector. */
export interface PlacedParameter extends Parameter {
  readonly offset: number;
  readonly size: number;
}

/** Where each parameter lies in the vector. */
export interface ParameterLayout {
  readonly parameters: readonly PlacedParameter[];
  /** Length of the vector: the number of parameters of the network. */
  readonly total: number;
}

/** Puts parameters one after another. */
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

/** The part of a vector that is one parameter; shares its memory. */
export function valuesOf(vector: Float32Array, { offset, size }: PlacedParameter): Float32Array {
  return vector.subarray(offset, offset + size);
}

/** All parameters as tensors, in the order of the layout. The caller disposes them. */
export function tensorsOf(vector: Float32Array, { parameters }: ParameterLayout): tf.Tensor[] {
  return parameters.map((parameter) => tf.tensor(valuesOf(vector, parameter).slice(), [...parameter.shape], 'float32'));
}

/**
 * Values to start training from: scales 1, what starts at zero 0, the rest uniform.
 *
 * @param boundOf - largest magnitude of the values of a parameter
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

/** All parameters in the layout of weights files. */
export function fileTensors(vector: Float32Array, { parameters }: ParameterLayout): NamedValues[] {
  return parameters.map((parameter) => ({
    name: parameter.name,
    shape: parameter.fileShape,
    values: exchange(valuesOf(vector, parameter), parameter, 'to file'),
  }));
}

/** The inverse of {@link fileTensors}. */
export function vectorOf(
  layout: ParameterLayout,
  read: (name: string, shape: readonly number[]) => Float32Array,
): Float32Array {
  const vector = new Float32Array(layout.total);
  for (const parameter of layout.parameters) {
    const stored = read(parameter.name, parameter.fileShape);
    vector.set(exchange(stored, parameter, 'from file'), parameter.offset);
  }
  return vector;
}

/** Between (output, input, area) of files and (area, input, output) of the network; a linear layer has area 1. */
function exchange(values: Float32Array, parameter: Parameter, way: 'to file' | 'from file'): Float32Array {
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
