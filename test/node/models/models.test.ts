import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { FORMAT_MODEL } from '../../../src/codec/format/default-model.ts';
import { readCifar10 } from '../../../src/entry/analysis.ts';
import { decode, encode, inspect, type RawImage, truncate } from '../../../src/entry/index.ts';
import { distortion } from '../../../src/image/distortion.ts';
import { calibrateModel } from '../../../src/node/models/calibrate-model.ts';
import { importModel } from '../../../src/node/models/import-model.ts';
import { listModels } from '../../../src/node/models/list-models.ts';
import { checkNameFree, modelFolder, modelName, registerModel } from '../../../src/node/models/model-folder.ts';
import { fixtureFolder } from '../../model/unet/fixtures.ts';
import { MODEL_PATH } from '../../support/model-files.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-models-'));
});
beforeEach(() => {
  vi.stubEnv('DDPM_CODEC_MODELS', folder);
  return () => vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const CIFAR: RawImage[] = readCifar10(new Uint8Array(readFileSync('test/images/cifar10-test-128.bin')), { limit: 12 });

/** A picture that is larger than the windows of the models and not a multiple of them. */
function picture(): RawImage {
  const [width, height] = [27, 21];
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
    return 128 + 60 * Math.sin(x / 4 + c) + 50 * Math.cos(y / 3);
  });
  return { data, width, height, channels: 3 };
}

describe('the model folder', () => {
  test('is the one given by the environment', () => {
    expect(modelFolder()).toBe(folder);
    vi.stubEnv('DDPM_CODEC_MODELS', '');
    vi.stubEnv('XDG_DATA_HOME', '/data');
    expect(modelFolder()).toBe('/data/ddpm-codec/models');
    vi.stubEnv('XDG_DATA_HOME', '');
    expect(modelFolder()).toMatch(/\.local\/share\/ddpm-codec\/models$/);
  });

  test('contains registered models, in addition to the shipped one', async () => {
    const { data, info } = await importModel(fixtureFolder('other'), { name: 'listed' });
    expect(info).toMatchObject({ name: 'listed', architecture: 'ddpm-unet' });
    const path = await registerModel(data, info);
    expect(path).toBe(join(folder, `listed-${info.id}.safetensors`));
    expect(new Uint8Array(readFileSync(path))).toEqual(data);
    const [shipped, listed] = await listModels();
    expect(shipped).toMatchObject({ ...FORMAT_MODEL, parameters: 2_052_216, shipped: true });
    expect(shipped).toMatchObject({ architecture: 'photo-net', calibrated: true, problem: null });
    const { parameters } = info;
    expect(listed).toMatchObject({ name: 'listed', id: info.id, path, bytes: data.length, parameters, problem: null });
    expect(listed).toMatchObject({ architecture: 'ddpm-unet', calibrated: false, shipped: false });
    for (const model of ['listed', info.id, info.id.slice(0, 6), path]) expect(await modelName(model)).toBe('listed');
    rmSync(path);
  });

  test('also lists files that were copied there by hand; reports corrupt ones', async () => {
    writeFileSync(join(folder, 'broken.safetensors'), 'not a model');
    writeFileSync(join(folder, 'mine.safetensors'), readFileSync(MODEL_PATH));
    const [, broken, mine] = await listModels();
    expect(broken).toMatchObject({
      name: 'broken',
      architecture: null,
      problem: expect.stringContaining('header length'),
    });
    expect(mine).toMatchObject({ name: 'mine', id: FORMAT_MODEL.id, calibrated: true });
    for (const name of readdirSync(folder)) rmSync(join(folder, name));
  });

  test('names are unique, and cannot be ids', async () => {
    const { data, info } = await importModel(fixtureFolder('other'), { name: 'once' });
    const path = await registerModel(data, info);
    expect(await registerModel(data, info)).toBe(path);
    // A model without calibration cannot have coded anything, so another may replace it.
    expect(await checkNameFree('once')).toEqual([path]);
    await expect(checkNameFree(FORMAT_MODEL.name)).rejects.toMatchObject({ code: 'ERR_DDPM_OUTPUT' });
    for (const name of ['', '../x', 'a b', 'abcdef', '0123456789abcdef', 'x.safetensors']) {
      await expect(registerModel(data, { name, id: info.id }), name).rejects.toThrow(/^"name" expected a name/);
    }
    rmSync(path);
  });
});

describe('importModel', () => {
  test('accepts pipelines and single networks, and uses the name of the folder', async () => {
    const pipeline = join(folder, 'some-pipeline');
    await cp(fixtureFolder('other'), join(pipeline, 'unet'), { recursive: true });
    mkdirSync(join(pipeline, 'scheduler'));
    await cp(join(pipeline, 'unet/scheduler_config.json'), join(pipeline, 'scheduler/scheduler_config.json'));
    rmSync(join(pipeline, 'unet/scheduler_config.json'));
    const { data } = await importModel(fixtureFolder('other'));
    const whole = await importModel(pipeline);
    expect(whole.info.name).toBe('some-pipeline');
    expect(whole.data).toEqual(data);
    expect((await importModel(join(pipeline, 'unet'))).data).toEqual(data);
    rmSync(pipeline, { recursive: true });
  });

  test('reports missing files, and tells how to convert pickles', async () => {
    const empty = join(folder, 'empty');
    await cp(fixtureFolder('other'), empty, { recursive: true });
    rmSync(join(empty, 'diffusion_pytorch_model.safetensors'));
    const missing = {
      code: 'ERR_DDPM_MODEL_MISSING',
      message: expect.stringMatching(/no .*safetensors .*: give the folder/),
    };
    await expect(importModel(empty)).rejects.toMatchObject(missing);
    writeFileSync(join(empty, 'diffusion_pytorch_model.bin'), '');
    const pickle = { code: 'ERR_DDPM_MODEL_MISSING', message: expect.stringContaining('convert it to safetensors') };
    await expect(importModel(empty)).rejects.toMatchObject(pickle);
    rmSync(empty, { recursive: true });
    await expect(importModel(join(folder, 'nowhere'))).rejects.toThrow(/no .*nowhere\/config\.json and no .*unet/);
    await expect(importModel(fixtureFolder('other'), { nome: 'x' } as object)).rejects.toThrow(
      /"nome" expected no such/,
    );
  });
});

