/** Interface of what encodes and decodes in a thread, and the coder without further threads. */
import type { ByteSource } from '../../coding/decoder/arriving-bytes.ts';
import type { DecodeOptions } from '../../coding/decoder/decode-options.ts';
import { type Decoded, prepareDecode } from '../../coding/decoder/decoder.ts';
import { decodeArriving, type Frame, type ProgressiveOptions } from '../../coding/decoder/progressive-decoder.ts';
import type { EncodeOptions } from '../../coding/encoder/encode-options.ts';
import { type Encoded, type OpenImage, prepareEncode } from '../../coding/encoder/encoder.ts';
import { NODE, openInlineEngine } from '../node-platform.ts';

/** Encodes and decodes. Inputs are asked for when there is room for them. */
export interface Coder {
  encode(open: OpenImage, options: EncodeOptions): Promise<Encoded>;
  decode(read: () => Promise<Uint8Array>, options: DecodeOptions): Promise<Decoded>;
  decodeProgressive(source: ByteSource, options: ProgressiveOptions): AsyncGenerator<Frame, void, void>;
}

/** Runs in the thread that calls it. */
export const INLINE_CODER: Coder = {
  async encode(open, options) {
    const { run } = await prepareEncode(open, options, NODE);
    return run(openInlineEngine);
  },
  async decode(read, options) {
    const { run } = await prepareDecode(await read(), options, NODE);
    return run(openInlineEngine);
  },
  decodeProgressive: (source, options) =>
    decodeArriving(source, options, { platform: NODE, openEngine: openInlineEngine }),
};
