import { checkBytes, checkListeners } from '../base/check-options.ts';
import { concatBytes } from '../base/concat-bytes.ts';
import { type ByteSource, untilAborted } from './decoder/arriving-bytes.ts';
import { PrefixCut, type TruncateOptions } from './prefix-cut.ts';

/**
 * Shortens a stream to `bytes` bytes, a number of `layers`, a rate `bpp` or a quality `psnr`. Needs no model and no decoding.
 * The result decodes as the same prefix of the stream does.
 *
 * @param bytes - a `.ddpm` stream or a prefix of one
 * @param options - exactly one of `bytes`, `layers`, `bpp` and `psnr`; `limitInputPixels`, default 268402689
 * @returns a new array. It has all of a stream that has no more than was asked for, but no bytes that follow its end; of a
 *   stream that is damaged before the cut, it ends with the last intact layer
 * @throws TypeError or RangeError for a bad argument; DdpmError `ERR_DDPM_TARGET` if the header alone is longer, or if the
 *   stream has no index of its PSNR or never comes to it, `ERR_DDPM_CORRUPT` if header or chunks are damaged or incomplete,
 *   `ERR_DDPM_LIMIT` if the image has more pixels than `limitInputPixels`
 */
export function truncate(bytes: Uint8Array, options: TruncateOptions): Uint8Array {
  const cut = new PrefixCut(options);
  checkBytes('bytes', bytes);
  return bytes.slice(0, cut.push(bytes) ?? cut.finish());
}

/**
 * Reads the prefix that {@link truncate} gives from a source, and no more of it than that takes: then the source is ended,
 * so that a download stops.
 *
 * @param source - a Node stream, a web stream (the `body` of a response) or another async iterable of `Uint8Array`
 * @param options - those of `truncate`, and `signal`, which ends the reading
 * @throws as `truncate`; TypeError if the source gives no bytes; the signal's reason, or the source's error
 */
export async function readPrefix(
  source: ByteSource,
  options: TruncateOptions & { readonly signal?: AbortSignal },
): Promise<Uint8Array> {
  const { signal = new AbortController().signal, ...aim } = options;
  checkListeners(options);
  const cut = new PrefixCut(aim);
  const parts: Uint8Array[] = [];
  let end: number | undefined;
  for await (const part of untilAborted(source, signal)) {
    parts.push(part);
    end = cut.push(part);
    if (end !== undefined) break;
  }
  return concatBytes(...parts).slice(0, end ?? cut.finish());
}
