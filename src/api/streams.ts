/** Encoder and decoder as Node streams, for use in pipelines. */

import { type Duplex, Transform } from 'node:stream';
import { anySignal } from '../base/any-signal.ts';
import { checkBytes, checkChoice } from '../base/check-options.ts';
import type { DecodeOptions } from '../coding/decoder/decode-options.ts';
import type { EncodeOptions } from '../coding/encoder/encode-options.ts';
import { inspect } from '../coding/inspect.ts';
import { assertHolds, IMAGE_FORMATS, type ImageFormat } from '../image/files/image-format.ts';
import { writeImage } from '../image/files/write-image.ts';
import { fitInside } from '../image/fit-inside.ts';
import type { ThreadOption } from '../node/threads/plain-codec.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';

/**
 * A stream that collects its input and writes what is made of it. The work stops, before its next window or tile, when the
 * stream is destroyed: by a pipeline that fails or is aborted, or by the caller. A chunk that is no bytes, as of a stream
 * with an encoding, is an error of the stream (TypeError).
 *
 * @param work - makes the output; rejects once the signal aborts
 * @param signal - the caller's own signal
 */
function workStream(
  work: (input: Uint8Array, signal: AbortSignal) => Promise<Uint8Array>,
  signal: AbortSignal | undefined,
): Duplex {
  const destroyed = new AbortController();
  const either = anySignal(signal, destroyed.signal);
  const parts: Uint8Array[] = [];
  return new Transform({
    // So that every chunk comes here as it was written.
    writableObjectMode: true,
    transform(part: unknown, _, done) {
      try {
        checkBytes('chunk', part);
        parts.push(part);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    flush(done) {
      const input = new Uint8Array(Buffer.concat(parts));
      work(input, either).then((output) => done(null, Buffer.from(output)), done);
    },
    destroy(error, done) {
      destroyed.abort(error ?? undefined);
      done(error);
    },
  });
}

/**
 * A Node stream that reads the bytes of an image file and writes a `.ddpm` stream. It encodes once all input has
 * arrived, as `sharp()` does, and stops when it is destroyed.
 *
 * @param options - those of `encode`
 */
export function encodeStream(options: EncodeOptions & ThreadOption = {}): Duplex {
  return workStream(async (input, signal) => (await encode(input, { ...options, signal })).data, options.signal);
}

/**
 * A Node stream that reads a `.ddpm` stream and writes the bytes of an image file. It decodes once all input has
 * arrived, and stops when it is destroyed.
 *
 * @param options - those of `decode`, and `format` of the image file, default `png`
 * @throws RangeError for an unknown format; a picture that the format cannot hold is an error of the stream, before it is
 *   decoded
 */
export function decodeStream(options: DecodeOptions & ThreadOption & { readonly format?: ImageFormat } = {}): Duplex {
  const { format: chosen, ...rest } = options;
  const format = checkChoice('format', chosen, IMAGE_FORMATS) ?? 'png';
  const { limitInputPixels } = rest;
  return workStream(async (input, signal) => {
    const full = inspect(input, limitInputPixels === undefined ? {} : { limitInputPixels });
    assertHolds(format, { ...full, ...fitInside(full, rest) }, 'the picture');
    const { data, info, metadata } = await decode(input, { ...rest, signal });
    const { width, height, channels } = info;
    return writeImage({ data, width, height, channels, metadata }, format);
  }, options.signal);
}
