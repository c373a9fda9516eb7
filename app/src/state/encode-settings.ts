/** What the form for compressing says, and the time it will take. */
import { computed, signal } from '@preact/signals';
import { recall, remember } from './storage.ts';

export const GOALS = ['bytes', 'bpp', 'psnr', 'quality', 'lossless'] as const;
export type Goal = (typeof GOALS)[number];

/** Limits, step and first value of a goal's number. */
export interface GoalRange {
  readonly label: string;
  readonly unit: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

export const RANGES: Readonly<Record<Exclude<Goal, 'lossless'>, GoalRange>> = {
  bytes: { label: 'File size', unit: 'bytes', min: 100, max: 100_000_000, step: 1 },
  bpp: { label: 'Bits per pixel', unit: 'bpp', min: 0.01, max: 24, step: 0.01 },
  psnr: { label: 'PSNR', unit: 'dB', min: 15, max: 50, step: 0.1 },
  quality: { label: 'Quality', unit: 'of 100', min: 0, max: 99, step: 1 },
};

export const goal = signal<Goal>('bpp');
/** Numbers of the goals, as they were typed. */
export const numbers = signal<Readonly<Record<Exclude<Goal, 'lossless'>, number>>>({
  bytes: 20_000,
  bpp: 1,
  psnr: 36,
  quality: 75,
});
export const effort = signal(5);

/** Options of `encode` for the present form. */
export const encodeOptions = computed(() => {
  const { value } = goal;
  const aim = value === 'lossless' ? { lossless: true } : { [value]: numbers.value[value] };
  return { ...aim, effort: effort.value, reportPsnr: true };
});

/** Longest sides, in pixels, that a large picture can be scaled to. */
export const SIDES: readonly number[] = [4096, 2048, 1536, 1024, 768, 512];

/** Seconds for a million pixels on an ordinary machine with effort 5, until this one was measured. */
const FIRST_GUESS = 12;
/** Time with a goal or effort, relative to effort 5 and a goal of bits; a guess until it was measured. */
const GOAL_TIME: Readonly<Record<Goal, number>> = { bytes: 1, bpp: 1, psnr: 1.5, quality: 1, lossless: 2.5 };
const EFFORT_TIME = 1.2;

const measured = signal<Readonly<Record<string, number>>>(readMeasured());

function readMeasured(): Record<string, number> {
  try {
    const kept: unknown = JSON.parse(recall('seconds-per-megapixel') ?? '{}');
    const entries = Object.entries(kept as object).filter(([, value]) => Number.isFinite(value) && value > 0);
    return Object.fromEntries(entries) as Record<string, number>;
  } catch {
    return {};
  }
}

/** Under which the speed of the present form is remembered. */
export function speedKey(): string {
  return `${goal.value} ${effort.value}`;
}

/** Seconds that compressing so many pixels is expected to take, by what earlier pictures took. */
export function expectedSeconds(pixels: number): number {
  const guess = FIRST_GUESS * GOAL_TIME[goal.value] * EFFORT_TIME ** (effort.value - 5);
  return ((measured.value[speedKey()] ?? guess) * pixels) / 1e6;
}

/** Records how long a picture took. @param key - `speedKey` when it began */
export function learnSpeed(key: string, pixels: number, seconds: number): void {
  // Small pictures mostly tell of the start.
  if (pixels < 50_000) return;
  measured.value = { ...measured.value, [key]: (seconds * 1e6) / pixels };
  remember('seconds-per-megapixel', JSON.stringify(measured.value));
}
