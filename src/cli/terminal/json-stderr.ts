/** Standard error with `--log json`: whatever is written becomes an event of the log. */
import { Writable } from 'node:stream';
import type { JsonLog, LogLevel } from '../../metrics/json-log.ts';

/** What lines of the command line begin with, and what they are then. */
const PREFIXES: readonly (readonly [prefix: string, level: LogLevel])[] = [
  ['ddpm-codec: warning: ', 'warn'],
  ['ddpm-codec: ', 'error'],
];

/** A stream that makes each line of text an event `message`. */
export function messageStream(log: JsonLog): Writable {
  let rest = '';
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.trim() !== '') writeMessage(line.trim(), log);
      done();
    },
  });
}

function writeMessage(line: string, log: JsonLog): void {
  const [prefix, level] = PREFIXES.find(([start]) => line.startsWith(start)) ?? ['', 'info'];
  log.write(level, 'message', { message: line.slice(prefix.length) });
}
