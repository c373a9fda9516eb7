/** Thumbnails of the open pictures. */
import type { ReadonlySignal } from '@preact/signals';
import { computed, useSignalEffect } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { current, pictures, remove, select } from '../state/gallery.ts';
import type { Picture } from '../state/picture.ts';
import { CloseIcon } from './icons.tsx';

export function Strip() {
  return (
    <ul class="strip" aria-label="Open pictures">
      {pictures.value.map((picture) => (
        <Thumbnail key={picture.key} picture={picture} />
      ))}
    </ul>
  );
}

function Thumbnail({ picture }: { picture: Picture }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const bitmap: ReadonlySignal<ImageBitmap | null> = useMemo(
    () => computed(() => picture.thumbnail.value ?? picture.stream.value?.frames.value.at(-1)?.bitmap ?? null),
    [picture],
  );
  useSignalEffect(() => {
    const target = canvas.current;
    // A picture that was put aside keeps its thumbnail.
    if (!target || !bitmap.value) return;
    const { width, height } = bitmap.value;
    const scale = Math.max(target.width / width, target.height / height);
    const [w, h] = [width * scale, height * scale];
    const context = target.getContext('2d');
    context?.drawImage(bitmap.value, (target.width - w) / 2, (target.height - h) / 2, w, h);
  });
  const job = picture.job.value;
  return (
    <li class="thumbnail">
      <button
        type="button"
        class="thumbnail-button"
        aria-current={current.value === picture ? 'true' : undefined}
        aria-label={`Show ${picture.name}`}
        title={picture.name}
        onClick={() => select(picture)}
      >
        <canvas ref={canvas} width={128} height={96} />
        {job && <progress aria-label="Compressing" max={1} value={job.fraction.value} />}
      </button>
      <button
        type="button"
        class="thumbnail-close"
        aria-label={`Close ${picture.name}`}
        onClick={() => remove(picture)}
      >
        <CloseIcon />
      </button>
    </li>
  );
}
