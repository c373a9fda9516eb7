/** Figures of bench/format-examples.ts: what docs/format.md shows of the default model and of files made with it. */
import { type Figure, number, table, text } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** What the specification says of the weights files. */
export interface SpecifiedModel {
  /** Version of the format. */
  readonly version: number;
  readonly name: string;
  readonly sha256: string;
  readonly architecture: string;
  readonly sizeMultiple: number;
  readonly widths: readonly number[];
  readonly blocks: readonly number[];
  readonly embedding: number;
  readonly patch: number;
  readonly sigmaData: number;
  /** Types of all tensors but those of the calibration: `float16`. */
  readonly types: readonly string[];
  /** SHA-256 of the weights of the tail's network. */
  readonly tailNetwork: string;
}

/** Stages of a pass over a tile of a given budget. */
export interface StageExample {
  /** Noise index of the step. */
  readonly from: number;
  readonly budget: number;
  readonly n: number;
  /** Number of the pass, from 0, and its bits. */
  readonly pass: number;
  readonly bits: number;
  /** Of the first classes. */
  readonly spectrum: readonly number[];
  readonly weights: readonly number[];
  /** Sum of all weights. */
  readonly sum: number;
  readonly stages: number;
  /** Ends of the first stages. */
  readonly ends: readonly number[];
}

/** The model's calibration in integers, and what follows from it. */
export interface AllocationFacts {
  readonly indices: readonly number[];
  readonly logShapeSha256: string;
  /** Least distance of a value before rounding down to an integer. */
  readonly margin: number;
  readonly stages: readonly StageExample[];
  /** Most bits of a stage: of all steps at the largest budget, and in the files of {@link FormatReport.costs}. */
  readonly mostBits: { readonly atLimit: number; readonly inFiles: number };
}

/** A layer of one tile, with the prediction of its budget. Bits are strings of 0 and 1. */
export interface BudgetExample {
  readonly typical: number;
  /** Budget and typical bits of the layer before; null for the first layer. */
  readonly history: { readonly bits: number; readonly typical: number } | null;
  readonly predicted: number;
  readonly code: string;
  readonly difference: number;
  readonly budget: number;
  readonly codeBits: string;
}

/** A file, of which the first bytes and layers are shown. */
export interface FileExample {
  readonly bytes: number;
  /** Bytes in hexadecimal: of the start of the file, and of the start of its layers. */
  readonly start: string;
  readonly layersStart: string;
  readonly layers: readonly BudgetExample[];
}

/** A file that is shown whole. */
export interface SmallFile {
  readonly pixels: readonly number[];
  /** All bytes in hexadecimal. */
  readonly hex: string;
  readonly layers: readonly {
    readonly from: number;
    readonly to: number;
    readonly budget: number;
    readonly endBit: number;
    /** SHA-256 of the code values. */
    readonly sha256: string;
  }[];
}

/** Bytes and side information of a file, or means over several files. */
export interface FileCost {
  readonly image: string;
  /** Options of the command line. */
  readonly options: string;
  readonly bytes: number;
  readonly headerBytes: number;
  readonly layers: number;
  readonly tiles: number;
  /** Bits of a tile's codes of gains and budget. */
  readonly code: { readonly mean: number; readonly largest: number };
  /** Bits of side information of a tile. */
  readonly side: { readonly mean: number; readonly largest: number };
  /** Whether tiles have checksums. */
  readonly checksums: boolean;
  /** Limits that the project has set itself, as they are shown. */
  readonly allowed: { readonly header: string; readonly side: string };
}

/** What the tail knows of a sample before its decisions. */
export interface TailPrediction {
  /** Column, row, colour. */
  readonly place: readonly [number, number, number];
  /** mean, scale, mR, mL, sd, scaleR, scaleL: binary32 in hexadecimal. */
  readonly values: readonly string[];
}

/** The tail of a small picture. */
export interface TailFacts {
  readonly predictions: readonly TailPrediction[];
  /** Number of decisions. */
  readonly decisions: number;
  /** Eight decisions each, of the first sample of two pixels: `probability:bit`. */
  readonly decided: readonly string[];
  readonly message: {
    readonly bytes: number;
    /** Its first bytes in hexadecimal. */
    readonly start: string;
    readonly sha256: string;
  };
}

