/** Tells failures that may pass from those that will not. */

/** Codes of errors of the system and of Node's network client that may pass. */
const TRANSIENT_CODES: ReadonlySet<string> = new Set(
  (
    'EAGAIN EBUSY ECONNABORTED ECONNREFUSED ECONNRESET EDQUOT EHOSTDOWN EHOSTUNREACH EINTR EIO EMFILE ENETDOWN ' +
    'ENETRESET ENETUNREACH ENFILE ENOBUFS ENOLCK ENOMEM ENOSPC EPIPE EREMOTEIO ESTALE ETIMEDOUT ETXTBSY EAI_AGAIN ' +
    'UND_ERR_BODY_TIMEOUT UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_RES_CONTENT_LENGTH_MISMATCH ' +
    'UND_ERR_SOCKET'
  ).split(' '),
);

/** Names of errors of object storage that may pass, whatever their status. */
const TRANSIENT_NAMES: ReadonlySet<string> = new Set(
  (
    'BandwidthLimitExceeded ConditionalRequestConflict InternalError OperationAborted PriorRequestNotComplete ' +
    'RequestThrottled RequestTimeout ServiceUnavailable SlowDown Throttling ThrottlingException TimeoutError ' +
    'TooManyRequestsException'
  ).split(' '),
);

/** Errors of a chain of causes that are looked at; no honest chain is longer. */
const MAX_CHAIN = 16;

/** What errors of the system, of Node's network client and of object storage may have. */
interface FailureFields {
  readonly code?: unknown;
  readonly name?: unknown;
  /** HTTP status, see {@link HttpStatusError}. */
  readonly status?: unknown;
  /** Of the AWS SDK. */
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly cause?: unknown;
}

/** An answer of a web server that is no success. */
export class HttpStatusError extends Error {
  override readonly name = 'HttpStatusError';
  readonly status: number;

  /** @param status - of HTTP, 100..599 */
  constructor(status: number) {
    super(`the server answered with status ${status}`);
    this.status = status;
  }
}

/**
 * True for what may pass, so that it is worth another try: network failures, HTTP 408, 429 and 5xx (but 501 and 505), a busy object store, a
 * disk or network file system in trouble. False for all else: a file that is not there, no permission, a corrupt input.
 * The errors underneath (`cause`) count as well.
 */
export function isTransient(error: unknown): boolean {
  let next = error;
  for (let i = 0; i < MAX_CHAIN && typeof next === 'object' && next !== null; i++) {
    const fields: FailureFields = next;
    if (mayPass(fields)) return true;
    next = fields.cause;
  }
  return false;
}

function mayPass({ code, name, status, $metadata }: FailureFields): boolean {
  if (typeof code === 'string' && TRANSIENT_CODES.has(code)) return true;
  if (typeof name === 'string' && TRANSIENT_NAMES.has(name)) return true;
  const httpStatus = $metadata?.httpStatusCode ?? status;
  return typeof httpStatus === 'number' && isTransientStatus(httpStatus);
}

/** Whether a server that answered with a status may answer otherwise later. What it does not know (501, 505), it will not. */
export function isTransientStatus(status: number): boolean {
  if (status === 501 || status === 505) return false;
  return status === 408 || status === 429 || (status >= 500 && status <= 599);
}
