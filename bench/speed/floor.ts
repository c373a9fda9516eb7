/** Determines the floor: the least time that the network's multiplications can take on this machine. */
import { parseSafetensors, type Safetensors } from 'ddpm-codec/model';
import { DEFAULT_MODEL, defaultWeights } from '../default-model.ts';
import { peakSpeed } from './peak.js';
import type { Floor, FloorLevel } from './types.js';

/** Multiplications that Winograd's F(4x4, 3x3) needs by those of a 3x3 filter: 36 for 16 results instead of 144. */
const WINOGRAD = 36 / 144;

/**
 * Level of the U-Net at which a convolution runs; convolutions between two levels count for the coarser one. Undefined
 * if the tensor is not a convolution.
 */
function levelOf(name: string): number | undefined {
  if (name === 'conv_in.weight' || name === 'conv_out.weight') return 0;
  const block = /^(?:enc|dec)\.(\d+)\.\d+\.conv[12]\.weight$/.exec(name);
  if (block) return Number(block[1]);
  const change = /^(?:down|up)\.(\d+)\.weight$/.exec(name);
  return change ? Number(change[1]) + 1 : undefined;
}

/**
 * Multiply-adds of the convolutions per pixel of the picture, by level. A weight is used once at each position of its
 * level. The 2x2 convolutions that go down (stride 2) and up (transposed, stride 2) count for the coarser level.
 */
function multiplyAddsByLevel({ tensors }: Safetensors, widths: readonly number[], patch: number): FloorLevel[] {
  const levels = widths.map((channels, level) => ({ level, channels, direct: 0, least: 0 }));
  for (const [name, { shape }] of tensors) {
    const level = levels[levelOf(name) ?? -1];
    if (!level) continue;
    const weights = shape.reduce((product, side) => product * side, 1);
    const count = weights / (patch * patch * 4 ** level.level);
    level.direct += count;
    level.least += shape[2] === 3 ? count * WINOGRAD : count;
  }
  return levels;
}

/** Counts the shipped model's multiply-adds and measures how fast the processor does them. */
export async function measureFloor(): Promise<Floor> {
  const file = parseSafetensors(defaultWeights(), DEFAULT_MODEL.name);
  const { widths, patch } = JSON.parse(file.metadata.config as string) as { widths: number[]; patch: number };
  const levels = multiplyAddsByLevel(file, widths, patch);
  const sum = (count: (level: FloorLevel) => number): number =>
    levels.reduce((total, level) => total + count(level), 0);
  const peak = await peakSpeed('exact');
  if (peak === null) throw new Error('this Node has no SIMD');
  return {
    levels,
    peak,
    fusedPeak: await peakSpeed('fused'),
    direct: sum(({ direct }) => direct),
    secondsPerMegapixel: sum(({ least }) => least) / 1000 / peak,
  };
}