/** What bench/format-examples.ts finds. */
export interface FormatReport {
  readonly model: SpecifiedModel;
  readonly allocation: AllocationFacts;
  readonly example: FileExample;
  readonly small: SmallFile;
  readonly tail: TailFacts;
  readonly costs: readonly FileCost[];
}

/** Numbers of the calibration in a line. */
const INDICES_A_LINE = 17;
/** Code bits shown of a tile that has more. */
const BITS_SHOWN = 14;

function codeBlock(lines: readonly string[]): Figure {
  return text(['```text', ...lines, '```']);
}

/** Hexadecimal digits in groups. */
function grouped(hex: string, digits: number): string {
  return (hex.match(new RegExp(`.{1,${digits}}`, 'g')) ?? []).join(' ');
}

/** A number rounded down to one significant digit: `2e-4`. */
function roundedDown(value: number): Figure {
  const exponent = Math.floor(Math.log10(value));
  return { text: `${Math.floor(value / 10 ** exponent)}e${exponent}`, value };
}

function modelFigures(model: SpecifiedModel): Record<string, Figure> {
  const { version, name, sha256, architecture, widths, blocks, embedding, patch, sigmaData, types, tailNetwork } =
    model;
  const list = (sizes: readonly number[]): string => `[${sizes.join(', ')}]`;
  return {
    models: table(
      ['version', 'name', 'SHA-256 of the weights file', 'architecture'],
      [[String(version), name, `\`${sha256}\``, `${architecture} (appendix B)`]],
    ),
    multiple: number(model.sizeMultiple),
    config: text(
      `W = ${list(widths)}, blocks = ${list(blocks)}, embedding E = ${embedding}, patch ${patch}, sigma_data ${sigmaData}`,
    ),
    types: text(types.join(' and ')),
    tail: text(`\`${tailNetwork}\``),
  };
}

function allocationFigures({ indices, logShapeSha256, margin, stages, mostBits }: AllocationFacts) {
  const lines: string[] = [];
  for (let i = 0; i < indices.length; i += INDICES_A_LINE) lines.push(indices.slice(i, i + INDICES_A_LINE).join(' '));
  return {
    indices: codeBlock(lines),
    levels: number(indices.length),
    'log-shape': text(`\`${logShapeSha256}\``),
    margin: roundedDown(margin),
    stages: table(
      [
        ...['step from', 'B', 'n', 'spectrum, classes 0 to 7', 'pass', 'its bits', 'its weights, classes 0 to 7'],
        ...['sum of all', 'stages', 'ends of the first stages'],
      ],
      stages.map(({ from, budget, n, pass, bits, spectrum, weights, sum, stages: count, ends }) =>
        [from, budget, n, spectrum.join(' '), pass + 1, bits, weights.join(' '), sum, count, ends.join(' ')].map(
          String,
        ),
      ),
    ),
    'stage-bits.limit': number(mostBits.atLimit),
    'stage-bits.files': number(mostBits.inFiles),
  };
}

/** How the grid point of a budget is predicted: the calculation with its numbers. */
function prediction({ typical, history, predicted }: BudgetExample): string {
  if (!history) return `nearest(${typical >> 4}) = ${predicted}`;
  const [factor, divisor] = [2 * history.bits + 1, history.typical + 8];
  const scaled = Math.floor((factor * 8 * typical) / divisor);
  return `scaled = floor(${factor} * 8 * ${typical} / ${divisor}) = ${scaled}; nearest(${scaled >> 4}) = ${predicted}`;
}

