/** What is on the screen: the two sides, the divider between them, zoom, and the difference. */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { RIVALS, type Rival } from '../lab/rival-encoders.ts';
import { current } from './gallery.ts';
import { RIVAL_NAMES, requestRival, rivalStates } from './rival-pictures.ts';
import type { Shot } from './stream.ts';
import { clamped, fitScale, MOST, type Placement, type Size, zoomed } from './viewport.ts';

export const SOURCES = ['ours', 'whole', 'original', ...RIVALS] as const;
export type Source = (typeof SOURCES)[number];
export type SideName = 'left' | 'right';

export const SOURCE_NAMES: Readonly<Record<Source, string>> = {
  ours: 'ddpm',
  whole: 'ddpm, whole file',
  original: 'Original',
  ...RIVAL_NAMES,
};

/** What somebody chose for the sides. */
export const chosen = { left: signal<Source>('ours'), right: signal<Source>('original') };

/** A side of the screen. */
export interface Side {
  readonly source: Source;
  readonly bitmap: ImageBitmap | null;
  readonly bytes: number | null;
  readonly psnr: number | undefined;
  /** More about it, in a few words. */
  readonly note: string;
  readonly busy: boolean;
}

/** Whether a picture is there, or can be made, of the current one. */
export function isAvailable(source: Source): boolean {
  const picture = current.value;
  if (source === 'ours' || source === 'whole') return picture?.stream.value != null;
  if (source === 'original') return picture?.original.value != null;
  return picture?.stream.value != null && picture.original.value != null;
}

/** The source of a side, with another in place of one that is not there. */
function sourceOf(side: SideName): Source {
  const wanted = chosen[side].value;
  if (isAvailable(wanted)) return wanted;
  const others: readonly Source[] = side === 'left' ? ['ours', 'original'] : ['original', 'whole'];
  return others.find(isAvailable) ?? wanted;
}

function isRival(source: Source): source is Rival {
  return (RIVALS as readonly Source[]).includes(source);
}

function noteOf({ lossless, layer, exactRows }: Shot, layersTotal: number): string {
  if (!lossless && exactRows > 0) return `${exactRows} exact rows`;
  return lossless ? 'lossless' : `layer ${layer} of ${layersTotal}`;
}

function sideOf(source: Source): Side {
  const empty = { source, bitmap: null, bytes: null, psnr: undefined, note: '', busy: false };
  const picture = current.value;
  const stream = picture?.stream.value;
  if (source === 'original') {
    const original = picture?.original.value;
    if (!picture || !original) return empty;
    const scaled = original.width < original.fullWidth;
    const note = scaled ? `scaled to ${original.width} × ${original.height}` : '';
    return { ...empty, bitmap: original.bitmap, bytes: scaled ? null : (picture.file?.size ?? null), note };
  }
  if (isRival(source)) {
    const { picture: made, busy, target } = rivalStates[source].value;
    if (!made) return { ...empty, busy: busy || target === 0 };
    const note = made.bytes > target ? 'its smallest file' : `quality ${made.quality}`;
    return { source, bitmap: made.bitmap, bytes: made.bytes, psnr: made.psnr, note, busy };
  }
  if (!stream) return empty;
  const shot = source === 'whole' ? stream.whole : stream.shown.value;
  if (!shot) return { ...empty, busy: true };
  const { bitmap, psnr, bytes } = shot;
  const busy = source === 'ours' && stream.refining.value;
  return { source, bitmap, bytes, psnr, note: noteOf(shot, stream.info.layersTotal), busy };
}

export const sides: Readonly<Record<SideName, ReadonlySignal<Side>>> = {
  left: computed(() => sideOf(sourceOf('left'))),
  right: computed(() => sideOf(sourceOf('right'))),
};

/** Time in milliseconds for which the cut must rest before other formats are made for it. */
const REST_MS = 350;

effect(() => {
  const wanted = [sides.left.value.source, sides.right.value.source].filter(isRival);
  const stream = current.value?.stream.value;
  if (!stream || wanted.length === 0) return undefined;
  const at = stream.position.value;
  if (stream.decoding.value !== null) return undefined;
  const timer = setTimeout(() => {
    for (const rival of wanted) void requestRival(rival, at);
  }, REST_MS);
  return () => clearTimeout(timer);
});

/** Makes all other formats for the present cut. */
export function requestAllRivals(): void {
  const stream = current.peek()?.stream.peek();
  if (!stream) return;
  for (const rival of RIVALS) void requestRival(rival, stream.position.peek());
}

/** Place of the divider, as a share of the part of the picture that is seen, 0..1. */
export const divider = signal(0.5);
export const difference = signal(false);
export const GAINS: readonly number[] = [1, 4, 8, 16];
/** What the difference is multiplied by. */
export const gain = signal(8);

/** Size of the window in CSS pixels. */
export const windowSize = signal<Size>({ width: 1, height: 1 });
/** Device pixels for each of the picture; null: as large as the window takes. */
export const zoom = signal<number | null>(null);
const offset = signal({ x: 0, y: 0 });

export const pictureSize: ReadonlySignal<Size | null> = computed(() => current.value?.size ?? null);

/** Where the picture lies in the window. */
export const placement: ReadonlySignal<Placement> = computed(() => {
  const size = pictureSize.value;
  if (!size) return { x: 0, y: 0, scale: 1 };
  return clamped({ ...offset.value, scale: scaleOf(size) }, size, windowSize.value);
});

function scaleOf(size: Size): number {
  const density = devicePixelRatio;
  return zoom.value === null ? fitScale(size, windowSize.value, density) : zoom.value / density;
}

/** Whether the picture is larger than the window, so that it can be moved in it. */
export const canPan: ReadonlySignal<boolean> = computed(() => {
  const size = pictureSize.value;
  const { scale } = placement.value;
  const { width, height } = windowSize.value;
  return size !== null && (size.width * scale > width + 1 || size.height * scale > height + 1);
});

export function panBy(x: number, y: number): void {
  const now = placement.peek();
  offset.value = { x: now.x + x, y: now.y + y };
}

/** Zooms around a point of the window; default: its middle. @param value - device pixels for each of the picture, or null */
export function zoomTo(value: number | null, at?: { readonly x: number; readonly y: number }): void {
  const size = pictureSize.peek();
  if (!size) return;
  const { width, height } = windowSize.peek();
  const before = placement.peek();
  const least = Math.min(1, fitScale(size, windowSize.peek(), devicePixelRatio) * devicePixelRatio);
  zoom.value = value === null ? null : Math.min(MOST, Math.max(least, value));
  const after = zoomed(before, scaleOf(size), at?.x ?? width / 2, at?.y ?? height / 2);
  offset.value = { x: after.x, y: after.y };
}

export function zoomBy(factor: number, at?: { readonly x: number; readonly y: number }): void {
  zoomTo(placement.peek().scale * devicePixelRatio * factor, at);
}

effect(() => {
  // Another picture begins whole.
  if (current.value) zoom.value = null;
});
