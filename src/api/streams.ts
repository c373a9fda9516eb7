/** Encoder and decoder as Node streams, for use in pipelines. */
import { Duplex } from 'node:stream';
import { checkBytes } from '../base/check-options.ts';
import type { DecodeOptions } from '../coding/decoder/decode-options.ts';
import type { EncodeOptions } from '../coding/encoder/encode-options.ts';
import type { ImageFormat } from '../image/files/image-format.ts';
import { writeImage } from '../image/files/write-image.ts';
import { decode } from './decode.ts';
import { encode } from './encode.ts';

/**
 * Joins the chunks of a stream.
 *
 * @throws TypeError if one is no bytes, as of a stream with an encoding
 */
async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of source) {
    checkBytes('chunk', part);
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

/**
 * A Node stream that reads the bytes of an image file and writes a `.ddpm` stream. It encodes once all input has
 * arrived, as `sharp()` does.
 *
 * @param options - those of `encode`
 */
export function encodeStream(options: EncodeOptions = {}): Duplex {
  return Duplex.from(async function* (source: AsyncIterable<Uint8Array>) {
    const { data } = await encode(await collect(source), options);
    yield Buffer.from(data);
  });
}

/**
 * A Node stream that reads a `.ddpm` stream and writes the bytes of an image file. It decodes once all input has
 * arrived.
 *
 * @param options - those of `decode`, and `format` of the image file, default `png`
 */
export function decodeStream(options: DecodeOptions & { readonly format?: ImageFormat } = {}): Duplex {
  const { format = 'png', ...rest } = options;
  return Duplex.from(async function* (source: AsyncIterable<Uint8Array>) {
    const { data, info, metadata } = await decode(await collect(source), rest);
    const { width, height, channels } = info;
    yield Buffer.from(await writeImage({ data, width, height, channels, metadata }, format));
  });
}
