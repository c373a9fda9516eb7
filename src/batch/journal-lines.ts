/** The lines of a journal: what each says, and how they are read. */

/** What an output depends on, and where it goes. */
export interface JournalSubject {
  readonly input: string;
  /** Of the input, in bytes. */
  readonly size: number;
  /** Of the input: changes when its content does. */
  readonly version: string;
  /** Hash of command, options and model. */
  readonly options: string;
  readonly output: string;
}

/** How a job ended. */
export interface JournalLine extends JournalSubject {
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly status: 'done' | 'failed';
  readonly command: string;
  /** In bytes; not there if nothing was written. */
  readonly outputSize?: number;
  /** Of a failed job. */
  readonly exitCode?: number;
  /** Of a failed job: true if its input is the reason, so that it would fail again. */
  readonly permanent?: boolean;
  /** Of a failed job: one line. */
  readonly message?: string;
  /** Times that it was tried. */
  readonly attempts: number;
  /** From begin to end. */
  readonly seconds: number;
}

/** Version of the lines' form. */
const VERSION = 1;
/** Every line begins with this. */
const BEGIN = `{"journal":${VERSION},`;
/** Longer lines are no lines of a journal. */
export const MAX_LINE_BYTES: number = 1 << 20;

/** The line's text, with its end. */
export function lineText(line: JournalLine): string {
  return `${JSON.stringify({ journal: VERSION, ...line })}\n`;
}

/**
 * Whether a file is a journal.
 *
 * @param begin - its first bytes, or all of them; a run that was killed may have left a part of the first line alone
 */
export function isJournal(begin: Uint8Array): boolean {
  const [first = ''] = Buffer.from(begin).toString('latin1', 0, BEGIN.length).split('\n');
  return begin.length === 0 || (first !== '' && BEGIN.startsWith(first));
}

/** Number of bytes that {@link isJournal} looks at. */
export const BEGIN_BYTES: number = BEGIN.length;

/** What a line says; undefined if it is torn or damaged. */
export function parseLine(text: string): JournalLine | undefined {
  if (!text.startsWith(BEGIN)) return undefined;
  let line: Partial<JournalLine>;
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { status, input, size, version, options, output, outputSize, exitCode } = line;
  const isText = [input, version, options, output].every((field) => typeof field === 'string');
  if (!isText || typeof size !== 'number') return undefined;
  const isWhole = status === 'done' ? typeof outputSize === 'number' : status === 'failed' && isExitCode(exitCode);
  return isWhole ? (line as JournalLine) : undefined;
}

function isExitCode(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 253;
}

/**
 * Splits bytes into lines, and keeps no more than one of them.
 *
 * @returns each line without its end, also the last one if nothing ends it; an empty text for one that is too long
 */
export async function* linesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, void> {
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
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      yield close(chunk.subarray(start, end));
      start = end + 1;
    }
    const rest = chunk.subarray(start);
    length += rest.length;
    if (length > MAX_LINE_BYTES) open = [];
    else open.push(Buffer.from(rest));
  }
  if (length > 0) yield close(new Uint8Array(0));
}
