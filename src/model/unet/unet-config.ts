/** Sizes and switches of the paper's U-Net. Names follow the `config.json` of diffusers' `UNet2DModel`. */

/** Value of the config field `architecture` in the model file of a U-Net. */
export const UNET_ARCHITECTURE = 'ddpm-unet';

/** Sizes and switches of a U-Net, for `unetEpsilon`; made by {@link parseUnetConfig}. */
export interface UnetConfig {
  /** Side in pixels of the square images that the model was trained on. */
  readonly sampleSize: number;
  /** Whether the network maps its input x to 2x - 1 first. */
  readonly centerInputSample: boolean;
  /** Time embedding: frequency i of n is 10000^(-i / (n - freqShift)). */
  readonly freqShift: number;
  /** Time embedding: whether cosines come before sines. */
  readonly flipSinToCos: boolean;
  /** Number of channels of each level, finest first. */
  readonly blockOutChannels: readonly number[];
  /** Number of residual blocks of a level on the way down; the way up has one more. */
  readonly layersPerBlock: number;
  /** Whether each level on the way down, finest first, has self-attention after its residual blocks. */
  readonly downAttention: readonly boolean[];
  /** Whether each level on the way up, coarsest first, has self-attention. */
  readonly upAttention: readonly boolean[];
  /** Whether the middle has self-attention. */
  readonly midAttention: boolean;
  /** Divisor of the outputs of the residual and attention blocks in the middle. */
  readonly midBlockScaleFactor: number;
  /**
   * Zero padding of strided convolutions: 0 for one row and column at the bottom and right, 1 for one on every side.
   */
  readonly downsamplePadding: 0 | 1;
  /** Number of channels of an attention head; null for a single head. */
  readonly attentionHeadDim: number | null;
  readonly normNumGroups: number;
  readonly normEps: number;
  /** Share of the activations that are dropped in training, 0..0.99; inference drops none. */
  readonly dropout: number;
}

// Limits on what a config may ask for: far above any published model, small enough for any memory.
const MAX_LEVELS = 8;
const MAX_CHANNELS = 8192;
const MAX_LAYERS = 16;
const MAX_SAMPLE_SIZE = 1024;
const MAX_QUOTED = 80;
/** Side in pixels of the codec's blocks. */
const BLOCK = 8;

/** Makes an error from a message; adds the name of the file. */
export type FailConfig = (message: string) => Error;

const DOWN_BLOCKS = ['DownBlock2D', 'AttnDownBlock2D'];
const UP_BLOCKS = ['UpBlock2D', 'AttnUpBlock2D'];

/** Fields with their only supported values, the default of diffusers first. Null: the field must be absent or null. */
const FIXED_FIELDS: Readonly<Record<string, readonly unknown[]>> = {
  in_channels: [3],
  out_channels: [3],
  time_embedding_type: ['positional'],
  time_embedding_dim: [null],
  mid_block_type: ['UNetMidBlock2D'],
  downsample_type: ['conv'],
  upsample_type: ['conv'],
  act_fn: ['silu', 'swish'],
  attn_norm_num_groups: [null],
  resnet_time_scale_shift: ['default'],
  class_embed_type: [null],
  num_class_embeds: [null],
};

/** Fields that are read below, or that do not concern the network. */
const READ_FIELDS: readonly string[] = [
  'sample_size',
  'center_input_sample',
  'freq_shift',
  'flip_sin_to_cos',
  'block_out_channels',
  'layers_per_block',
  'down_block_types',
  'up_block_types',
  'add_attention',
  'mid_block_scale_factor',
  'downsample_padding',
  'attention_head_dim',
  'norm_num_groups',
  'norm_eps',
  'dropout',
  'num_train_timesteps',
];

/**
 * Reads and checks the config of a U-Net. Missing fields have the defaults of diffusers.
 *
 * @param fields - as in the `config.json` of a `UNet2DModel`; names that begin with `_` are ignored
 * @param fail - makes the error that is thrown for a wrong field; the message names the field, its value and the
 *   supported values
 */
