import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readCifar10 } from '../../../src/analysis/image-planes.ts';
import { calibrate } from '../../../src/codec/calibration/measure-calibration.ts';
import { type Header, readHeader, writeHeader } from '../../../src/codec/format/header.ts';
import { ladder, nominalEnd } from '../../../src/codec/format/noise-ladder.ts';
import { streamSteps } from '../../../src/codec/format/stream-parser.ts';
import { coarsestLevel } from '../../../src/codec/grid/geometry.ts';
import { ImagePyramid } from '../../../src/codec/grid/image-pyramid.ts';
import { planeOf } from '../../../src/codec/grid/picture.ts';
import { trellisTransport } from '../../../src/codec/trellis/trellis-transport.ts';
import { encodeWalk } from '../../../src/codec/walk/encode-walk.ts';
import { openBackend } from '../../../src/model/backends/open-backend.ts';
import { loadUncalibratedModel } from '../../../src/model/weights/load-model.ts';
import { fixtureModel } from '../../model/unet/fixtures.ts';
import { moments } from '../../support/gaussian.ts';
import { runOf } from '../../support/walk-runs.ts';

describe('flag flat', () => {
  const header: Header = {
    ...{ width: 500, height: 333, grey: false, checksums: true, chunks: false, flat: true },
    ...{ model: '0123456789abcdef', stepEighths: 12, seed: 0, endPosition: -1339, freeEnd: false },
  };

  test('means that there is no pyramid', () => {
    expect([coarsestLevel(header), coarsestLevel({ width: 500, height: 333 })]).toEqual([0, 3]);
    expect(new Set(streamSteps(header).map(({ level }) => level))).toEqual(new Set([0]));
    expect(header.endPosition).toBe(nominalEnd(0, 12, 8));
  });

  test('is bit 4 of the further flags', () => {
    const bytes = writeHeader(header);
    expect([...bytes.subarray(0, 3)]).toEqual([0xdd, 0xa1, 0x12]);
    expect(readHeader(bytes)).toEqual({ ...header, headerBytes: bytes.length });
    const { flat, ...pyramid } = header;
    expect(flat).toBe(true);
    expect(readHeader(writeHeader({ ...pyramid, endPosition: nominalEnd(3, 12, 8) }))).not.toHaveProperty('flat');
  });
});

describe('a model of one window size', () => {
  test('keeps the noise of the state at sigma, over several windows', async () => {
    const images = readCifar10(new Uint8Array(readFileSync('test/images/cifar10-test-128.bin')), { limit: 8 });
    const planes = images.map(({ data, width, height }) => planeOf({ data, width, height, channels: 3 }));
    const bytes = fixtureModel('published');
    const { id, denoiser } = await loadUncalibratedModel(bytes, { backend: await openBackend(), source: 'x' });
    const sigmas = [0.02, 0.06, 0.2, 0.6, 2, 6, 20, 60];
    const calibration = await calibrate(denoiser, planes, { sigmas });
    const [image] = planes;
    if (image === undefined) throw new Error('no image');
    const model = { id, denoiser, calibration };
    const steps = ladder(0, 12, nominalEnd(0, 12, 7));
    const ratios: number[] = [];
    const walk = encodeWalk({
      run: runOf(model, trellisTransport({ beamWidth: 256 })),
      image: new ImagePyramid(image),
      seed: 5,
      steps,
    });
    for await (const { state, sigma } of walk) {
      const { mean, deviation } = moments(state.data.map((y, i) => y - (image.data[i] as number)));
      expect(Math.abs(mean / sigma), `sigma ${sigma}`).toBeLessThan(0.1);
      ratios.push(deviation / sigma);
    }
    expect(ratios).toHaveLength(8);
    // Measured over 3072 values, with a standard deviation of 1.3 %. These weights are random: the state is trusted, and
    // its noise is held below sigma.
    for (const ratio of ratios) {
      expect(ratio).toBeLessThan(1.05);
      expect(ratio).toBeGreaterThan(0.85);
    }
    denoiser.dispose();
  });
});
