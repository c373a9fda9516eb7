import { setImmediate } from 'node:timers/promises';
import { analysisCsv } from '../../../src/analysis/analysis-report.ts';
import { contactSheet } from '../../../src/analysis/contact-sheet.ts';
import { readCifar10 } from '../../../src/analysis/image-planes.ts';
import { analysisPlot, plotSvg } from '../../../src/analysis/plot-svg.ts';
import { requireVega } from '../../../src/analysis/vega-library.ts';
import type { Library } from '../../../src/cli/library.ts';

type AnalyzeResult = Awaited<ReturnType<Library['analyze']>>;
type AnalysisLibrary = Pick<
  Library,
  | 'analyze'
  | 'analysisCsv'
  | 'analysisPlot'
  | 'plotSvg'
  | 'requireVega'
  | 'readCifar10'
  | 'describeSampling'
  | 'sample'
  | 'sampleEach'
  | 'interpolate'
  | 'contactSheet'
>;

/** Report of the fake `analyze`. */
export const analysis: AnalyzeResult = {
  schemaVersion: 1,
  kind: 'ideal',
  model: '0123456789abcdef',
  images: 2,
  dims: 6144,
  steps: 3,
  trainedSteps: 1000,
  stride: 1,
  estimated: false,
  variance: 'beta',
  clip: true,
  seed: 0,
  codelength: { total: 3.75, prior: 0.01, steps: 1.74, decoder: 2, standardError: 0.125 },
  imperceptible: { rmse: 0.95, rateBitsPerDim: 1.5, share: 0.6, decoderShare: 2 / 3.75 },
  cropped: 0,
  terms: [3, 2, 1].map((t) => ({
    t,
    timestep: t * 300,
    sigma: 2 ** t,
    reverseSteps: 3 - t,
    bitsPerDim: 0.5,
    weight: 1,
    rateBitsPerDim: 1.75 - 0.5 * (t - 1),
    rmse: t * t,
    psnr: 40 - 6 * t,
  })),
};

const picture = { data: new Uint8Array(12).fill(90), width: 2, height: 2, channels: 3 } as const;

const settings = {
  model: '0123456789abcdef',
  width: 2,
  height: 2,
  sampler: 'heun',
  steps: 25,
  variance: null,
  eta: null,
  clip: true,
  networkRuns: 49,
} as const;

/** The analysis part of a fake library: records calls; pure functions are the real ones. */
export function fakeAnalysis(note: (name: string, ...args: unknown[]) => void): AnalysisLibrary {
  return {
    analysisCsv,
    analysisPlot,
    plotSvg,
    requireVega,
    readCifar10,
    contactSheet,
    analyze: async (images, options) => {
      note('analyze', images, options);
      options?.onProgress?.({ t: 3, step: 1, steps: 3, fraction: 1 / 3 });
      await setImmediate();
      return { ...analysis, cropped: images.filter(({ width }) => width === 4).length };
    },
    sample: async (options = {}) => {
      note('sample', options);
      const { count = 16, frames = 0 } = options;
      options.onProgress?.({ step: 1, steps: 25, fraction: 0.04 });
      const images = Array.from({ length: count }, () => picture);
      const films = images.map(() => Array.from({ length: frames }, () => picture));
      return { images, frames: films, info: { ...settings, count, seed: 0 } };
    },
    describeSampling: async ({ seed = 0, sampler = 'heun' } = {}) => ({ ...settings, seed, sampler }),
    async *sampleEach(numbers, options = {}) {
      note('sampleEach', numbers, options);
      for (const [i, number] of numbers.entries()) {
        options.onProgress?.({ step: i, steps: 25, fraction: (i + 1) / numbers.length });
        yield { number, image: picture };
      }
    },
    interpolate: async (a, b, options = {}) => {
      note('interpolate', a, b, options);
      const { count = 8 } = options;
      const images = Array.from({ length: count }, () => picture);
      return { images, sources: [picture, picture], info: { ...settings, count, seed: 0 } };
    },
  };
}