export function parseUnetConfig(fields: Readonly<Record<string, unknown>>, fail: FailConfig): UnetConfig {
  checkFields(fields, fail);
  const reader = new FieldReader(fields, fail);
  const blockOutChannels = reader.list('block_out_channels', (value, field) =>
    reader.integer(field, value, 1, MAX_CHANNELS),
  );
  const levels = blockOutChannels.length;
  checkFirstWidth(blockOutChannels[0] as number, fail);
  const attention = (field: string, types: readonly string[]) =>
    reader.list(field, (value, item) => types.indexOf(reader.choice(item, value, types)) === 1, levels);
  const downAttention = attention('down_block_types', DOWN_BLOCKS);
  const upAttention = attention('up_block_types', UP_BLOCKS);
  const midAttention = reader.choice('add_attention', fields.add_attention ?? true, [false, true]);
  const attended = blockOutChannels.filter(
    (_, i) => downAttention[i] || upAttention[levels - 1 - i] || (midAttention && i === levels - 1),
  );
  return {
    sampleSize: reader.sampleSize(levels),
    centerInputSample: reader.choice('center_input_sample', fields.center_input_sample ?? false, [false, true]),
    freqShift: reader.integer('freq_shift', fields.freq_shift ?? 0, 0, 1),
    flipSinToCos: reader.choice('flip_sin_to_cos', fields.flip_sin_to_cos ?? true, [false, true]),
    blockOutChannels,
    layersPerBlock: reader.integer('layers_per_block', fields.layers_per_block ?? 2, 1, MAX_LAYERS),
    downAttention,
    upAttention,
    midAttention,
    midBlockScaleFactor: reader.number('mid_block_scale_factor', fields.mid_block_scale_factor ?? 1, 1e-3, 1e3),
    downsamplePadding: reader.choice('downsample_padding', fields.downsample_padding ?? 1, [0, 1]),
    attentionHeadDim: reader.headDim(attended),
    normNumGroups: reader.groups(blockOutChannels),
    normEps: reader.number('norm_eps', fields.norm_eps ?? 1e-5, 1e-12, 1),
    dropout: reader.number('dropout', fields.dropout ?? 0, 0, 0.99),
  };
}

/** Inverse of {@link parseUnetConfig}: the fields to store in a model file. */
export function unetConfigFields(config: UnetConfig): Record<string, unknown> {
  return {
    sample_size: config.sampleSize,
    in_channels: 3,
    out_channels: 3,
    center_input_sample: config.centerInputSample,
    time_embedding_type: 'positional',
    freq_shift: config.freqShift,
    flip_sin_to_cos: config.flipSinToCos,
    block_out_channels: config.blockOutChannels,
    layers_per_block: config.layersPerBlock,
    down_block_types: config.downAttention.map((attention) => DOWN_BLOCKS[attention ? 1 : 0]),
    up_block_types: config.upAttention.map((attention) => UP_BLOCKS[attention ? 1 : 0]),
    add_attention: config.midAttention,
    mid_block_scale_factor: config.midBlockScaleFactor,
    downsample_padding: config.downsamplePadding,
    act_fn: 'silu',
    attention_head_dim: config.attentionHeadDim,
    norm_num_groups: config.normNumGroups,
    norm_eps: config.normEps,
    dropout: config.dropout,
  };
}

/** A config value as text for a message, on one line and at most 80 characters long. */
function quote(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, MAX_QUOTED);
}

function describe(field: string, value: unknown, supported: string, fail: FailConfig): Error {
  return fail(`config field ${field} is ${quote(value)}, supported: ${supported}`);
}

/** The time embedding needs as many sines as cosines, and at least two of each because the frequency shift can be 1. */
function checkFirstWidth(width: number, fail: FailConfig): void {
  if (width % 2 !== 0 || width < 4) throw describe('block_out_channels[0]', width, 'an even number from 4', fail);
}

