import { describe, expect, test } from 'vitest';
import { type DiffusersFiles, importDiffusers } from '../../../src/model/weights/diffusers.ts';
import { ModelFile } from '../../../src/model/weights/model-file.ts';
import { parseSafetensors } from '../../../src/model/weights/safetensors.ts';
import { writeSafetensors } from '../../../src/model/weights/safetensors-writer.ts';
import { FIXTURES, type FixtureName, fixtureFile } from '../unet/fixtures.ts';

const WEIGHTS = 'diffusion_pytorch_model.safetensors';

function filesOf(name: FixtureName): DiffusersFiles {
  return {
    config: fixtureFile(name, 'config.json'),
    scheduler: fixtureFile(name, 'scheduler_config.json'),
    weights: fixtureFile(name, WEIGHTS),
  };
}

/** A fixture with changed fields in one of its JSON files; undefined removes a field. */
function withFields(part: 'config' | 'scheduler', fields: Record<string, unknown>): DiffusersFiles {
  const files = filesOf('published');
  const json = { ...JSON.parse(new TextDecoder().decode(files[part].bytes)), ...fields };
  return { ...files, [part]: { source: `${part}.json`, bytes: new TextEncoder().encode(JSON.stringify(json)) } };
}

/** A fixture with renamed tensors. */
function withTensors(rename: (name: string) => string | undefined): DiffusersFiles {
  const files = filesOf('published');
  const { tensors } = parseSafetensors(files.weights.bytes, 'x');
  const entries = [...tensors].flatMap(([name, tensor]) => {
    const other = rename(name);
    return other === undefined ? [] : ([[other, tensor]] as const);
  });
  const bytes = writeSafetensors({ tensors: new Map(entries), metadata: {} });
  return { ...files, weights: { source: 'weights', bytes } };
}

describe('importDiffusers', () => {
  test.each(FIXTURES)('keeps config, schedule and every value: %s', (name) => {
    const files = filesOf(name);
    const { data, parameters } = importDiffusers(files);
    const model = new ModelFile(data, name);
    const given = JSON.parse(new TextDecoder().decode(files.config.bytes));
    const { unet, scheduler, architecture, origin } = model.config as Record<string, Record<string, unknown>>;
    expect(architecture).toBe('ddpm-unet');
    expect(origin).toEqual({ library: 'diffusers', version: '0.3.0' });
    for (const [field, value] of Object.entries(unet as object)) {
      expect(value, field).toEqual({ add_attention: true, dropout: 0, ...given }[field]);
    }
    expect(scheduler).toMatchObject({ beta_start: 1e-4, beta_end: 0.02, num_train_timesteps: 1000 });
    const stored = parseSafetensors(files.weights.bytes, name).tensors;
    expect(model.tensors.size).toBe(stored.size);
    let values = 0;
    for (const [key, tensor] of stored) {
      const now = key
        .replace('.query.', '.to_q.')
        .replace('.key.', '.to_k.')
        .replace('.value.', '.to_v.')
        .replace('.proj_attn.', '.to_out.0.');
      expect(model.tensors.get(now), now).toEqual(tensor);
      values += tensor.data.length;
    }
    expect(parameters).toBe(values);
  });

  test('takes the defaults of diffusers where a field is missing, and ignores null in unknown ones', () => {
    const { data } = importDiffusers(
      withFields('config', { mid_block_scale_factor: undefined, class_embed_type: null, something_new: null }),
    );
    expect(new ModelFile(data, 'x').readObject('unet').mid_block_scale_factor).toBe(1);
  });

  const block = 'down_block_types';
  const configs: [Record<string, unknown>, RegExp][] = [
    [{ _class_name: 'UNet2DConditionModel' }, /_class_name is "UNet2DConditionModel", supported: "UNet2DModel"/],
    [
      { [block]: ['DownBlock2D', 'SkipDownBlock2D'] },
      /down_block_types\[1\] is "SkipDownBlock2D", supported: "DownBlock2D", "AttnDownBlock2D"/,
    ],
    [{ [block]: ['DownBlock2D'] }, /down_block_types has 1 items, block_out_channels has 2/],
    [{ block_out_channels: 8 }, /block_out_channels is 8, supported: a list of 1..8 items/],
    [{ block_out_channels: [8, 1e9] }, /block_out_channels\[1\] is 1000000000, supported: 1..8192/],
    [{ block_out_channels: [7, 16] }, /block_out_channels\[0\] is 7, supported: an even number from 4/],
    [{ in_channels: 4 }, /in_channels is 4, supported: 3/],
    [{ time_embedding_type: 'fourier' }, /time_embedding_type is "fourier", supported: "positional"/],
    [{ resnet_time_scale_shift: 'scale_shift' }, /resnet_time_scale_shift is "scale_shift", supported: "default"/],
    [{ act_fn: 'gelu' }, /act_fn is "gelu", supported: "silu", "swish"/],
    [{ downsample_padding: 2 }, /downsample_padding is 2, supported: 0, 1/],
    [{ norm_num_groups: 3 }, /norm_num_groups is 3, supported: a divisor of 8/],
    [{ attention_head_dim: 5 }, /attention_head_dim is 5, supported: null or a divisor of 16/],
    [{ sample_size: [16, 32] }, /sample_size is \[16,32\], supported: a square/],
    [{ sample_size: 20 }, /sample_size is 20, supported: a square whose side is a multiple of 8/],
    [{ num_class_embeds: 10 }, /num_class_embeds is 10, supported: null/],
    [{ something_new: 1 }, /something_new is 1, supported: null/],
    [{ norm_eps: 'small' }, /norm_eps is "small"/],
  ];
  test.each(configs)('refuses the config %j', (fields, message) => {
    expect(() => importDiffusers(withFields('config', fields))).toThrow(
      expect.objectContaining({ code: 'ERR_DDPM_MODEL_CORRUPT', message: expect.stringMatching(message) }),
    );
    expect(() => importDiffusers(withFields('config', fields))).toThrow(/^config\.json: [^\n]{1,200}$/);
  });

  test('refuses schedulers that predict something else', () => {
    const files = withFields('scheduler', { prediction_type: 'v_prediction' });
    expect(() => importDiffusers(files)).toThrow(/^scheduler\.json: .*prediction_type is "v_prediction"/);
  });

  test('refuses files that are not JSON objects', () => {
    for (const text of ['', '[1]', '{"a":', '\xff']) {
      const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
      const files = { ...filesOf('published'), config: { source: 'c', bytes } };
      expect(() => importDiffusers(files)).toThrow(/^c: not (JSON in UTF-8|a JSON object)$/);
    }
  });

  test('refuses tensors that are missing, unknown, duplicate, or of another shape', () => {
    const only = (from: string, to: string | undefined) => withTensors((name) => (name === from ? to : name));
    expect(() => importDiffusers(only('conv_in.bias', undefined))).toThrow(/weights: tensor "conv_in.bias" is missing/);
    expect(() => importDiffusers(only('conv_in.bias', 'conv_on.bias'))).toThrow(
      /"conv_on.bias" is no part of the network/,
    );
    expect(() => importDiffusers(only('conv_out.bias', 'mid_block.attentions.0.to_q.bias'))).toThrow(/under two names/);
    const wider = withFields('config', { block_out_channels: [8, 24] });
    expect(() => importDiffusers(wider)).toThrow(/shape is \[16, 8, 3, 3\], expected \[24, 8, 3, 3\]/);
  });
});
