/** `<ddpm-image>`: shows a `.ddpm` file as `<img>` shows others, better with every layer that arrives. docs/element.md. */
import type { BrowserFrame } from '../browser/browser-codec.ts';
import type { Size } from '../codec/grid/geometry.ts';
import { beginToLoad, configure, PAGE_DECODER, PAGE_QUEUE } from './element-settings.ts';
import { type PictureBox, PictureLoad } from './picture-load.ts';
import { PictureView, pixelsOf } from './picture-view.ts';
import { unwatchOnScreen, watchOnScreen } from './screen-watch.ts';
import { shownBox } from './shown-size.ts';

/** What the event `frame` tells in its `detail`. */
export interface FrameDetail {
  /** Number of bytes of the file that are in the picture. */
  readonly bytes: number;
  /** Number of complete layers in the picture. */
  readonly layer: number;
  /** Number of layers of the whole file; a picture that is shown small needs only the first of them. */
  readonly layersTotal: number;
  /** Number of rows at the top, of the picture in its full size, that are exact: of a lossless file, while its last bytes arrive. */
  readonly exactRows: number;
  /** Size of the decoded picture in pixels. */
  readonly width: number;
  readonly height: number;
}

/** Events of the element by their names. None of them bubbles. */
export interface DdpmImageEventMap {
  /** A better picture is shown. */
  frame: CustomEvent<FrameDetail>;
  /** The picture is as good as its size on the screen or `max-bytes` asks for. Comes again after it has grown. */
  load: Event;
  /** The picture cannot be loaded, or not to its end; the best frame so far stays. */
  error: CustomEvent<{ readonly error: Error }>;
}

/** How long the size on the screen must be the same before a picture is decoded anew, in milliseconds. */
const RESIZE_MS = 150;

const OBSERVED = ['src', 'alt', 'width', 'height', 'max-bytes', 'loading'] as const;

/** There are no elements where pages are rendered on a server, and the module can be imported there. */
const ElementBase: typeof HTMLElement = globalThis.HTMLElement ?? (class {} as typeof HTMLElement);

