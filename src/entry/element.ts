/**
 * `ddpm-codec/element`: the element `<ddpm-image>`. Importing this module defines it, where there are elements.
 *
 * @module ddpm-codec/element
 */
import { defineDdpmImage } from '../element/ddpm-image.ts';

export { DdpmError, type DdpmErrorCode } from '../base/errors.ts';
export { DdpmImage, type DdpmImageEventMap, defineDdpmImage, type FrameDetail } from '../element/ddpm-image.ts';
export { configure, type ElementSettings } from '../element/element-settings.ts';

// Not again where the page has another copy of this module.
if (globalThis.customElements && !customElements.get('ddpm-image')) defineDdpmImage();

declare global {
  interface HTMLElementTagNameMap {
    'ddpm-image': import('../element/ddpm-image.ts').DdpmImage;
  }
}
