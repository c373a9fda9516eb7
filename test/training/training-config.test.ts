import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DdpmError } from '../../src/base/errors.ts';
import { linearSchedule } from '../../src/model/schedule/noise-schedule.ts';
import { layOut } from '../../src/model/training/parameter-layout.ts';
import { parseSafetensors } from '../../src/model/weights/safetensors.ts';
import { networkOf } from '../../src/training/config-network.ts';
import { parseTrainingConfig, type UnetTraining } from '../../src/training/training-config.ts';
import { MODEL_PATH } from '../support/model-files.ts';

function load(name: string) {
  const path = `configs/${name}.json`;
  return parseTrainingConfig(readFileSync(path, 'utf8'), path);
}

function unetOf(name: string): UnetTraining {
  return load(name).network as UnetTraining;
}

function parameterCount(name: string): number {
  return layOut(networkOf(load(name)).parameters).total;
}

describe('shipped configs', () => {
  test.each(readdirSync('configs'))('%s is valid', (file) => {
    expect(load(file.replace('.json', '')).steps).toBeGreaterThan(0);
  });

  test("cifar10 is the paper's", () => {
    const config = load('cifar10');
    const { config: unet, schedule, objective } = unetOf('cifar10');
    expect(parameterCount('cifar10')).toBe(35_746_307);
    expect(unet).toMatchObject({ sampleSize: 32, dropout: 0.1, normNumGroups: 32 });
    expect(unet.downAttention).toEqual([false, true, false, false]);
    expect(schedule).toEqual(linearSchedule());
    expect(objective).toMatchObject({ kind: 'simple', variance: 'beta' });
    expect(config).toMatchObject({ batch: 128, ema: 0.9999, steps: 800_000, data: { crop: 32, flips: true } });
    expect(config.optimizer).toMatchObject({ learningRate: 2e-4, warmupSteps: 5000, decay: 'constant', clipNorm: 1 });
  });

  test.each(['celebahq-256', 'lsun-bedroom-256'])("%s is the paper's", (name) => {
    const config = load(name);
    expect(parameterCount(name)).toBe(113_673_219);
    expect(unetOf(name).config).toMatchObject({ sampleSize: 256, dropout: 0 });
    expect(config).toMatchObject({ batch: 64, ema: 0.9999, optimizer: { learningRate: 2e-5 } });
    expect(config.data.flips).toBe(name !== 'lsun-bedroom-256');
  });

  test('photo-net has the sizes of the default model', () => {
    const { tensors } = parseSafetensors(readFileSync(MODEL_PATH), MODEL_PATH);
    const stored = [...tensors]
      .filter(([name]) => !name.startsWith('calibration.'))
      .map(([name, { shape }]) => [name, shape]);
    const own = networkOf(load('photo-net')).parameters.map(({ name, fileShape }) => [name, [...fileShape]]);
    expect(Object.fromEntries(own)).toEqual(Object.fromEntries(stored));
    expect(own).toHaveLength(stored.length);
  });
});

describe('a config', () => {
  const network = { architecture: 'photo-net' };
  const parse = (json: object) => parseTrainingConfig(JSON.stringify(json), 'my.json');

  test.each([
    [{ network, learning: 1 }, 'my.json: unknown key "learning", known: network, objective, data'],
    [{ network, data: { crops: 1 } }, 'my.json: unknown key "data.crops", known: data.name'],
    [{ network, optimizer: { lr: 1 } }, 'my.json: unknown key "optimizer.lr"'],
    [{ network, objective: { kind: 'simple' } }, 'my.json: unknown key "objective.kind"'],
    [{ network: { ...network, depth: 2 } }, 'my.json: unknown key "network.depth"'],
    [{ network, scheduler: {} }, 'my.json: unknown key "scheduler"'],
    [{ network: { architecture: 'gan' } }, 'my.json: "network.architecture" is "gan", expected one of ddpm-unet'],
    [{ network, batch: 0 }, 'my.json: "batch" is 0, expected an integer 1..65536'],
    [{ network, ema: '0.9' }, 'my.json: "ema" is "0.9", expected a number 0..1'],
    [{ network, data: { crop: 24 } }, 'my.json: "data.crop" is 24, expected a multiple of 16'],
    [{ network, every: [] }, 'my.json: every is [], expected an object'],
    [{ network: { block_out_channels: [32], dropouts: 1 } }, 'my.json: network: '],
    [{ network: { ...unet() }, scheduler: { steps: 3 } }, 'my.json: unknown key "scheduler.steps"'],
    [{ network: { ...unet() }, scheduler: { beta_start: 2 } }, 'my.json: scheduler'],
  ])('%j is refused', (json, message) => {
    let error: unknown;
    try {
      parse(json);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(DdpmError);
    expect((error as DdpmError).code).toBe('ERR_DDPM_INPUT');
    expect((error as DdpmError).message).toContain(message);
  });

  test('that is not JSON is refused, and the error names its file', () => {
    expect(() => parseTrainingConfig('{', 'my.json')).toThrow(/^my\.json: not JSON/);
    expect(() => parseTrainingConfig('[]', 'my.json')).toThrow('my.json: the config is [], expected an object');
  });
});

function unet(): Record<string, unknown> {
  const levels = { down_block_types: ['DownBlock2D'], up_block_types: ['UpBlock2D'] };
  return { sample_size: 32, block_out_channels: [32], attention_head_dim: null, ...levels };
}
