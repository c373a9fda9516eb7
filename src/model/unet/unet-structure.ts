/** The blocks of a U-Net. The network and the list of its parameters are both derived from this structure. */
import type { UnetConfig } from './unet-config.ts';

/** A residual block. */
export interface ResnetShape {
  /** Prefix of the names of its parameters. */
  readonly name: string;
  /** Number of input channels. */
  readonly input: number;
  /** Number of output channels. */
  readonly output: number;
  /** Name of the attention block that follows; null if there is none. */
  readonly attention: string | null;
}

/** A level on the way down: residual blocks, then a strided convolution to the next level. */
export interface DownLevel {
  readonly resnets: readonly ResnetShape[];
  /** Name of the strided convolution, which keeps the number of channels; null at the coarsest level. */
  readonly downsampler: string | null;
  /** Number of channels. */
  readonly width: number;
}

/**
 * A level on the way up. Each residual block takes a stored activation of the way down as additional input channels.
 */
export interface UpLevel {
  readonly resnets: readonly ResnetShape[];
  /**
   * Name of the convolution after nearest-neighbour upsampling, which keeps the number of channels; null at the finest
   * level.
   */
  readonly upsampler: string | null;
  /** Number of channels. */
  readonly width: number;
}

/** The blocks of a U-Net in the order of computation. */
export interface UnetStructure {
  readonly down: readonly DownLevel[];
  readonly middle: readonly ResnetShape[];
  readonly up: readonly UpLevel[];
}

/** Number of features of the time embedding after its first linear layer. */
export function timeFeatures(config: UnetConfig): number {
  return 4 * (config.blockOutChannels[0] as number);
}

/** Derives the blocks of a U-Net from its config. Names are those of diffusers. */
export function unetStructure(config: UnetConfig): UnetStructure {
  const { blockOutChannels: widths, layersPerBlock } = config;
  const last = widths.length - 1;
  const deepest = widths[last] as number;
  // Numbers of channels of the activations that are stored for the way up, in the order in which they are stored.
  const skips = [widths[0] as number];
  const down = widths.map((width, level): DownLevel => {
    const resnets = Array.from({ length: layersPerBlock }, (_, i): ResnetShape => {
      const input = i === 0 ? (widths[Math.max(level - 1, 0)] as number) : width;
      return resnet(`down_blocks.${level}`, i, { input, output: width }, config.downAttention[level] === true);
    });
    skips.push(...resnets.map(() => width), ...(level < last ? [width] : []));
    return { resnets, width, downsampler: level < last ? `down_blocks.${level}.downsamplers.0.conv` : null };
  });
  const middle = [0, 1].map((i) =>
    resnet('mid_block', i, { input: deepest, output: deepest }, i === 0 && config.midAttention),
  );
  const up = widths.map((_, i): UpLevel => {
    const width = widths[last - i] as number;
    const before = widths[Math.min(last - i + 1, last)] as number;
    const resnets = Array.from({ length: layersPerBlock + 1 }, (_, j): ResnetShape => {
      const input = (j === 0 ? before : width) + (skips.pop() as number);
      return resnet(`up_blocks.${i}`, j, { input, output: width }, config.upAttention[i] === true);
    });
    return { resnets, width, upsampler: i < last ? `up_blocks.${i}.upsamplers.0.conv` : null };
  });
  return { down, middle, up };
}

function resnet(block: string, i: number, size: { input: number; output: number }, attention: boolean): ResnetShape {
  return { name: `${block}.resnets.${i}`, ...size, attention: attention ? `${block}.attentions.${i}` : null };
}
