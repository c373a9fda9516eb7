/** Calls to the codec of a browser, in its worker or inline. */
import type { Size } from '../codec/grid/geometry.ts';
import type { Decoded } from '../coding/decoder/decoder.ts';
import type { Frame } from '../coding/decoder/progressive-decoder.ts';
import type { Encoded } from '../coding/encoder/encoder.ts';
import type { RawImage } from '../image/raw-image.ts';
import type { BackendChoice } from './backend-choice.ts';
import type { ModelSource } from './model-source.ts';

/** The picture's pixels for a canvas. */
export interface Painted {
  /** Interleaved RGBA. */
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

/** Kinds of calls, each with its input and its results. */
export interface BrowserCalls {
  readonly encode: { readonly input: RawImage; readonly result: Encoded };
  readonly decode: { readonly input: Uint8Array; readonly result: Decoded & Painted };
  readonly decodeProgressive: { readonly input: Uint8Array; readonly result: Frame & Painted };
  /** The result's RGBA is of a picture of width x height pixels. */
  readonly placeholder: { readonly input: Uint8Array; readonly result: Painted & Size };
  /** Loads the model; has no input. */
  readonly preload: { readonly input: never; readonly result: { readonly modelId: string } };
}

/** The part of every call's options that says what computes. */
export interface EngineChoice {
  readonly model: ModelSource;
  /** Default `auto`. */
  readonly backend?: BackendChoice;
}
