/** The pictures that bench/speed.ts measures. */
import type { Goal, Group, Variant } from './types.js';

const INLINE: Variant = { threads: 'inline', together: false };
const [ONE, TWO] = [1, 2].map((threads) => ({ threads, together: false })) as [Variant, Variant];
const TOGETHER: readonly Variant[] = [1, 2].map((threads) => ({ threads, together: true }));

const GOAL: Goal = { bpp: 0.5 };
/** The photograph whose variants are measured in most ways. */
export const PHOTOGRAPH = '768x512';
/** A picture that is one window at full size. */
export const ONE_WINDOW = '512x512';
/** The photograph at the fastest effort. */
export const FAST_PHOTOGRAPH = '768x512, effort 1';
/** The picture that takes so long that it is measured only on request. */
export const LARGE = '4000x3000';

/**
 * All groups.
 *
 * @param repeats - number of timed rounds
 */
export function groups(repeats: number): Group[] {
  const group = (width: number, height: number, more: Partial<Group> = {}): Group => ({
    name: `${width}x${height}`,
    width,
    height,
    pictures: 1,
    goal: GOAL,
    variants: [INLINE, ONE, TWO],
    compared: [INLINE, TWO],
    inOtherNodes: false,
    warmUp: true,
    repeats,
    ...more,
  });
  return [
    group(32, 32, { pictures: 64, goal: {}, variants: [INLINE, ONE, TWO, ...TOGETHER] }),
    group(256, 256),
    group(512, 512),
    group(768, 512, { inOtherNodes: true }),
    group(768, 512, { name: FAST_PHOTOGRAPH, goal: { ...GOAL, effort: 1 }, variants: [INLINE, TWO] }),
    group(4000, 3000, { variants: [ONE, TWO], compared: [], warmUp: false, repeats: 1 }),
  ];
}
