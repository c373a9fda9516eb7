/** Facts of the default model's weights file (bench/check-model.ts). */
import { number, text } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** What bench/check-model.ts tells of a weights file. */
export interface ModelFacts {
  readonly name: string;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  readonly bytes: number;
  /** Weights of the network, without the calibration. */
  readonly parameters: number;
}

/** Measurement `model`. */
export const model: FigureSource = source<ModelFacts>('model', ({ name, sha256, bytes, parameters }) => ({
  name: text(name),
  card: text(`[${name}.md](${name}.md)`),
  sha256: text(`\`${sha256}\``),
  megabytes: number(bytes / 1e6, 1, ' MB'),
  parameters: number(parameters / 1e6, 2, ' M'),
}));
