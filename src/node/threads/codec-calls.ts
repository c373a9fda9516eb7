/** Calls to a codec's thread in Node. */
import type { Decoded } from '../../coding/decoder/decoder.ts';
import type { Frame } from '../../coding/decoder/progressive-decoder.ts';
import type { Encoded } from '../../coding/encoder/encoder.ts';
import type { ImageContent } from '../open-image.ts';

/** Kinds of calls, each with its input and its results. */
export interface CodecCalls {
  readonly encode: { readonly input: ImageContent; readonly result: Encoded };
  readonly decode: { readonly input: Uint8Array; readonly result: Decoded };
  readonly decodeProgressive: { readonly input: Uint8Array; readonly result: Frame };
}
