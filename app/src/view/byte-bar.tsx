/** The slider over the bytes of the file, and what its place gives. */
import { bitsPerPixel, decibels, exactBytes } from '../format.ts';
import { bytesAt, positionOf, STEPS } from '../state/byte-scale.ts';
import { current } from '../state/gallery.ts';
import type { Stream } from '../state/stream.ts';

export function ByteBar() {
  const picture = current.value;
  const stream = picture?.stream.value;
  if (!stream) {
    return <p class="byte-bar byte-bar-empty">Compress the picture to see what each byte of its file is worth.</p>;
  }
  return <ByteSlider stream={stream} />;
}

function ByteSlider({ stream }: { stream: Stream }) {
  const at = stream.position.value;
  const { least, most } = stream;
  const { psnr } = stream;
  const quality = psnr ? `${psnr.isExact ? '' : '≈ '}${decibels(psnr.value, psnr.isExact ? 2 : 1)}` : '';
  const text = [exactBytes(at), bitsPerPixel(stream.bpp(at)), quality].filter(Boolean);
  const onKeyDown = (event: KeyboardEvent): void => {
    const ends = [least, ...stream.frames.value.map(({ bytes }) => bytes), most];
    const to = { PageUp: ends.find((end) => end > at), PageDown: ends.findLast((end) => end < at) }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    stream.moveTo(to);
  };
  return (
    <div
      class="byte-bar"
      aria-busy={stream.decoding.value !== null || (stream.shown.value !== null && !stream.isExact.value)}
    >
      <label class="byte-label" for="byte-slider">
        First bytes of the file
      </label>
      <output class="byte-text" for="byte-slider">
        <strong>{text[0]}</strong>
        {text.slice(1).map((part) => (
          <span key={part}>{part}</span>
        ))}
        <Working stream={stream} />
      </output>
      <input
        id="byte-slider"
        class="byte-slider"
        type="range"
        min={0}
        max={STEPS}
        step={1}
        value={positionOf(at, least, most)}
        aria-valuetext={text.join(', ')}
        style={{ '--share': positionOf(at, least, most) / STEPS }}
        onInput={({ currentTarget }) => stream.moveTo(moved(stream, Number(currentTarget.value)))}
        onKeyDown={onKeyDown}
      />
      <div class="byte-ends" aria-hidden="true">
        <span>{exactBytes(least)}</span>
        <span>{exactBytes(most)}</span>
      </div>
    </div>
  );
}

/** The number of bytes for a new place of the slider: at least one more or less than now, as short prefixes share a place. */
function moved({ position, least, most }: Stream, place: number): number {
  const now = position.value;
  const bytes = bytesAt(place, least, most);
  return bytes === now ? now + Math.sign(place - positionOf(now, least, most)) : bytes;
}

function Working({ stream }: { stream: Stream }) {
  const decoded = stream.decoding.value;
  if (decoded !== null) return <span class="busy">decoding, {Math.round(decoded * 100)} %</span>;
  if (stream.refining.value) return <span class="busy">refining…</span>;
  return null;
}
