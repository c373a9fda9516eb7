import type { PhotoNetConfig } from '../photo-net/photo-net-config.ts';
import { COLOURS } from '../photo-net/photo-net-pixels.ts';
import { FREQUENCIES } from '../photo-net/photo-net-weights.ts';
import type { Parameter } from './parameter-layout.ts';

/** Lists all parameters of a photo-net, named as in its weights file. */
export function photoParameters({ widths, blocks, embedding, patch }: PhotoNetConfig): Parameter[] {
  const first = widths[0] as number;
  const levels = (side: string, count: number): Parameter[] =>
    widths
      .slice(0, count)
      .flatMap((width, level) =>
        Array.from({ length: blocks[level] }, (_, i) => block(`${side}.${level}.${i}`, width, embedding)).flat(),
      );
  const steps = widths.slice(1).map((coarse, level) => ({ level, coarse, fine: widths[level] }));
  return [
    ...linear('embed.0', 2 * FREQUENCIES, embedding),
    ...linear('embed.1', embedding, embedding),
    ...convolution('conv_in', { side: 3, input: COLOURS * patch * patch, output: first }),
    ...levels('enc', widths.length),
    ...levels('dec', widths.length - 1),
    ...steps.flatMap(({ level, coarse, fine }) =>
      convolution(`down.${level}`, { side: 2, input: fine, output: coarse }),
    ),
    ...steps.flatMap(({ level, coarse, fine }) => transposedConvolution(`up.${level}`, coarse, fine)),
    ...convolution('conv_out', { side: 3, input: first, output: 2 * COLOURS * patch * patch }, true),
  ];
}

function block(name: string, width: number, embedding: number): Parameter[] {
  const size = { side: 3, input: width, output: width };
  return [
    ...convolution(`${name}.conv1`, size),
    ...convolution(`${name}.conv2`, size),
    ...linear(`${name}.film`, embedding, 2 * width, true),
  ];
}

interface ConvolutionSize {
  readonly side: number;
  readonly input: number;
  readonly output: number;
}

function convolution(name: string, { side, input, output }: ConvolutionSize, startsAtZero = false): Parameter[] {
  const fileShape = [output, input, side, side];
  const shape = [side, side, input, output];
  return [{ name: `${name}.weight`, kind: 'convolution', fileShape, shape, startsAtZero }, bias(name, output)];
}

function transposedConvolution(name: string, input: number, output: number): Parameter[] {
  const shape = [input, output, 2, 2];
  const kind = 'transposed-convolution';
  return [{ name: `${name}.weight`, kind, fileShape: shape, shape, startsAtZero: false }, bias(name, output)];
}

function linear(name: string, input: number, output: number, startsAtZero = false): Parameter[] {
  const shape = [input, output];
  return [
    { name: `${name}.weight`, kind: 'linear', fileShape: [output, input], shape, startsAtZero },
    bias(name, output),
  ];
}

function bias(name: string, width: number): Parameter {
  return { name: `${name}.bias`, kind: 'bias', fileShape: [width], shape: [width], startsAtZero: true };
}
