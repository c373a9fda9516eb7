/** Frames whose consumer can end them while one is being made. */

/** Why a decoder stops whose consumer wants no more frames. */
const NO_MORE_FRAMES = new Error('no more frames are wanted');

async function* untilStopped<F>(frames: AsyncGenerator<F, void, void>): AsyncGenerator<F, void, void> {
  try {
    yield* frames;
  } catch (error) {
    if (error !== NO_MORE_FRAMES) throw error;
  }
}

/**
 * A generator whose method `return` stops it also while a frame is being made or bytes are awaited.
 *
 * @param make - makes the frames; `stopped` aborts when the consumer wants no more, and its reason may then be thrown
 */
export function stoppable<F>(
  make: (stopped: AbortSignal) => AsyncGenerator<F, void, void>,
): AsyncGenerator<F, void, void> {
  const stop = new AbortController();
  const frames = untilStopped(make(stop.signal));
  const end = frames.return.bind(frames);
  frames.return = (value) => {
    stop.abort(NO_MORE_FRAMES);
    return end(value);
  };
  return frames;
}
