/** Where elements are on the screen, by observers that all elements of the page share. */

/** Who is told. */
export interface ScreenListener {
  /** Whether the element is on the screen. */
  onVisible(isVisible: boolean): void;
  /** Whether it is on the screen, or so near that it may soon be. */
  onNear(isNear: boolean): void;
  /** Its content box in CSS pixels. */
  onResize(width: number, height: number): void;
}

/** How near an element must be to count as near, in parts of the screen's height and width. */
const NEAR_MARGIN = '100%';

/** Observers of a page; made when the first element is watched, as there are none where pages are rendered on a server. */
class ScreenWatch {
  readonly #listeners: WeakMap<Element, ScreenListener> = new WeakMap();
  readonly #visible: IntersectionObserver = this.#crossing('0px', (listener, is) => listener.onVisible(is));
  readonly #near: IntersectionObserver = this.#crossing(NEAR_MARGIN, (listener, is) => listener.onNear(is));
  readonly #sizes: ResizeObserver = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) {
      this.#listeners.get(target)?.onResize(contentRect.width, contentRect.height);
    }
  });

  #crossing(rootMargin: string, tell: (listener: ScreenListener, is: boolean) => void): IntersectionObserver {
    return new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          const listener = this.#listeners.get(target);
          if (listener) tell(listener, isIntersecting);
        }
      },
      { rootMargin },
    );
  }

  watch(element: Element, listener: ScreenListener): void {
    this.#listeners.set(element, listener);
    for (const observer of [this.#visible, this.#near, this.#sizes]) observer.observe(element);
  }

  unwatch(element: Element): void {
    this.#listeners.delete(element);
    for (const observer of [this.#visible, this.#near, this.#sizes]) observer.unobserve(element);
  }
}

let page: ScreenWatch | undefined;

/** Tells a listener of an element's place from now on; the first time soon. */
export function watchOnScreen(element: Element, listener: ScreenListener): void {
  page ??= new ScreenWatch();
  page.watch(element, listener);
}

/** Ends {@link watchOnScreen}. */
export function unwatchOnScreen(element: Element): void {
  page?.unwatch(element);
}
