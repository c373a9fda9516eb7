/** Pictures of JPEG, WebP and AVIF files that are as long as the cut of the present one. */
import { effect, type Signal, signal } from '@preact/signals';
import { RIVALS, type Rival } from '../lab/rival-encoders.ts';
import type { RivalPicture } from '../lab/rival-worker.ts';
import { lab, rivals } from '../lab/workers.ts';
import { current } from './gallery.ts';
import { showError } from './messages.ts';

/** A format beside ours. */
export interface RivalState {
  /** Length in bytes that was asked for; 0 before the first request. */
  readonly target: number;
  readonly busy: boolean;
  readonly picture: RivalPicture | null;
}

const NOTHING: RivalState = { target: 0, busy: false, picture: null };

export const RIVAL_NAMES: Readonly<Record<Rival, string>> = { jpeg: 'JPEG', webp: 'WebP', avif: 'AVIF' };

export const rivalStates: Readonly<Record<Rival, Signal<RivalState>>> = {
  jpeg: signal(NOTHING),
  webp: signal(NOTHING),
  avif: signal(NOTHING),
};

/** The original that the worker has, or gets. */
let loaded: { readonly bitmap: ImageBitmap; readonly done: Promise<void> } | null = null;
let lastRequest = 0;

/** Asks for a format's file of so many bytes, unless it is there or on the way. */
export async function requestRival(rival: Rival, target: number): Promise<void> {
  const picture = current.peek();
  const original = picture?.original.peek();
  if (!picture || !original) return;
  if (loaded?.bitmap !== original.bitmap) loaded = { bitmap: original.bitmap, done: load(picture.key) };
  const { done } = loaded;
  const state = rivalStates[rival];
  if (state.peek().target === target) return;
  state.value = { ...state.peek(), target, busy: true };
  const request = ++lastRequest;
  try {
    await done;
    const made = await rivals().make(rival, target, request);
    if (!made) return;
    if (state.peek().target !== target || loaded?.bitmap !== original.bitmap) {
      made.bitmap.close();
      return;
    }
    const before = state.peek().picture;
    state.value = { target, busy: false, picture: made };
    before?.bitmap.close();
  } catch (error) {
    state.value = { target, busy: false, picture: null };
    showError(`${RIVAL_NAMES[rival]} could not be made for comparison.`, error);
  }
}

/** Gives an original to the worker. */
async function load(key: number): Promise<void> {
  await rivals().setOriginal(await lab().pixels(key));
}

/** Forgets the pictures, which are of another original. */
function clear(): void {
  for (const rival of RIVALS) {
    const before = rivalStates[rival].peek().picture;
    rivalStates[rival].value = NOTHING;
    before?.bitmap.close();
  }
}

/** The original on the screen. */
let shown: ImageBitmap | undefined;

effect(() => {
  const original = current.value?.original.value?.bitmap;
  if (original !== shown) clear();
  shown = original;
});
