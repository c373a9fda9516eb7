/** The parameters of a U-Net: names, shapes and layouts, and which of them start at zero in training. */
import type { UnetConfig } from './unet-config.ts';
import { type ResnetShape, timeFeatures, unetStructure } from './unet-structure.ts';

/** One parameter of a U-Net. */
export interface UnetParameter {
  /** Name in diffusers and in our model files. */
  readonly name: string;
  /**
   * - `convolution`: a filter
   * - `linear`: a matrix
   * - `scale`: the factors of a group norm, one for each channel
   * - `bias`: the bias of any layer, one value for each channel
   */
  readonly kind: 'convolution' | 'linear' | 'scale' | 'bias';
  /** Shape in files, PyTorch's layout: (output, input, height, width), (output, input) or (channels). */
  readonly fileShape: readonly number[];
  /** Shape in the network, tfjs's layout: (height, width, input, output), (input, output) or (channels). */
  readonly shape: readonly number[];
  /**
   * True if training starts with zeros: biases, and the last layer of each residual or attention block and of the
   * network.
   */
  readonly startsAtZero: boolean;
}

/** Lists all parameters of a U-Net; 35.7 M values for the paper's CIFAR-10 model. */
export function unetParameters(config: UnetConfig): UnetParameter[] {
  const { down, middle, up } = unetStructure(config);
  const first = config.blockOutChannels[0] as number;
  const features = timeFeatures(config);
  const resnets = (list: readonly ResnetShape[]) => list.flatMap((shape) => resnetParameters(shape, features));
  const resampler = (name: string | null, width: number) => (name === null ? [] : convolution(name, 3, width, width));
  return [
    ...convolution('conv_in', 3, 3, first),
    ...linear('time_embedding.linear_1', first, features),
    ...linear('time_embedding.linear_2', features, features),
    ...down.flatMap((level) => [...resnets(level.resnets), ...resampler(level.downsampler, level.width)]),
    ...resnets(middle),
    ...up.flatMap((level) => [...resnets(level.resnets), ...resampler(level.upsampler, level.width)]),
    ...norm('conv_norm_out', first),
    ...convolution('conv_out', 3, first, 3, true),
  ];
}

function resnetParameters({ name, input, output, attention }: ResnetShape, features: number): UnetParameter[] {
  return [
    ...norm(`${name}.norm1`, input),
    ...convolution(`${name}.conv1`, 3, input, output),
    ...linear(`${name}.time_emb_proj`, features, output),
    ...norm(`${name}.norm2`, output),
    ...convolution(`${name}.conv2`, 3, output, output, true),
    ...(input === output ? [] : convolution(`${name}.conv_shortcut`, 1, input, output)),
    ...(attention === null ? [] : attentionParameters(attention, output)),
  ];
}

function attentionParameters(name: string, width: number): UnetParameter[] {
  return [
    ...norm(`${name}.group_norm`, width),
    ...['to_q', 'to_k', 'to_v'].flatMap((part) => linear(`${name}.${part}`, width, width)),
    ...linear(`${name}.to_out.0`, width, width, true),
  ];
}

function convolution(name: string, side: number, input: number, output: number, zero = false): UnetParameter[] {
  const fileShape = [output, input, side, side];
  const shape = [side, side, input, output];
  return [{ name: `${name}.weight`, kind: 'convolution', fileShape, shape, startsAtZero: zero }, bias(name, output)];
}

function linear(name: string, input: number, output: number, zero = false): UnetParameter[] {
  const fileShape = [output, input];
  return [
    { name: `${name}.weight`, kind: 'linear', fileShape, shape: [input, output], startsAtZero: zero },
    bias(name, output),
  ];
}

function norm(name: string, width: number): UnetParameter[] {
  const shape = [width];
  return [{ name: `${name}.weight`, kind: 'scale', fileShape: shape, shape, startsAtZero: false }, bias(name, width)];
}

function bias(name: string, width: number): UnetParameter {
  return { name: `${name}.bias`, kind: 'bias', fileShape: [width], shape: [width], startsAtZero: true };
}

/** Number of values of a parameter. */
export function parameterSize({ shape }: UnetParameter): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * Converts the values of a parameter from the layout of files, (output, input, place), to that of the network, (place,
 * input, output).
 */
export function fromFileLayout({ fileShape }: Pick<UnetParameter, 'fileShape'>, values: Float32Array): Float32Array {
  const to = new Float32Array(values.length);
  const [outputs = 1, inputs = 1, ...sides] = fileShape;
  const places = sides.reduce((product, side) => product * side, 1);
  let from = 0;
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let place = 0; place < places; place++, from++) {
        to[(place * inputs + input) * outputs + output] = values[from] as number;
      }
    }
  }
  return to;
}
