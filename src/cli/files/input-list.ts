/** The inputs of a command line, which may be more than fit into memory. */
import { randomBytes } from 'node:crypto';
import { createReadStream, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { linesOf } from '../../batch/lines.ts';
import { listInputs, namedEntry } from '../../storage/list-inputs.ts';
import type { Entry } from '../../storage/store.ts';
import { systemReason } from '../../storage/system-reason.ts';
import { type FileOptions, usageError } from '../command-options.ts';
import { CliError } from '../exit-codes.ts';
import { type CliIo, displayName, STANDARD_STREAM } from '../terminal/cli-io.ts';

/** Names of a list that the system is asked about at the same time. */
const ASKED_AT_ONCE = 64;

/**
 * The inputs that names, patterns and a list (`--files-from`) stand for. Each iteration lists them anew; an input may come more than once.
 *
 * @throws CliError with exit code 2 for an empty name, no input, or `-` beside others; 3 if the list cannot be read. Iterations throw
 *   as `listInputs`, and exit code 3 if the list names nothing
 */
export async function openInputs(
  inputs: readonly string[],
  { filesFrom, null: isNull }: Pick<FileOptions, 'filesFrom' | 'null'>,
  io: CliIo,
): Promise<AsyncIterable<Entry>> {
  if (inputs.includes('')) throw usageError('an input expected a path, got an empty one');
  if (inputs.length === 0 && filesFrom === undefined) throw usageError("missing required argument 'inputs'");
  if (isNull && filesFrom === undefined) throw usageError('--null is for --files-from');
  const takesStream = inputs.includes(STANDARD_STREAM);
  if (takesStream && (inputs.length > 1 || filesFrom !== undefined))
    throw usageError('- cannot be one of several inputs');
  if (takesStream) return once({ location: STANDARD_STREAM, size: 0, version: '' });
  const end = isNull ? 0 : 0x0a;
  const open = filesFrom === undefined ? undefined : await openList(filesFrom, io);
  return {
    async *[Symbol.asyncIterator]() {
      if (inputs.length > 0) yield* listInputs(inputs);
      if (open) yield* listedEntries(namesIn(open(), end), displayName(filesFrom as string, 'standard input'));
    },
  };
}

function once(entry: Entry): AsyncIterable<Entry> {
  return {
    async *[Symbol.asyncIterator]() {
      yield entry;
    },
  };
}

/** The function that reads a list from its beginning. Standard input, which can be read once, is kept in a file without a name. */
async function openList(path: string, io: CliIo): Promise<() => AsyncIterable<Uint8Array>> {
  try {
    const fd = path === STANDARD_STREAM ? await spool(io.stdin) : openSync(path, 'r');
    return () => createReadStream('', { fd, start: 0, autoClose: false });
  } catch (error) {
    throw unreadable(displayName(path, 'standard input'), error);
  }
}

/** Copies bytes into a temporary file, whose name is removed at once, so that nothing is left whenever the process ends. */
async function spool(source: AsyncIterable<Uint8Array>): Promise<number> {
  const path = join(tmpdir(), `ddpm-codec-${randomBytes(8).toString('hex')}`);
  const fd = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  for await (const part of source) for (let at = 0; at < part.length; ) at += writeSync(fd, part, at);
  return fd;
}

function unreadable(name: string, error: unknown): CliError {
  return new CliError(3, `cannot read ${name}: ${systemReason(error)}. Check the path and its permissions`, error);
}

/** Names in a list, without empty ones. */
async function* namesIn(source: AsyncIterable<Uint8Array>, end: number): AsyncGenerator<string, void, void> {
  for await (const line of linesOf(source, end)) {
    const name = end === 0 ? line : line.replace(/\r$/, '');
    if (name === STANDARD_STREAM) throw usageError('- cannot be one of several inputs');
    if (name !== '') yield name;
  }
}

async function* listedEntries(names: AsyncIterable<string>, list: string): AsyncGenerator<Entry, void, void> {
  let group: string[] = [];
  let isEmpty = true;
  try {
    for await (const name of names) {
      isEmpty = false;
      group.push(name);
      if (group.length < ASKED_AT_ONCE) continue;
      yield* await Promise.all(group.map(namedEntry));
      group = [];
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw unreadable(list, error);
  }
  yield* await Promise.all(group.map(namedEntry));
  if (isEmpty) throw new CliError(3, `cannot read ${list}: it names no input`);
}
