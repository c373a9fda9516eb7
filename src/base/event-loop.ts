/**
 * Resolves after the event loop has handled waiting events: signals, progress bars, drawing. Browsers have no
 * setImmediate; there a message arrives sooner than any timer.
 */
export function yieldToEventLoop(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => unknown };
  if (setImmediate) return new Promise((resolve) => void setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

/** Longest time in milliseconds that work which can be cut holds the event loop. */
const SLICE_MS = 20;

/** Runs a generator to its end, and yields its latest value after each slice of time. */
export function* slicesOf<T, R>(generator: Generator<T, R, void>): Generator<T, R, void> {
  let start = performance.now();
  for (;;) {
    const { done, value } = generator.next();
    if (done) return value;
    if (performance.now() - start < SLICE_MS) continue;
    yield value;
    start = performance.now();
  }
}

/**
 * Runs a generator to its end, in slices of time.
 *
 * @param turn - called with the generator's latest value after each slice; must give the event loop a turn
 * @returns the generator's result
 */
export async function drainInSlices<T, R>(
  generator: Generator<T, R, void>,
  turn: (value: T) => Promise<void>,
): Promise<R> {
  const slices = slicesOf(generator);
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
    await turn(value);
  }
}