function exampleFigures({ bytes, start, layersStart, layers }: FileExample): Record<string, Figure> {
  const bits = [...layersStart].map((digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0'));
  const shown = (codeBits: string): string =>
    codeBits.length > BITS_SHOWN + 2 ? `${codeBits.slice(0, BITS_SHOWN)}...` : codeBits;
  return {
    'example.bytes': number(bytes),
    'example.dump': codeBlock([`00000000: ${grouped(start, 4)}`]),
    'example.start': text(`\`${grouped(layersStart, 2)}\`, ${bits.join(' ')}`),
    'example.layers': table(
      ['layer', 'typical', 'history', 'predicted grid point', 'code', 'v', 'B', 'code bits'],
      layers.map((layer, i) => {
        const { typical, history, code, difference, budget, codeBits } = layer;
        const before = history ? `(${history.bits}, ${history.typical})` : 'none';
        const numbers = [`\`${code}\``, difference, budget, `\`${shown(codeBits)}\``];
        return [i, typical, before, prediction(layer), ...numbers].map(String);
      }),
    ),
  };
}

function smallFigures({ pixels, hex, layers }: SmallFile): Record<string, Figure> {
  const colours = Array.from({ length: pixels.length / 3 }, (_, i) => pixels.slice(3 * i, 3 * i + 3).join(' '));
  return {
    'small.bytes': number(hex.length / 2),
    'small.pixels': text(colours.join(', ')),
    'small.file': codeBlock(hex.match(/.{1,128}/g) ?? []),
    'small.layers': table(
      ['layer', 'from', 'to', 'B', 'end bit', 'SHA-256 of the code values'],
      layers.map(({ from, to, budget, endBit, sha256 }, i) =>
        [i, from, to, budget, endBit, `\`${sha256}\``].map(String),
      ),
    ),
  };
}

function tailFigures({ predictions, decisions, decided, message }: TailFacts): Record<string, Figure> {
  return {
    'tail.predictions': table(
      ['i, j, c', 'mean', 'scale', 'mR', 'mL', 'sd', 'scaleR', 'scaleL'],
      predictions.map(({ place, values }) => [place.join(', '), ...values.map((value) => `\`${value}\``)]),
    ),
    'tail.decisions': number(decisions),
    'tail.decided': codeBlock(decided),
    'tail.bytes': number(message.bytes),
    'tail.start': text(`\`${message.start}\``),
    'tail.sha256': text(`\`${message.sha256}\``),
  };
}

/** Header and side information in per cent of the file. */
function overhead({ bytes, headerBytes, tiles, side }: FileCost): number {
  return (100 * (headerBytes + (tiles * side.mean) / 8)) / bytes;
}

function costFigures(costs: readonly FileCost[]): Record<string, Figure> {
  const thousands = (value: number): string => value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ' ');
  const sideBytes = ({ side, checksums }: FileCost): string =>
    checksums ? `${(side.mean / 8).toFixed(1)} (largest ${(side.largest / 8).toFixed(1)})` : (side.mean / 8).toFixed(2);
  const figures: Record<string, Figure> = {
    costs: table(
      [
        ...['image', 'options', 'file, bytes', 'header, bytes', 'allowed', 'layers, tiles'],
        ...['gains and budget code, bits a tile: mean (largest)', 'side information, bytes a tile', 'allowed'],
      ],
      costs.map((cost) => [
        ...[cost.image, cost.options && `\`${cost.options}\``, thousands(cost.bytes), thousands(cost.headerBytes)],
        ...[cost.allowed.header, `${thousands(cost.layers)}, ${thousands(cost.tiles)}`],
        ...[`${cost.code.mean.toFixed(1)} (${cost.code.largest})`, sideBytes(cost), cost.allowed.side],
      ]),
    ),
  };
  for (const [name, start] of [
    ['large', '768x512'],
    ['mean', '32x32, test images'],
  ]) {
    const cost = costs.find(({ image }) => image.startsWith(start));
    if (cost) figures[`overhead.${name}`] = text(`${overhead(cost).toPrecision(2)} %`);
  }
  return figures;
}

/** The figures, by name. */
export function formatFigures({
  model,
  allocation,
  example,
  small,
  tail,
  costs,
}: FormatReport): Record<string, Figure> {
  return {
    ...modelFigures(model),
    ...allocationFigures(allocation),
    ...exampleFigures(example),
    ...smallFigures(small),
    ...tailFigures(tail),
    ...costFigures(costs),
  };
}

/** Measurement `format`. */
export const format: FigureSource = source<FormatReport>('format', formatFigures);
