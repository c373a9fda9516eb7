/** The failure of a job, in the one line that a queue keeps of it. */

/** Why a job failed. */
export interface JobFailure {
  /** As the command line has them. */
  readonly exitCode: number;
  /** One line: what failed, why, what to do. */
  readonly message: string;
}

const FORM = /^exit code (\d{1,3}): (.*)$/s;
const MAX_MESSAGE = 2000;
/** Exit code of failures that this package did not write. */
const UNKNOWN_EXIT_CODE = 1;

/** The line. */
export function formatFailure({ exitCode, message }: JobFailure): string {
  return `exit code ${exitCode}: ${message.replace(/\s+/g, ' ').trim().slice(0, MAX_MESSAGE)}`;
}

/** The failure that a line tells of; any text is one. */
export function parseFailure(line: string | undefined): JobFailure {
  const [, exitCode, message] = FORM.exec(line ?? '') ?? [];
  if (exitCode !== undefined && message !== undefined) return { exitCode: Number(exitCode), message };
  return {
    exitCode: UNKNOWN_EXIT_CODE,
    message: (line || 'no reason was kept').replace(/\s+/g, ' ').slice(0, MAX_MESSAGE),
  };
}

/** The failure of a job whose workers ended again and again without telling why. */
export function killedFailure(times: number): JobFailure {
  const why = `its workers ended ${times} times without finishing it: they were killed, or ran out of memory`;
  return { exitCode: 1, message: `${why}. Give workers more memory or --limit-memory, then: ddpm-codec retry` };
}
