/** Mouse, pen and fingers on the stage: the divider, moving the picture, and zoom. */
import { canPan, difference, divider, panBy, pictureSize, placement, windowSize, zoomBy } from '../state/view.ts';
import { visibleSpan } from '../state/viewport.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Zoom for a pixel of the wheel. */
const WHEEL = 0.0022;

/** Listens on the stage; returns how to stop. */
export function startPointers(stage: HTMLElement): () => void {
  const down = new Map<number, Point>();
  /** What the first pointer does until it is lifted. */
  let drag: 'divider' | 'pan' | null = null;

  const placeOf = (event: PointerEvent | WheelEvent): Point => {
    const { left, top } = stage.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };

  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const place = placeOf(event);
    down.set(event.pointerId, place);
    if (down.size > 1) return;
    const onDivider = event.target instanceof Element && event.target.closest('.divider') !== null;
    const moves = onDivider || (!canPan.value && !difference.value);
    drag = moves ? 'divider' : canPan.value ? 'pan' : null;
    // A finger may still want to scroll the page: then the browser cancels the pointer.
    if (drag === 'divider' && (onDivider || event.pointerType !== 'touch')) moveDivider(place);
    stage.setPointerCapture(event.pointerId);
  };

  const onMove = (event: PointerEvent): void => {
    const before = down.get(event.pointerId);
    if (!before) return;
    const place = placeOf(event);
    if (down.size === 1) {
      if (drag === 'divider') moveDivider(place);
      if (drag === 'pan') panBy(place.x - before.x, place.y - before.y);
    } else {
      pinch(event.pointerId, before, place);
    }
    down.set(event.pointerId, place);
  };

  const pinch = (id: number, before: Point, place: Point): void => {
    const other = [...down].find(([key]) => key !== id)?.[1];
    if (!other) return;
    const distance = (point: Point): number => Math.hypot(point.x - other.x, point.y - other.y);
    const middle = { x: (place.x + other.x) / 2, y: (place.y + other.y) / 2 };
    zoomBy(distance(place) / Math.max(1, distance(before)), middle);
    panBy((place.x - before.x) / 2, (place.y - before.y) / 2);
  };

  const onUp = (event: PointerEvent): void => {
    down.delete(event.pointerId);
    if (down.size === 0) drag = null;
  };

  /** Where the page itself scrolls, the wheel zooms only with the control key, which trackpads send for a pinch. */
  const onWheel = (event: WheelEvent): void => {
    const pageScrolls = document.documentElement.scrollHeight > innerHeight + 1;
    if (pageScrolls && !event.ctrlKey) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 30 : event.deltaY;
    zoomBy(Math.exp(-pixels * WHEEL * (event.ctrlKey ? 4 : 1)), placeOf(event));
  };

  stage.addEventListener('pointerdown', onDown);
  stage.addEventListener('pointermove', onMove);
  stage.addEventListener('pointerup', onUp);
  stage.addEventListener('pointercancel', onUp);
  stage.addEventListener('wheel', onWheel, { passive: false });
  return () => {
    stage.removeEventListener('pointerdown', onDown);
    stage.removeEventListener('pointermove', onMove);
    stage.removeEventListener('pointerup', onUp);
    stage.removeEventListener('pointercancel', onUp);
    stage.removeEventListener('wheel', onWheel);
  };
}

function moveDivider({ x }: Point): void {
  const size = pictureSize.value;
  if (!size) return;
  const [left, right] = visibleSpan(placement.value, size, windowSize.value);
  divider.value = Math.min(1, Math.max(0, (x - left) / Math.max(1, right - left)));
}