/** The bytes of base64 text; undefined if it is none. */
function bytesOf(base64: string | null): Uint8Array | undefined {
  if (!base64) return undefined;
  try {
    return Uint8Array.from(atob(base64.trim()), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Promise of `decode()`. */
interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * A picture of a `.ddpm` file: shows its placeholder, then better frames while the bytes arrive, and fetches no more than
 * its size on the screen takes. Attributes, properties and events: docs/element.md.
 */
export class DdpmImage extends ElementBase {
  /** Names of the attributes that count. */
  static readonly observedAttributes: readonly string[] = OBSERVED;
  /** See the function `configure`. */
  static readonly configure: typeof configure = configure;

  readonly #internals: ElementInternals = this.attachInternals();
  readonly #view: PictureView = new PictureView(this);
  #load: PictureLoad | undefined;
  /** True once a load has been begun or is about to be, until it ends. */
  #isPending = false;
  #isDue = false;
  #error: Error | undefined;
  #natural: Size | undefined;
  #currentBytes = 0;
  #isNear = false;
  #isVisible = false;
  /** Content box in CSS pixels; undefined while it is not known. */
  #area: Size | undefined;
  /** The property `object-fit` when the box was last looked at. */
  #fit = 'fill';
  #resized: ReturnType<typeof setTimeout> | undefined;
  #waiting: Waiting[] = [];

  /** URL of the file, absolute; empty if there is none. */
  get src(): string {
    const src = this.getAttribute('src');
    if (src === null) return '';
    try {
      return new URL(src, this.baseURI).href;
    } catch {
      return src;
    }
  }

  set src(src: string) {
    this.setAttribute('src', src);
  }

  /** What the picture says, for those who do not see it; empty for decoration. */
  get alt(): string {
    return this.getAttribute('alt') ?? '';
  }

  set alt(alt: string) {
    this.setAttribute('alt', alt);
  }

  /** Width in CSS pixels: on the screen, or else the attribute's. Sets the attribute. */
  get width(): number {
    return Math.round(this.#area?.width ?? pixelsOf(this.getAttribute('width')) ?? 0);
  }

  set width(width: number) {
    this.setAttribute('width', String(width));
  }

  /** Height in CSS pixels, as `width`. */
  get height(): number {
    return Math.round(this.#area?.height ?? pixelsOf(this.getAttribute('height')) ?? 0);
  }

  set height(height: number) {
    this.setAttribute('height', String(height));
  }

  /** `lazy`: loads once it is on the screen or near it; `eager` (default): at once. */
  get loading(): 'eager' | 'lazy' {
    return this.getAttribute('loading')?.toLowerCase() === 'lazy' ? 'lazy' : 'eager';
  }

  set loading(loading: 'eager' | 'lazy') {
    this.setAttribute('loading', loading);
  }

  /** Most bytes to fetch; Infinity without the attribute `max-bytes`. */
  get maxBytes(): number {
    const bytes = Number.parseInt(this.getAttribute('max-bytes') ?? '', 10);
    return bytes > 0 ? bytes : Number.POSITIVE_INFINITY;
  }

  set maxBytes(bytes: number) {
    if (bytes === Number.POSITIVE_INFINITY) this.removeAttribute('max-bytes');
    else this.setAttribute('max-bytes', String(bytes));
  }

  /** The bytes of a placeholder in base64; empty if there is none. */
  get placeholder(): string {
    return this.getAttribute('placeholder') ?? '';
  }

  set placeholder(base64: string) {
    this.setAttribute('placeholder', base64);
  }

  /** Whether there is nothing more to wait for: loaded, failed, or without a source. */
  get complete(): boolean {
    return !this.#isPending;
  }

  /** Width of the coded picture in pixels; 0 until it is known. */
  get naturalWidth(): number {
    return this.#natural?.width ?? 0;
  }

  /** Height of the coded picture in pixels; 0 until it is known. */
  get naturalHeight(): number {
    return this.#natural?.height ?? 0;
  }

  /** Number of bytes of the file that are in the picture; 0 before the first frame. */
  get currentBytes(): number {
    return this.#currentBytes;
  }

  /**
   * Waits until the picture is as good as its size asks for.
   *
   * @throws the error of the event `error`; DOMException `EncodingError` if there is no source, or it is replaced
   */
  decode(): Promise<void> {
    if (this.#error) return Promise.reject(this.#error);
    if (this.#isPending) return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
    return this.#load ? Promise.resolve() : Promise.reject(noPicture('there is no source'));
  }

  /** Called by the browser. */
  connectedCallback(): void {
    for (const name of ['src', 'alt', 'width', 'height', 'loading', 'maxBytes', 'placeholder']) this.#upgrade(name);
    this.#describe();
    watchOnScreen(this, {
      onVisible: (isVisible) => {
        this.#isVisible = isVisible;
        if (this.#load) this.#load.isVisible = isVisible;
      },
      onNear: (isNear) => {
        this.#isNear = isNear;
        this.#startOrStop();
      },
      onResize: (width, height) => this.#onResize({ width, height }),
    });
    this.#startOrStop();
  }

  /** Called by the browser. */
  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (this.isConnected) return; // moved
      unwatchOnScreen(this);
      clearTimeout(this.#resized);
      this.#startOrStop();
    });
  }

  /** Called by the browser. */
  attributeChangedCallback(name: (typeof OBSERVED)[number], before: string | null, value: string | null): void {
    if (name === 'alt') this.#describe();
    else if (name === 'width' || name === 'height') this.#reserve();
    else if (name === 'loading') this.#startOrStop();
    else if (name === 'src') this.#renew();
    else if (this.#load && before !== value) {
      this.#isPending = !this.#error;
      this.#load.maxBytes = this.maxBytes;
    }
  }

  /** Sets a property anew that was set before the element was defined. */
  #upgrade(name: string): void {
    if (!Object.hasOwn(this, name)) return;
    const own = this as unknown as Record<string, unknown>;
    const value = own[name];
    delete own[name];
    own[name] = value;
  }

  /** Role and name for assistive technology. */
  #describe(): void {
    const alt = this.getAttribute('alt');
    this.#internals.role = alt === '' ? 'presentation' : 'img';
    this.#internals.ariaLabel = alt || null;
    if (this.#error) this.#view.showInstead(this.alt);
  }

  #reserve(): void {
    const width = pixelsOf(this.getAttribute('width'));
    const height = pixelsOf(this.getAttribute('height'));
    this.#view.reserve(
      { ...(width !== undefined && { width }), ...(height !== undefined && { height }) },
      this.#natural,
    );
  }

  /** Begins with another source, once all attributes are set that are set now. */
  #renew(): void {
    this.#settle((waiting) => waiting.reject(noPicture('the source has been replaced')));
    this.#error = undefined;
    this.#isPending = this.hasAttribute('src');
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#load?.stop();
      this.#load = undefined;
      this.#natural = undefined;
      this.#currentBytes = 0;
      this.#view.clear();
      this.#reserve();
      if (!this.hasAttribute('src')) return;
      this.#load = this.#newLoad();
      this.#load.isVisible = this.#isVisible;
      this.#startOrStop();
    });
  }

  #newLoad(): PictureLoad {
    const task = { url: this.src, maxBytes: this.maxBytes, placeholder: bytesOf(this.getAttribute('placeholder')) };
    const load: PictureLoad = new PictureLoad(task, PAGE_DECODER, PAGE_QUEUE, {
      onSize: (size) => {
        this.#natural = size;
        this.#reserve();
      },
      boxFor: (size) => this.#boxFor(size),
      onPlaceholder: (picture) => this.#view.showPlaceholder(picture),
      onFrame: (frame) => this.#onFrame(frame),
      onLoad: () => this.#end(new Event('load')),
      onError: (error) => {
        this.#error = error;
        this.#view.showInstead(this.alt);
        this.#end(new CustomEvent('error', { detail: { error } }));
      },
    });
    return load;
  }

  #startOrStop(): void {
    if (!this.isConnected || (this.loading === 'lazy' && !this.#isNear)) {
      this.#load?.stop();
    } else if (this.#load) {
      beginToLoad();
      this.#load.start();
    }
  }

  #onResize(area: Size): void {
    const isFirst = !this.#area?.width || !this.#area.height;
    this.#area = area;
    this.#fit = getComputedStyle(this).objectFit;
    clearTimeout(this.#resized);
    if (isFirst) this.#load?.boxChanged();
    else this.#resized = setTimeout(() => this.#load?.boxChanged(), RESIZE_MS);
  }

  /** The box for a picture, in pixels of the screen; undefined while the element has no place on the page. */
  #boxFor(size: Size): PictureBox | undefined {
    const { width = 0, height = 0 } = this.#area ?? {};
    if (width === 0 || height === 0) return undefined;
    const scale = globalThis.devicePixelRatio;
    return shownBox(size, { width: width * scale, height: height * scale }, this.#fit);
  }

  #onFrame(frame: BrowserFrame): void {
    const { bytes, layer, layersTotal, exactRows, width, height } = frame.info;
    this.#currentBytes = bytes;
    this.#view.showFrame(frame.imageData);
    const detail: FrameDetail = { bytes, layer, layersTotal, exactRows, width, height };
    this.dispatchEvent(new CustomEvent('frame', { detail }));
  }

  #end(event: Event): void {
    this.#isPending = false;
    const error = this.#error;
    this.#settle((waiting) => (error ? waiting.reject(error) : waiting.resolve()));
    this.dispatchEvent(event);
  }

  #settle(tell: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) tell(one);
  }
}

function noPicture(why: string): DOMException {
  return new DOMException(`no picture: ${why}`, 'EncodingError');
}

/** Whether the class itself has a name; it cannot have two. */
let isDefined = false;

/**
 * Defines the element under a name. The import of `ddpm-codec/element` does it for `ddpm-image`.
 *
 * @param name - with a hyphen; default `ddpm-image`
 * @returns the class of that name, which is a subclass if `DdpmImage` has another one
 * @throws DOMException `NotSupportedError` if another element has the name
 */
export function defineDdpmImage(name = 'ddpm-image'): typeof DdpmImage {
  const existing = customElements.get(name);
  if (existing === DdpmImage || existing?.prototype instanceof DdpmImage) return existing as typeof DdpmImage;
  const made = isDefined ? class extends DdpmImage {} : DdpmImage;
  customElements.define(name, made);
  isDefined = true;
  return made;
}
