import type { ConvWeights } from '../convolution/convolution.ts';
import type { ModelFile } from '../weights/model-file.ts';
import type { PhotoNetConfig } from './photo-net-config.ts';
import { COLOURS } from './photo-net-pixels.ts';

/** Weights of a linear layer; `matrix` has the shape (input, output). */
export interface LinearWeights {
  readonly input: number;
  readonly output: number;
  readonly matrix: Float32Array;
  readonly bias: Float32Array;
}

/**
 * Weights of a residual block. `film` maps the embedding to gain - 1 (first half) and shift (second half) of conv1's
 * output.
 */
export interface BlockWeights {
  readonly conv1: ConvWeights;
  readonly conv2: ConvWeights;
  readonly film: LinearWeights;
}

/** All weights of a photo-net. Lists hold one entry for each level, finest first. */
export interface PhotoNetWeights {
  readonly embed: readonly [LinearWeights, LinearWeights];
  readonly convIn: ConvWeights;
  readonly encoder: readonly (readonly BlockWeights[])[];
  readonly decoder: readonly (readonly BlockWeights[])[];
  readonly down: readonly ConvWeights[];
  /** Transposed 2x2 convolutions as pairs of 1x1 convolutions for even and odd rows; channel = dx * width + c. */
  readonly up: readonly (readonly [ConvWeights, ConvWeights])[];
  readonly convOut: ConvWeights;
}

/** Number of frequencies of the noise-level embedding, which has a sine and a cosine of each. */
export const FREQUENCIES = 16;
const FREQUENCY_SPEC = 'geometric 0.3..8, 16 values, on ln(sigma)/4';
const MAX_LEVELS = 8;
const MAX_SIZE = 4096;

/**
 * Reads and checks the config of a photo-net file.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` naming the wrong field
 */
export function readPhotoNetConfig(file: ModelFile): PhotoNetConfig {
  const { config } = file;
  const widths = readSizes(file, 'widths', MAX_SIZE);
  const blocks = readSizes(file, 'blocks', MAX_SIZE);
  if (blocks.length !== widths.length) {
    throw file.fail(`config field blocks has ${blocks.length} levels, widths has ${widths.length}`);
  }
  if (config.embedding_frequencies !== FREQUENCY_SPEC) {
    const found = JSON.stringify(config.embedding_frequencies)?.slice(0, 80);
    throw file.fail(`config field embedding_frequencies is ${found}, expected "${FREQUENCY_SPEC}"`);
  }
  const sigmaData = config.sigma_data;
  if (typeof sigmaData !== 'number' || !(sigmaData >= 1e-3 && sigmaData <= 1e3)) {
    throw file.fail(
      `config field sigma_data is ${JSON.stringify(sigmaData)?.slice(0, 80)}, expected a number 0.001..1000`,
    );
  }
  return {
    widths,
    blocks,
    embedding: file.readInteger(config.embedding, 'embedding', 1, MAX_SIZE),
    patch: file.readInteger(config.patch, 'patch', 1, 16),
    sigmaData,
  };
}

function readSizes(file: ModelFile, field: string, max: number): number[] {
  const list = file.config[field];
  if (!Array.isArray(list) || list.length < 1 || list.length > MAX_LEVELS) {
    throw file.fail(
      `config field ${field} is ${JSON.stringify(list)?.slice(0, 80)}, expected 1..${MAX_LEVELS} integers`,
    );
  }
  return list.map((size, i) => file.readInteger(size, `${field}[${i}]`, 1, max));
}

/**
 * Reads all weights and converts them to tfjs's layouts.
 *
 * @throws DdpmError `ERR_DDPM_MODEL_CORRUPT` naming the tensor that is missing or has the wrong shape
 */
