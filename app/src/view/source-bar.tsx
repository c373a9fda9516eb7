/** What is on the two sides, with its size and quality. */
import { decibels, shortBytes } from '../format.ts';
import {
  chosen,
  isAvailable,
  type Side,
  type SideName,
  SOURCE_NAMES,
  SOURCES,
  type Source,
  sides,
} from '../state/view.ts';

export function SourceBar() {
  return (
    <div class="sources">
      <SideChoice name="left" />
      <SideChoice name="right" />
    </div>
  );
}

function SideChoice({ name }: { name: SideName }) {
  const side = sides[name].value;
  return (
    <div class={`source source-${name}`}>
      <select
        aria-label={name === 'left' ? 'Left picture' : 'Right picture'}
        value={side.source}
        onChange={({ currentTarget }) => {
          chosen[name].value = currentTarget.value as Source;
        }}
      >
        {SOURCES.map((source) => (
          <option key={source} value={source} disabled={!isAvailable(source)}>
            {SOURCE_NAMES[source]}
          </option>
        ))}
      </select>
      <p class="caption" data-side={name}>
        <strong>{measuresOf(side)}</strong>
        {side.busy ? <span class="busy">working…</span> : side.note && <span>{side.note}</span>}
      </p>
    </div>
  );
}

/** Size and quality; empty while there is no picture. */
function measuresOf({ bytes, psnr, source, bitmap }: Side): string {
  if (!bitmap) return '';
  const quality = source === 'original' || psnr === undefined ? '' : decibels(psnr);
  return [bytes === null ? '' : shortBytes(bytes), quality].filter(Boolean).join(' · ');
}
