/**
 * No file is larger than the raw pixels by more than 2 % and 64 bytes, but for alpha and metadata: what is so unlike anything that layers cannot say it more briefly is stored
 * in a tail. docs/design/gains.md, "Limit of the size".
 */
import { LOWEST_POSITION, nominalEnd } from '../../codec/format/noise-ladder.ts';
import type { EncodeSettings } from './encode-settings.ts';
import { PositionGoal } from './goals/fixed-end-goal.ts';
import type { StreamDraft } from './stream-draft.ts';

/** Most bytes of a file without alpha and metadata. */
export function mostBytes(rawBytes: number): number {
  return Math.floor(1.02 * rawBytes) + 64;
}

/**
 * Settings of the smallest stream of a picture that nothing predicts: one layer of a few bits at full size, and a tail.
 * For pictures without a pyramid (flag `flat`).
 */
export function storedSettings(settings: EncodeSettings): EncodeSettings {
  const end = Math.max(nominalEnd(0, settings.stepEighths, 1), LOWEST_POSITION);
  return { ...settings, goal: new PositionGoal(end, true), lossless: true };
}

/**
 * The most layers of a draft, at least one, that take no more bytes than a limit.
 *
 * @param length - length in bytes of a stream
 */
export function layersWithin(draft: StreamDraft, most: number, length: (draft: StreamDraft) => number): StreamDraft {
  let count = draft.layers.length;
  let kept = draft;
  while (count > 1 && length(kept) > most) kept = draft.prefix(--count);
  return kept;
}