export function readPhotoNetWeights(file: ModelFile, config: PhotoNetConfig): PhotoNetWeights {
  const { widths, blocks, embedding, patch } = config;
  const first = widths[0] as number;
  const levels = (side: string, count: number) =>
    widths.slice(0, count).map((width, level) => {
      const names = Array.from({ length: blocks[level] as number }, (_, i) => `${side}.${level}.${i}`);
      return names.map((name) => readBlock(file, name, width, embedding));
    });
  const steps = widths.slice(1).map((coarse, level) => ({ level, coarse, fine: widths[level] as number }));
  return {
    embed: [readLinear(file, 'embed.0', 2 * FREQUENCIES, embedding), readLinear(file, 'embed.1', embedding, embedding)],
    convIn: readConv(file, 'conv_in', { kernel: 3, input: COLOURS * patch * patch, output: first }),
    encoder: levels('enc', widths.length),
    decoder: levels('dec', widths.length - 1),
    down: steps.map(({ level, coarse, fine }) =>
      readConv(file, `down.${level}`, { kernel: 2, input: fine, output: coarse }),
    ),
    up: steps.map(({ level, coarse, fine }) => readUp(file, `up.${level}`, coarse, fine)),
    convOut: readConv(file, 'conv_out', { kernel: 3, input: first, output: 2 * COLOURS * patch * patch }),
  };
}

function readBlock(file: ModelFile, name: string, width: number, embedding: number): BlockWeights {
  const size = { kernel: 3, input: width, output: width };
  return {
    conv1: readConv(file, `${name}.conv1`, size),
    conv2: readConv(file, `${name}.conv2`, size),
    film: readLinear(file, `${name}.film`, embedding, 2 * width),
  };
}

/** Reads a convolution; converts PyTorch's (output, input, kernel, kernel) to (kernel, kernel, input, output). */
function readConv(
  file: ModelFile,
  name: string,
  size: { readonly kernel: number; readonly input: number; readonly output: number },
): ConvWeights {
  const { kernel, input, output } = size;
  const area = kernel * kernel;
  const stored = file.read(`${name}.weight`, [output, input, kernel, kernel]);
  const filter = new Float32Array(stored.length);
  for (let o = 0, from = 0; o < output; o++) {
    for (let i = 0; i < input; i++) {
      for (let k = 0; k < area; k++, from++) {
        filter[(k * input + i) * output + o] = stored[from] as number;
      }
    }
  }
  return { ...size, filter, bias: file.read(`${name}.bias`, [output]) };
}

/** Reads a linear layer; converts PyTorch's (output, input) to (input, output). */
function readLinear(file: ModelFile, name: string, input: number, output: number): LinearWeights {
  const stored = file.read(`${name}.weight`, [output, input]);
  const matrix = new Float32Array(stored.length);
  for (let o = 0, from = 0; o < output; o++) {
    for (let i = 0; i < input; i++, from++) {
      matrix[i * output + o] = stored[from] as number;
    }
  }
  return { input, output, matrix, bias: file.read(`${name}.bias`, [output]) };
}

/**
 * Reads a transposed convolution; converts PyTorch's (input, output, 2, 2) to two 1x1 convolutions, see
 * {@link PhotoNetWeights.up}.
 */
function readUp(file: ModelFile, name: string, input: number, width: number): [ConvWeights, ConvWeights] {
  const stored = file.read(`${name}.weight`, [input, width, 2, 2]);
  const bias = file.read(`${name}.bias`, [width]);
  const output = 2 * width;
  const filters = [new Float32Array(input * output), new Float32Array(input * output)] as const;
  for (let i = 0, from = 0; i < input; i++) {
    for (let c = 0; c < width; c++) {
      for (let k = 0; k < 4; k++, from++) {
        const filter = k < 2 ? filters[0] : filters[1];
        filter[i * output + (k % 2) * width + c] = stored[from] as number;
      }
    }
  }
  const biases = Float32Array.from({ length: output }, (_, o) => bias[o % width] as number);
  const size = { kernel: 1, input, output, bias: biases };
  return [
    { ...size, filter: filters[0] },
    { ...size, filter: filters[1] },
  ];
}

const FIRST_FREQUENCY = 0.3;
/** (8 / 0.3)^(1/15), as a literal because Math.pow may differ in its last bit between engines. */
const FREQUENCY_RATIO = 1.244699692196835;

/** Frequencies of the noise-level embedding: a geometric sequence from 0.3 to 8. */
export function embeddingFrequencies(): number[] {
  const frequencies = [FIRST_FREQUENCY];
  while (frequencies.length < FREQUENCIES) {
    frequencies.push((frequencies[frequencies.length - 1] as number) * FREQUENCY_RATIO);
  }
  return frequencies;
}
