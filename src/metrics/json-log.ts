/** Structured logs: JSON lines, one an event. */

import { withoutSecrets } from '../base/without-secrets.ts';
import type { JobEnd, JobObserver, ObservedJob } from '../batch/job-observer.ts';

/** How much an event matters. */
export type LogLevel = 'info' | 'warn' | 'error';

/** Longest text that a line holds, in UTF-16 units: what a server or a file says may be long. */
const MAX_TEXT = 4000;

const LEVELS: Readonly<Record<JobEnd['outcome'], LogLevel>> = {
  done: 'info',
  skipped: 'info',
  returned: 'warn',
  retried: 'warn',
  failed: 'error',
};

/** Writes events: objects with the fields `time` (ISO 8601, UTC), `level` and `event`, and those of the event. */
export class JsonLog {
  readonly #write: (line: string) => void;
  readonly #isQuiet: boolean;

  /**
   * @param write - takes a line with its end
   * @param isQuiet - whether only errors are written
   */
  constructor(write: (line: string) => void, isQuiet = false) {
    this.#write = write;
    this.#isQuiet = isQuiet;
  }

  /**
   * Writes an event.
   *
   * @param event - which one, e.g. `job.ended`
   * @param fields - further fields; texts lose the secrets of URLs, and what is longer than 4,000 characters is cut
   */
  write(level: LogLevel, event: string, fields: object = {}): void {
    if (this.#isQuiet && level !== 'error') return;
    const line = { time: new Date().toISOString(), level, event, ...fields };
    this.#write(`${JSON.stringify(line, (_, value) => plain(value))}\n`);
  }
}

/** Writes `job.started` and `job.ended` events. Numbers that were not told are left out. */
export function jobLog(log: JsonLog): JobObserver {
  const fields = ({ id, command, input, output }: ObservedJob): object => ({ id, command, input, output });
  return {
    started: (job) => log.write('info', 'job.started', fields(job)),
    ended: (job, end) => log.write(LEVELS[end.outcome], 'job.ended', { ...fields(job), ...end }),
  };
}

/** Texts are cleaned, seconds rounded to microseconds. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return clean(value);
  return typeof value === 'number' ? Math.round(value * 1e6) / 1e6 : value;
}

/** Cuts last: half a URL could not be told from other text. */
function clean(text: string): string {
  const safe = withoutSecrets(text);
  return safe.length > MAX_TEXT ? `${safe.slice(0, MAX_TEXT)}...` : safe;
}
