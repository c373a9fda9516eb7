/** The lines of a journal: what each says. */

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
