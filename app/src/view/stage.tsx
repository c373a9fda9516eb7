/** The window with the two pictures, the divider between them, zoom and pan. */
import { type ReadonlySignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import {
  canPan,
  difference,
  divider,
  gain,
  panBy,
  pictureSize,
  placement,
  type Side,
  SOURCE_NAMES,
  sides,
  windowSize,
  zoomBy,
  zoomTo,
} from '../state/view.ts';
import { visibleSpan } from '../state/viewport.ts';
import { DividerIcon } from './icons.tsx';
import { startPointers } from './pointers.ts';
import { ViewTools } from './view-tools.tsx';

/** Size of the picture while there is none. */
const NO_PICTURE = { width: 3, height: 2 };

export function Stage() {
  const window = useRef<HTMLDivElement>(null);
  useEffect(() => (window.current ? follow(window.current) : undefined), []);
  const size = pictureSize.value ?? NO_PICTURE;
  const { x, y, scale } = placement.value;
  const [left, right] = visibleSpan(placement.value, size, windowSize.value);
  const cut = left + divider.value * (right - left);
  const style = {
    '--x': `${x}px`,
    '--y': `${y}px`,
    '--width': `${size.width * scale}px`,
    '--height': `${size.height * scale}px`,
    '--cut': `${cut}px`,
    '--gain': gain.value,
    '--aspect': size.width / size.height,
  };
  const isSharp = scale * devicePixelRatio >= 2;
  const names = `${SOURCE_NAMES[sides.left.value.source]} and ${SOURCE_NAMES[sides.right.value.source]}`;
  const classes = [
    'stage',
    isSharp && 'stage-sharp',
    difference.value && 'stage-difference',
    canPan.value && 'stage-pan',
  ];
  return (
    <div class="stage-frame">
      {/* biome-ignore lint/a11y/useSemanticElements: not a set of form fields */}
      <div
        ref={window}
        class={classes.filter(Boolean).join(' ')}
        style={style}
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys zoom and move the picture
        tabIndex={0}
        aria-label={`Pictures: ${names}. Plus and minus zoom, 0 fits, arrow keys move.`}
        onKeyDown={onStageKey}
      >
        <div class="pair">
          <Layer side={sides.left} name="left" />
          <Layer side={sides.right} name="right" />
        </div>
        {hasDivider() && <Divider />}
      </div>
      <ViewTools />
    </div>
  );
}

/** Whether there are two pictures to divide. */
function hasDivider(): boolean {
  return !difference.value && sides.left.value.source !== sides.right.value.source;
}

/** Keeps the size of the window known, and the pointer's ways. */
function follow(window: HTMLDivElement): () => void {
  const observer = new ResizeObserver(() => {
    windowSize.value = { width: window.clientWidth, height: window.clientHeight };
  });
  observer.observe(window);
  const stop = startPointers(window);
  return () => {
    observer.disconnect();
    stop();
  };
}

/** Pixels of the screen that an arrow key moves the picture. */
const KEY_PAN = 60;

function onStageKey(event: KeyboardEvent): void {
  const moves: Record<string, () => void> = {
    '+': () => zoomBy(Math.SQRT2),
    '=': () => zoomBy(Math.SQRT2),
    '-': () => zoomBy(Math.SQRT1_2),
    '0': () => zoomTo(null),
    '1': () => zoomTo(1),
    '2': () => zoomTo(2),
    '4': () => zoomTo(4),
    ArrowLeft: () => panBy(KEY_PAN, 0),
    ArrowRight: () => panBy(-KEY_PAN, 0),
    ArrowUp: () => panBy(0, KEY_PAN),
    ArrowDown: () => panBy(0, -KEY_PAN),
  };
  const move = moves[event.key];
  if (!move || event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.startsWith('Arrow') && !canPan.value) return;
  event.preventDefault();
  move();
}

function Layer({ side, name }: { side: ReadonlySignal<Side>; name: 'left' | 'right' }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useSignalEffect(() => {
    const target = canvas.current;
    const size = pictureSize.value;
    const { bitmap } = side.value;
    if (!target) return;
    const context = target.getContext('2d');
    context?.clearRect(0, 0, target.width, target.height);
    if (!size) return;
    if (target.width !== size.width || target.height !== size.height) {
      target.width = size.width;
      target.height = size.height;
    }
    if (bitmap) context?.drawImage(bitmap, 0, 0, target.width, target.height);
  });
  return (
    <div class={`layer layer-${name}`}>
      <canvas ref={canvas} role="img" aria-label={SOURCE_NAMES[side.value.source]} />
    </div>
  );
}

/** How far a key moves the divider, as a share of the picture. */
const STEP = 0.02;
const PAGE = 0.1;

function Divider() {
  const percent = Math.round(divider.value * 100);
  const onKeyDown = (event: KeyboardEvent): void => {
    const to: Record<string, number> = {
      ArrowLeft: divider.value - STEP,
      ArrowDown: divider.value - STEP,
      ArrowRight: divider.value + STEP,
      ArrowUp: divider.value + STEP,
      PageDown: divider.value - PAGE,
      PageUp: divider.value + PAGE,
      Home: 0,
      End: 1,
    };
    if (to[event.key] === undefined) return;
    event.preventDefault();
    divider.value = Math.min(1, Math.max(0, to[event.key]));
  };
  return (
    <div
      class="divider"
      role="slider"
      tabIndex={0}
      aria-label="Divider between the pictures"
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={`${percent} % of the picture is the left one`}
      onKeyDown={onKeyDown}
    >
      <span class="divider-grip">
        <DividerIcon />
      </span>
    </div>
  );
}
