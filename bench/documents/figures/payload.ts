/** Figures of bench/payload.ts: script that a page loads before its first picture. */
import { type Figure, magnitude, number, table } from '../figure.ts';
import { type FigureSource, source } from '../source.ts';

/** What bench/payload.ts finds. All bytes are of minified script, compressed by gzip -9. */
export interface PayloadReport {
  readonly bundlers: readonly BundlerPayload[];
  /** Parts of the worker's program. */
  readonly worker: {
    readonly all: number;
    /** Weights of the tail's network, base64. */
    readonly tailWeights: number;
    /** WebAssembly modules, base64. */
    readonly modules: number;
  };
}

/** Script of a page that decodes and encodes, by what one bundler makes of it. */
export interface BundlerPayload {
  readonly name: string;
  /** Of the page's own script, with what it imports. */
  readonly page: number;
  /** Of the chunk with the worker's program. */
  readonly worker: number;
}

const kilobytes = (bytes: number): string => (bytes / 1000).toFixed(1);

/** The figures of a report. */
export function payloadFigures({ bundlers, worker }: PayloadReport): Record<string, Figure> {
  const { all, tailWeights, modules } = worker;
  return {
    table: table(
      ['bundler', "the page's script, kB", "the worker's program, kB", 'both'],
      bundlers.map((one) => [one.name, ...[one.page, one.worker, one.page + one.worker].map(kilobytes)]),
    ),
    most: number(Math.max(...bundlers.map((one) => one.page + one.worker)) / 1000, 0, ' kB'),
    tailWeights: magnitude(tailWeights / 1000, 0, ' kB'),
    modules: magnitude(modules / 1000, 0, ' kB'),
    code: magnitude((all - tailWeights - modules) / 1000, 0, ' kB'),
  };
}

/** Measurement `payload`. */
export const payload: FigureSource = source<PayloadReport>('payload', payloadFigures, 'shape');
