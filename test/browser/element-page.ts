/** In the page of element.test.ts: makes elements, and keeps what they tell. */
import { decode } from '../../src/entry/browser.ts';
import { configure, type DdpmImage, defineDdpmImage } from '../../src/entry/element.ts';

export { configure };

/** An event of an element: its id and the name of the event, with what it tells. */
export interface Told {
  readonly id: string;
  readonly name: string;
  readonly bytes?: number;
  readonly layer?: number;
  readonly layersTotal?: number;
  readonly exactRows?: number;
  readonly width?: number;
  readonly height?: number;
  readonly message?: string;
  readonly code?: string;
}

let told: Told[] = [];

for (const name of ['frame', 'load', 'error']) {
  document.addEventListener(
    name,
    (event) => {
      if (!(event.target instanceof Element) || !event.target.matches('ddpm-image, x-picture')) return;
      const { error, ...detail } = (event as CustomEvent).detail ?? {};
      const failed = error && { message: error.message, code: error.code };
      told.push({ id: event.target.id, name, ...detail, ...failed });
    },
    true,
  );
}

/** Replaces what is in the page. */
export function show(html: string): void {
  told = [];
  document.body.innerHTML = html;
}

/** What the elements have told since {@link show}. */
export function events(): Told[] {
  return told;
}

function element(id: string): DdpmImage {
  return document.getElementById(id) as DdpmImage;
}

/** Waits until an element is complete: `loaded`, or the message of its error. */
export function ended(id: string): Promise<string> {
  return element(id)
    .decode()
    .then(
      () => 'loaded',
      (error: Error) => error.message,
    );
}

/** RGBA of the canvas on top; undefined if there is none. */
function pixels(id: string): { width: number; height: number; part: string; data: number[] } | undefined {
  const canvas = [...(element(id).shadowRoot?.querySelectorAll('canvas') ?? [])].at(-1);
  const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
  if (!canvas || !data) return undefined;
  return { width: canvas.width, height: canvas.height, part: canvas.getAttribute('part') ?? '', data: [...data] };
}

/** What the element shows, without its pixels: they are compared here. */
export interface Shown {
  readonly width: number;
  readonly height: number;
  readonly part: string;
  /** Largest difference to the picture that `decode` gives, in grey levels. */
  readonly difference: number;
}

/** Compares what an element shows with what `decode` makes of a file. */
export async function compare(id: string, url: string, options: object): Promise<Shown | undefined> {
  const shown = pixels(id);
  const bytes = new Uint8Array(await (await fetch(url, { cache: 'no-store' })).arrayBuffer());
  const { imageData } = await decode(bytes, { ...MODEL, ...options });
  if (!shown) return undefined;
  const { data, ...rest } = shown;
  const isSame = imageData.width === shown.width && imageData.height === shown.height;
  const difference = isSame
    ? data.reduce((most, level, i) => Math.max(most, Math.abs(level - imageData.data[i])), 0)
    : Number.POSITIVE_INFINITY;
  return { ...rest, difference };
}

/** What the canvas on top shows. */
export function top(id: string): ReturnType<typeof pixels> {
  return pixels(id);
}

/** Options of {@link compare}'s decoder. */
const MODEL: { model?: Uint8Array } = {};

/** Lets elements and {@link compare} use the model at a URL. */
export async function useModel(url: string): Promise<void> {
  configure({ model: url });
  MODEL.model = new Uint8Array(await (await fetch(url)).arrayBuffer());
}

/** What the element says of itself. */
export function state(id: string): Record<string, unknown> {
  const { src, alt, width, height, loading, maxBytes, complete, naturalWidth, naturalHeight, currentBytes } =
    element(id);
  return { src, alt, width, height, loading, maxBytes, complete, naturalWidth, naturalHeight, currentBytes };
}

/** Sets a property of an element. */
export function set(id: string, name: string, value: unknown): void {
  Object.assign(element(id), { [name]: value });
}

/** Moves an element to the end of the page, or takes it out. */
export function move(id: string, where: 'end' | 'out'): void {
  if (where === 'out') element(id).remove();
  else document.body.append(element(id));
}

/** Number of animations that run in an element. */
export function animations(id: string): number {
  return element(id).shadowRoot?.getAnimations().length ?? 0;
}

/** Names of what {@link defineDdpmImage} makes. */
export function definedAs(name: string): { readonly same: boolean; readonly again: boolean; readonly isOne: boolean } {
  const made = defineDdpmImage(name);
  const Base = defineDdpmImage();
  return { same: made === Base, again: defineDdpmImage(name) === made, isOne: made.prototype instanceof Base };
}
