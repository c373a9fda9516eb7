import type { Frame, ProgressiveOptions } from '../coding/decoder/progressive-decoder.ts';
import { type ThreadOption, withThread } from '../node/threads/plain-codec.ts';

export type { Frame, ProgressiveOptions } from '../coding/decoder/progressive-decoder.ts';

/**
 * Decodes a stream while its bytes arrive; yields a frame after each layer.
 *
 * @param source - chunks of a `.ddpm` stream: a Node stream, a web stream, or any other async iterable of bytes
 * @throws as `decode`; for damage, after the frames of the layers before it. A source that ends early is no error, but
 *   gives fewer frames
 */
export function decodeProgressive(
  source: AsyncIterable<Uint8Array>,
  options: ProgressiveOptions & ThreadOption = {},
): AsyncGenerator<Frame, void, void> {
  const { codec, rest } = withThread(options);
  return codec.decodeProgressive(source, rest);
}
