/** What is in the shadow tree of an element: placeholder, frames, and what stands in for a picture that cannot be shown. */
import type { Size } from '../codec/grid/geometry.ts';

/**
 * The element has the size of its attributes or of its picture, as an `img` has; rules of the page take precedence. What covers its box
 * has the page's `object-fit` and `object-position`.
 */
const STYLE = `
:host { display: inline-block; position: relative; overflow: clip; max-width: 100%; box-sizing: border-box; }
:host([hidden]) { display: none; }
canvas, .instead {
  position: absolute; inset: 0; width: 100%; height: 100%; object-fit: inherit; object-position: inherit;
}
.instead { overflow: hidden; }
::slotted(img) { display: block; width: 100%; height: 100%; object-fit: inherit; object-position: inherit; }
[hidden] { display: none; }
`;

let shared: CSSStyleSheet | undefined;

/** The style sheet of all elements. */
function sharedStyle(): CSSStyleSheet {
  if (!shared) {
    shared = new CSSStyleSheet();
    shared.replaceSync(STYLE);
  }
  return shared;
}

/** Duration of a change from one frame to the next in milliseconds, unless `--ddpm-image-fade` says another. */
const FADE_MS = 240;

/** An attribute that gives a number of CSS pixels; undefined if it does not. */
export function pixelsOf(attribute: string | null): number | undefined {
  const number = attribute === null ? Number.NaN : Number.parseFloat(attribute);
  return Number.isFinite(number) && number >= 0 ? number : undefined;
}

/** Whether the person wants no movement. */
function wantsStillness(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** A canvas that assistive technology is not told of: the element itself is the picture. */
function newCanvas(): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  return canvas;
}

/** Draws a picture on a canvas, which gets its size. */
function draw(canvas: HTMLCanvasElement, picture: ImageData): void {
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
}

/** The shadow tree of one element. */
export class PictureView {
  readonly #host: HTMLElement;
  readonly #root: ShadowRoot;
  readonly #hints: CSSStyleSheet = new CSSStyleSheet();
  readonly #instead: HTMLElement;
  readonly #alt: HTMLElement;
  /** The canvas that shows the newest picture, and the one below it, which it has replaced. */
  #front: HTMLCanvasElement | undefined;
  #back: HTMLCanvasElement | undefined;

  constructor(host: HTMLElement) {
    this.#host = host;
    this.#root = host.attachShadow({ mode: 'open' });
    this.#root.adoptedStyleSheets = [this.#hints, sharedStyle()];
    this.#instead = document.createElement('div');
    this.#instead.className = 'instead';
    this.#instead.hidden = true;
    // The element itself has the name of the picture: what stands in for it must not say it again.
    this.#instead.setAttribute('aria-hidden', 'true');
    this.#alt = document.createElement('span');
    this.#alt.setAttribute('part', 'alt');
    this.#instead.append(this.#alt, document.createElement('slot'));
    this.#root.append(this.#instead);
  }

  /**
   * Reserves room, as an `img` with these attributes does.
   *
   * @param attributes - in CSS pixels
   * @param natural - size of the picture once it is known
   */
  reserve(attributes: { readonly width?: number; readonly height?: number }, natural: Size | undefined): void {
    const { width, height } = attributes;
    const ratio = width && height ? { width, height } : natural;
    const natively = width === undefined && height === undefined ? natural?.width : undefined;
    const shown = width ?? natively;
    const rules = [
      shown === undefined ? '' : `width: ${shown}px;`,
      height === undefined || width !== undefined ? '' : `height: ${height}px;`,
      ratio ? `aspect-ratio: ${ratio.width} / ${ratio.height};` : height === undefined ? '' : `height: ${height}px;`,
    ];
    this.#hints.replaceSync(`:host { ${rules.join(' ')} }`);
  }

  /** Whether there is a frame. */
  get hasFrame(): boolean {
    return this.#front?.part.contains('picture') ?? false;
  }

  /** Shows a placeholder: in place of nothing. */
  showPlaceholder(picture: ImageData): void {
    if (!this.#front) this.#show(picture, 'placeholder');
  }

  /** Shows a frame. */
  showFrame(picture: ImageData): void {
    this.#show(picture, 'picture');
  }

  #show(picture: ImageData, part: 'placeholder' | 'picture'): void {
    this.#instead.hidden = true;
    const next = this.#back ?? newCanvas();
    for (const running of [...next.getAnimations(), ...(this.#front?.getAnimations() ?? [])]) running.cancel();
    draw(next, picture);
    next.setAttribute('part', part);
    next.hidden = false;
    const below = this.#front;
    this.#back = below;
    this.#front = next;
    this.#root.append(next); // the last one is on top
    if (!below) return;
    const fade = this.#fade(next);
    // What lies below a transparent picture must not be seen any longer.
    const hide = (): void => {
      below.hidden = below !== this.#front;
    };
    if (fade) fade.onfinish = hide;
    else hide();
  }

  /** Lets a canvas appear; undefined if it is there at once. */
  #fade(canvas: HTMLCanvasElement): Animation | undefined {
    if (wantsStillness()) return undefined;
    const given = Number.parseFloat(getComputedStyle(this.#host).getPropertyValue('--ddpm-image-fade'));
    const duration = Number.isFinite(given) ? given : FADE_MS;
    return duration > 0 ? canvas.animate({ opacity: [0, 1] }, { duration, easing: 'ease-out' }) : undefined;
  }

  /** Shows what stands in for the picture, unless there is a frame: the children of the element, or else its text. */
  showInstead(alt: string): void {
    if (this.hasFrame) return;
    this.#front?.remove();
    this.#front = undefined;
    this.#alt.textContent = this.#host.childElementCount > 0 ? '' : alt;
    this.#instead.hidden = false;
  }

  /** Shows nothing. */
  clear(): void {
    this.#front?.remove();
    this.#back?.remove();
    this.#front = undefined;
    this.#back = undefined;
    this.#instead.hidden = true;
  }
}
