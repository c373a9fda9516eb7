/** Buttons for zoom and difference. */
import { difference, GAINS, gain, placement, zoom, zoomTo } from '../state/view.ts';

const ZOOMS: readonly (readonly [string, number | null])[] = [
  ['Fit', null],
  ['1:1', 1],
  ['2×', 2],
  ['4×', 4],
];

export function ViewTools() {
  const percent = Math.round(placement.value.scale * devicePixelRatio * 100);
  return (
    <div class="tools" role="toolbar" aria-label="View">
      {/* biome-ignore lint/a11y/useSemanticElements: buttons, not form fields */}
      <div class="segments" role="group" aria-label="Zoom">
        {ZOOMS.map(([label, value]) => (
          <button key={label} type="button" aria-pressed={zoom.value === value} onClick={() => zoomTo(value)}>
            {label}
          </button>
        ))}
      </div>
      <span class="zoom-now">{percent} %</span>
      <button
        type="button"
        class="button button-small"
        aria-pressed={difference.value}
        onClick={() => {
          difference.value = !difference.value;
        }}
      >
        Difference
      </button>
      {difference.value && (
        <select
          aria-label="Difference multiplied by"
          value={gain.value}
          onChange={({ currentTarget }) => {
            gain.value = Number(currentTarget.value);
          }}
        >
          {GAINS.map((value) => (
            <option key={value} value={value}>
              × {value}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}