/** Refuses unsupported values of {@link FIXED_FIELDS}, and unknown fields that are not null. */
function checkFields(fields: Readonly<Record<string, unknown>>, fail: FailConfig): void {
  for (const [field, value] of Object.entries(fields)) {
    if (field.startsWith('_') || READ_FIELDS.includes(field)) continue;
    const supported = Object.hasOwn(FIXED_FIELDS, field) ? (FIXED_FIELDS[field] as readonly unknown[]) : [null];
    if (!supported.includes(value)) throw describe(field, value, supported.map(quote).join(', '), fail);
  }
}

/** Reads fields of the config and checks their values. */
class FieldReader {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #fail: FailConfig;

  constructor(fields: Readonly<Record<string, unknown>>, fail: FailConfig) {
    this.#fields = fields;
    this.#fail = fail;
  }

  integer(field: string, value: unknown, min: number, max: number): number {
    if (!Number.isInteger(value)) throw describe(field, value, `an integer ${min}..${max}`, this.#fail);
    return this.number(field, value, min, max);
  }

  number(field: string, value: unknown, min: number, max: number): number {
    if (typeof value === 'number' && value >= min && value <= max) return value;
    throw describe(field, value, `${min}..${max}`, this.#fail);
  }

  choice<const T>(field: string, value: unknown, supported: readonly T[]): T {
    if (supported.includes(value as T)) return value as T;
    throw describe(field, value, supported.map(quote).join(', '), this.#fail);
  }

  /** @param length - expected number of items, one for each level; undefined allows 1 to {@link MAX_LEVELS} items */
  list<T>(field: string, read: (value: unknown, item: string) => T, length?: number): T[] {
    const list = this.#fields[field];
    const fits = Array.isArray(list) && list.length >= 1 && list.length <= MAX_LEVELS;
    if (!fits) throw describe(field, list, `a list of 1..${MAX_LEVELS} items`, this.#fail);
    if (length !== undefined && list.length !== length) {
      throw this.#fail(`config field ${field} has ${list.length} items, block_out_channels has ${length}`);
    }
    return list.map((value, i) => read(value, `${field}[${i}]`));
  }

  /**
   * Reads the side of the square images. It must give whole pixels at every level and whole 8x8 blocks of the codec.
   */
  sampleSize(levels: number): number {
    const value = this.#fields.sample_size;
    const [side, other] = Array.isArray(value) && value.length === 2 ? value : [value, value];
    const size = this.integer('sample_size', side, 1, MAX_SAMPLE_SIZE);
    const multiple = Math.max(BLOCK, 2 ** (levels - 1));
    if (side !== other || size % multiple !== 0) {
      throw describe('sample_size', value, `a square whose side is a multiple of ${multiple}`, this.#fail);
    }
    return size;
  }

  /**
   * Reads `attention_head_dim`. As in diffusers, the default is 8, and null means a single head.
   *
   * @param widths - numbers of channels of the levels with attention
   */
  headDim(widths: readonly number[]): number | null {
    const value = this.#fields.attention_head_dim;
    if (value === null) return null;
    const channels = value === undefined ? 8 : this.integer('attention_head_dim', value, 1, MAX_CHANNELS);
    const odd = widths.find((width) => width % channels !== 0);
    if (odd !== undefined) throw describe('attention_head_dim', channels, `null or a divisor of ${odd}`, this.#fail);
    return channels;
  }

  /**
   * Reads the number of groups of the norms. It must divide each width; the channels of every norm are a sum of widths.
   */
  groups(widths: readonly number[]): number {
    const groups = this.integer('norm_num_groups', this.#fields.norm_num_groups ?? 32, 1, MAX_CHANNELS);
    for (const width of widths) {
      if (width % groups !== 0) throw describe('norm_num_groups', groups, `a divisor of ${width}`, this.#fail);
    }
    return groups;
  }
}
