import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { AnalysisReport } from '../../src/analysis/analysis-report.ts';
import { analysisPlot, plotSvg } from '../../src/analysis/plot-svg.ts';

const report: AnalysisReport = {
  schemaVersion: 1,
  kind: 'ideal',
  model: '0123456789abcdef',
  images: 3,
  dims: 9216,
  steps: 100,
  trainedSteps: 1000,
  stride: 10,
  estimated: true,
  variance: 'beta',
  clip: true,
  seed: 0,
  codelength: { total: 3.75, prior: 0, steps: 1.75, decoder: 2, standardError: 0.1 },
  imperceptible: { rmse: 0.95, rateBitsPerDim: null, share: null, decoderShare: 0.5 },
  terms: Array.from({ length: 11 }, (_, i) => ({
    t: 101 - 10 * i || 1,
    timestep: 1000 - 99 * i,
    sigma: 2 ** (5 - i),
    reverseSteps: 10 * i,
    bitsPerDim: 0.1,
    weight: 10,
    rateBitsPerDim: 0.175 * i,
    rmse: 60 - 5.9 * i,
    psnr: 12 + i,
  })),
};

afterEach(() => {
  vi.doUnmock('vega-lite');
  vi.resetModules();
});

describe('the plot of an analysis', () => {
  test('has three panels with units on their axes, and says that rates are ideal', async () => {
    const svg = await plotSvg(analysisPlot(report));
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
    const count = (text: string): number => svg.split(`>${text}<`).length - 1;
    expect(count('RMSE (grey levels 0–255)')).toBe(2);
    expect(count('ideal rate (bits/dim)')).toBe(2);
    expect(count('reverse process steps (T − t)')).toBe(2);
    expect(svg).toContain('Model 0123456789abcdef, 3 images, T = 100, variance beta');
    expect(svg).toContain('Ideal rates (relative entropy; no bitstream was made), estimated from 11 of 100 steps');
    // Each panel has a point for each term.
    expect(svg.match(/aria-roledescription="point"/g)).toHaveLength(3 * 11);
  });

  test('can be converted to PNG by sharp, without much white space', async () => {
    const { data, info } = await sharp(Buffer.from(await plotSvg(analysisPlot(report))))
      .greyscale()
      .raw()
      .toBuffer({
        resolveWithObject: true,
      });
    expect(info.width / info.height).toBeGreaterThan(2);
    const inked = (x: number): boolean =>
      Array.from({ length: info.height }, (_, y) => data[(y * info.width + x) * info.channels]).some(
        (level) => level < 250,
      );
    expect(Array.from({ length: 30 }, (_, i) => inked(info.width - 1 - i)).some(Boolean)).toBe(true);
  });

  test('reads no file that a specification names', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ddpm-plot-')), 'data.json');
    onTestFinished(() => rmSync(dirname(file), { recursive: true }));
    writeFileSync(file, '[{"a": 1}, {"a": 2}]');
    const points = async (data: object): Promise<number> => {
      const encoding = { x: { field: 'a', type: 'quantitative' } };
      const svg = await plotSvg({ data, mark: 'point', encoding } as Parameters<typeof plotSvg>[0]);
      return svg.match(/aria-roledescription="point"/g)?.length ?? 0;
    };
    const silent = vi.spyOn(console, 'warn').mockImplementation(() => {});
    onTestFinished(() => silent.mockRestore());
    expect(await points({ values: [{ a: 1 }, { a: 2 }] })).toBe(2);
    expect(await points({ url: file })).toBe(0);
  });

  test('without vega-lite the error names the command that installs it', async () => {
    vi.resetModules();
    vi.doMock('vega-lite', () => {
      throw new Error("Cannot find package 'vega-lite'");
    });
    const { plotSvg: plot, analysisPlot: spec } = await import('../../src/analysis/plot-svg.ts');
    const failure = expect(plot(spec(report))).rejects;
    await failure.toMatchObject({
      code: 'ERR_DDPM_DEPENDENCY',
      message: expect.stringContaining('npm install vega vega-lite'),
    });
  });
});
