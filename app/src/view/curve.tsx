/** The curve of PSNR over the bytes of the file, with the place of the slider on it, and other formats at their sizes. */
import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { decibels, exactBytes, shortBytes } from '../format.ts';
import { RIVALS } from '../lab/rival-encoders.ts';
import { current } from '../state/gallery.ts';
import { RIVAL_NAMES, rivalStates } from '../state/rival-pictures.ts';
import type { Stream } from '../state/stream.ts';
import { isDark } from '../state/theme.ts';
import { requestAllRivals } from '../state/view.ts';
import { Panel } from './panel.tsx';

type Point = readonly [bytes: number, psnr: number];

/** Points that can be drawn, of pictures whose PSNR is known and not infinite. */
function points(shots: readonly ({ bytes: number; psnr?: number | undefined } | null)[]): Point[] {
  return shots.flatMap((shot) => (shot && Number.isFinite(shot.psnr) ? [[shot.bytes, shot.psnr as number]] : []));
}

/** The place of the slider on the curve. */
function placeOf({ position, psnr }: Stream): { bytes: number; psnr: number | undefined } {
  return { bytes: position.value, psnr: psnr?.value };
}

/** All series: ours, the other formats, and the place of the slider on top. */
function seriesOf(stream: Stream): Point[][] {
  return [
    points(stream.frames.value),
    ...RIVALS.map((rival) => points([rivalStates[rival].value.picture])),
    points([placeOf(stream)]),
  ];
}

/** The table of uPlot: all places in order, with the values of each series or nothing. */
function tableOf(series: Point[][]): uPlot.AlignedData {
  const places = [...new Set(series.flat().map(([bytes]) => bytes))].sort((a, b) => a - b);
  const columns = series.map((list) => {
    const values = new Map(list);
    return places.map((place) => values.get(place) ?? null);
  });
  return [places, ...columns];
}

const HEIGHT = 176;
/** Sizes that are written below the curve. */
const MARKS = [10, 100, 1000, 10_000, 100_000, 1e6, 1e7, 1e8];

function marksBetween(_plot: uPlot, _axis: number, low: number, high: number): number[] {
  return MARKS.filter((mark) => mark >= low && mark <= high);
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function optionsOf(width: number, { least, most }: Stream, onPick: (bytes: number) => void): uPlot.Options {
  const mark = (name: string, size: number): uPlot.Series => ({
    stroke: colour(name),
    fill: colour(name),
    paths: () => null,
    points: { show: true, size, fill: colour(name), stroke: colour('--surface'), width: 1.5 },
  });
  const axis: uPlot.Axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '12px system-ui, sans-serif',
  };
  return {
    width,
    height: HEIGHT,
    padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: { x: true, y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: false, distr: 3, log: 10, range: (_, low, high) => [Math.min(low, least), Math.max(high, most)] },
      y: { range: (_, low, high) => [low - 1, high + 1.5] },
    },
    axes: [
      {
        ...axis,
        size: 26,
        splits: marksBetween,
        filter: (_, splits) => splits,
        values: (_, splits) => splits.map(shortBytes),
      },
      { ...axis, size: 34, values: (_, splits) => splits.map((value) => `${value}`) },
    ],
    series: [
      {},
      {
        stroke: colour('--accent'),
        width: 2,
        spanGaps: true,
        points: { show: true, size: 4, fill: colour('--accent') },
      },
      mark('--jpeg', 10),
      mark('--webp', 10),
      mark('--avif', 10),
      // A ring, which hides no mark under it.
      {
        stroke: colour('--accent'),
        paths: () => null,
        points: { show: true, size: 15, width: 2.5, fill: 'transparent' },
      },
    ],
    hooks: {
      ready: [(plot) => plot.over.addEventListener('click', () => onPick(plot.posToVal(plot.cursor.left ?? 0, 'x')))],
    },
  };
}

export function Curve() {
  const stream = current.value?.stream.value;
  return (
    <Panel title="Quality over bytes">
      {stream ? <StreamCurve key={stream.bytes} stream={stream} /> : <p class="hint">There is no .ddpm file yet.</p>}
    </Panel>
  );
}

function StreamCurve({ stream }: { stream: Stream }) {
  const holder = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const dark = isDark();
  useEffect(() => {
    const element = holder.current;
    if (!element) return undefined;
    const options = optionsOf(element.clientWidth, stream, (bytes) => stream.moveTo(bytes));
    const made = new uPlot(options, tableOf(seriesOf(stream)), element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [stream, dark]);
  useSignalEffect(() => plot.current?.setData(tableOf(seriesOf(stream))));
  const hasOriginal = current.value?.original.value != null;
  return (
    <>
      <div ref={holder} class="curve" role="img" aria-label={descriptionOf(stream)} />
      <ul class="legend">
        <li class="key key-ours">
          ddpm<span class="key-value"> {stream.psnr && decibels(stream.psnr.value, 1)}</span>
        </li>
        {RIVALS.map((rival) => (
          <li key={rival} class={`key key-${rival}`}>
            {RIVAL_NAMES[rival]}
            {rivalStates[rival].value.picture && (
              <span class="key-value"> {decibels(rivalStates[rival].value.picture?.psnr ?? 0, 1)}</span>
            )}
            {rivalStates[rival].value.busy && <span class="busy"> …</span>}
          </li>
        ))}
      </ul>
      {hasOriginal && (
        <button type="button" class="button" onClick={requestAllRivals}>
          Compare formats at {shortBytes(stream.position.value)}
        </button>
      )}
    </>
  );
}

/** What the curve shows, in words; the table of layers has all its points. */
function descriptionOf(stream: Stream): string {
  const ours = points(stream.frames.value);
  const [first, last] = [ours[0], ours.at(-1)];
  if (!first || !last) return 'PSNR over bytes: no values yet';
  const rivals = RIVALS.flatMap((rival) => {
    const { picture } = rivalStates[rival].value;
    return picture ? [`${RIVAL_NAMES[rival]} ${decibels(picture.psnr)} at ${exactBytes(picture.bytes)}`] : [];
  });
  const curve = `PSNR over bytes, from ${decibels(first[1])} at ${exactBytes(first[0])} to ${decibels(last[1])} at ${exactBytes(last[0])}`;
  return [curve, ...rivals].join('; ');
}
