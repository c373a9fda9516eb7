/** Longest line that is read. */
export const MAX_LINE_BYTES: number = 1 << 20;

const NEWLINE = 0x0a;

/**
 * Splits bytes into lines, and keeps no more than one of them.
 *
 * @param end - the byte that ends a line
 * @returns each line without its end, also the last one if nothing ends it; an empty text for one of more than 2^20 bytes
 */
export async function* linesOf(
  source: AsyncIterable<Uint8Array>,
  end: number = NEWLINE,
): AsyncGenerator<string, void, void> {
  let open: Buffer[] = [];
  let length = 0;
  const close = (part: Uint8Array): string => {
    const isTooLong = length + part.length > MAX_LINE_BYTES;
    const text = isTooLong ? '' : Buffer.concat([...open, part]).toString();
    open = [];
    length = 0;
    return text;
  };
  for await (const chunk of source) {
    let start = 0;
    for (let stop = chunk.indexOf(end); stop !== -1; stop = chunk.indexOf(end, start)) {
      yield close(chunk.subarray(start, stop));
      start = stop + 1;
    }
    const rest = chunk.subarray(start);
    length += rest.length;
    if (length > MAX_LINE_BYTES) open = [];
    else open.push(Buffer.from(rest));
  }
  if (length > 0) yield close(new Uint8Array(0));
}
