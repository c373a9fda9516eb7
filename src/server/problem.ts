/** What goes wrong, as a response. */
import { DdpmError, type DdpmErrorCode } from '../base/errors.ts';

/** A request that cannot be answered as it was meant to. */
export class Problem extends Error {
  override readonly name = 'Problem';
  /** Status of the response, 4xx or 5xx. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  /** @param message - one line for the client: nothing of the machine in it */
  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** Statuses of failures whose messages speak of nothing but the file and what was asked of it. */
const STATUS_OF_CODE: { readonly [code in DdpmErrorCode]?: number } = {
  ERR_DDPM_CORRUPT: 422,
  ERR_DDPM_LIMIT: 422,
  ERR_DDPM_TARGET: 400,
};

/** Failures of a file whose messages can name paths of the machine. */
const UNKNOWN_MODEL: readonly DdpmErrorCode[] = ['ERR_DDPM_MODEL_MISSING', 'ERR_DDPM_MODEL_MISMATCH'];

/** What a client is told of an error. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof DdpmError) {
    const status = STATUS_OF_CODE[error.code];
    if (status !== undefined) return new Problem(status, error.message);
    if (UNKNOWN_MODEL.includes(error.code)) {
      return new Problem(422, 'the file was made with a model that this server does not have');
    }
  }
  return new Problem(500, 'the server failed to answer; its log says why');
}
