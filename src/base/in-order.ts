/**
 * Runs tasks, several at a time, and yields their results in the order of the items. What is at work when a task fails or
 * the caller stops runs on, and its result is dropped.
 *
 * @param limit - most tasks at work at a time, >= 1; 1: the next one begins when the caller asks for its result
 * @throws what a task throws
 */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  limit: number,
  run: (item: T) => Promise<R>,
): AsyncGenerator<R, void, void> {
  const running: Promise<R>[] = [];
  for (const item of items) {
    if (running.length === limit) yield await (running.shift() as Promise<R>);
    const result = run(item);
    result.catch(() => {}); // thrown when its turn comes
    running.push(result);
  }
  for (const result of running) yield await result;
}
