/** What is said when something of the hub cannot be had. */
import { DdpmError } from '../base/errors.ts';
import { failureReason } from '../storage/http/http-request.ts';
import { shownLocation } from '../storage/location.ts';
import { HttpStatusError, isTransient } from '../storage/transient.ts';
import type { HubAccess } from './hub-access.ts';
import type { HubReference } from './hub-reference.ts';

/**
 * The error for a failed request: names the repository, the file, and what to do.
 *
 * @param file - path in the repository; undefined if the repository itself was asked for
 * @returns the cause itself if it is an error of this package; else a DdpmError `ERR_DDPM_MODEL_MISSING`
 */
export function hubFailure(
  cause: unknown,
  reference: HubReference,
  { endpoint, authorization }: HubAccess,
  file?: string,
): Error {
  if (cause instanceof DdpmError) return cause;
  const what = file === undefined ? reference.text : `${file} of ${reference.text}`;
  const hub = shownLocation(endpoint);
  const page = `${hub}/${reference.owner}/${reference.name}`;
  const status = cause instanceof HttpStatusError ? cause.status : undefined;
  const fail = (why: string): DdpmError =>
    new DdpmError('ERR_DDPM_MODEL_MISSING', `cannot download ${what}: ${why}`, { cause });
  // The hub answers 401 also for what is not there, so that nobody learns of what is private.
  if (status === 401 || status === 403) {
    const token =
      authorization === undefined
        ? 'set HF_TOKEN to a token that may read it'
        : 'give in HF_TOKEN a token that may read it';
    return fail(
      `${failureReason(cause)}: it is not there, private, or gated. Check the name; accept its terms at ${page}, and ${token}`,
    );
  }
  if (status === 404) return fail(`${failureReason(cause)}. Check name and revision at ${page}`);
  if (!isTransient(cause)) return fail(`${failureReason(cause)}. See ${page}`);
  const remedy = 'Try again later (what has come is kept), or set HF_ENDPOINT to a hub that can be reached';
  return fail(`${hub}: ${failureReason(cause)}. ${remedy}`);
}