describe('coding with a U-Net', () => {
  let id: string;
  beforeAll(async () => {
    vi.stubEnv('DDPM_CODEC_MODELS', folder);
    const { data, info } = await importModel(fixtureFolder('published'), { name: 'unet' });
    const bare = await registerModel(data, info);
    await expect(encode(picture(), { model: 'unet' })).rejects.toMatchObject({
      code: 'ERR_DDPM_MODEL_CORRUPT',
      message: expect.stringContaining('ddpm-codec calibrate MODEL IMAGES'),
    });
    const steps: number[] = [];
    const onProgress = ({ step }: { step: number }): void => void steps.push(step);
    const measured = await calibrateModel('unet', CIFAR, { levels: 8, onProgress });
    expect(measured.info).toMatchObject({ images: 12, blocks: 192, levels: 8 });
    expect([...new Set(steps)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(steps.filter((step) => step === 8)).toHaveLength(1);
    id = measured.info.id;
    expect(id).not.toBe(info.id);
    const path = await registerModel(measured.data, { name: 'unet', id });
    expect(readdirSync(folder)).toEqual([`unet-${id}.safetensors`]);
    expect(path).not.toBe(bare);
  });

  test('the stream names the model, is flat, and decodes with that model', async () => {
    const image = picture();
    const { data, info } = await encode(image, { model: 'unet', beamWidth: 64, endSigma: 0.05, reportPsnr: true });
    expect(info.model).toBe(id);
    const header = inspect(data);
    expect(header).toMatchObject({ width: 27, height: 21, model: id, truncated: false });
    expect(header.layers.every(({ level }) => level === 0)).toBe(true);
    const decoded = await decode(data);
    expect(decoded.info.model).toBe(id);
    expect(distortion(decoded.data, image.data)).toMatchObject({ rmse: info.rmse, psnr: info.psnr });
    // The noise of the last layer is 6.4 grey levels; this untrained network adds as much again.
    expect(info.rmse).toBeLessThan(10);
    expect(await decode(data, { model: id.slice(0, 8) })).toMatchObject({ data: decoded.data });
  });

  test('has no pyramid for a picture for which the default model uses one', async () => {
    const image = {
      data: new Uint8Array(64 * 72 * 3).map((_, i) => (i * 7) % 251),
      width: 64,
      height: 72,
      channels: 3,
    } as const;
    const { data } = await encode(image, { model: 'unet', beamWidth: 1, endSigma: 2 });
    expect(inspect(data).layers.map(({ level }) => level)).toEqual([0, 0, 0]);
    expect(inspect((await encode(image, { beamWidth: 1, endSigma: 2 })).data).layers[0]?.level).toBe(1);
  });

  test('prefixes decode to the picture of what they hold, also if the model is not given', async () => {
    const { data } = await encode(picture(), { model: 'unet', beamWidth: 64, endSigma: 0.3 });
    const whole = inspect(data);
    const cut = truncate(data, { bytes: (whole.layers[1]?.cumulativeBytes ?? 0) + 3 });
    expect(inspect(cut).layers).toHaveLength(2);
    expect((await decode(cut)).data).toEqual((await decode(data, { bytes: cut.length })).data);
    expect((await decode(cut, { layers: 2 })).data).toEqual((await decode(data, { layers: 2 })).data);
    vi.stubEnv('DDPM_CODEC_MODELS', join(folder, 'none'));
    expect(inspect(cut).layers).toHaveLength(2);
    const unknown = { code: 'ERR_DDPM_MODEL_MISMATCH', message: expect.stringContaining('ddpm-codec models import') };
    await expect(decode(cut)).rejects.toMatchObject(unknown);
    await expect(decode(cut, { model: 'unet' })).rejects.toMatchObject({ code: 'ERR_DDPM_MODEL_MISSING' });
  });

  test('reaches sizes and qualities, and codes losslessly, like any model', async () => {
    const small = CIFAR[0] as RawImage;
    const { data } = await encode(small, { model: 'unet', beamWidth: 16, bytes: 400 });
    expect(data.length).toBeLessThanOrEqual(400);
    expect(data.length).toBeGreaterThanOrEqual(392);
    const exact = await encode(small, { model: 'unet', beamWidth: 16, lossless: true });
    const back = await decode(exact.data);
    expect(back.info.lossless).toBe(true);
    expect(back.data).toEqual(small.data);
  });

  test('wrong options are refused and named', async () => {
    await expect(calibrateModel('unet', [])).rejects.toThrow(/"images" expected at least one image/);
    await expect(calibrateModel('unet', CIFAR, { levels: 1 })).rejects.toThrow(/"levels" expected integer 2..256/);
    await expect(calibrateModel('unet', CIFAR, { level: 1 } as object)).rejects.toThrow(
      /"level" expected no such option/,
    );
    await expect(calibrateModel('nobody', CIFAR)).rejects.toMatchObject({ code: 'ERR_DDPM_MODEL_MISSING' });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(calibrateModel('unet', CIFAR, { signal })).rejects.toThrow('enough');
  });
});
