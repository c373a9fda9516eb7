/** Loads the client of the hub, which is an optional peer, and makes requests for it that have limits. */
import { missingPeer } from '../base/missing-package.ts';
import { bodyOf, RefusedAnswerError, type RequestLimits, sendRequest } from '../storage/http/http-request.ts';
import { HttpStatusError } from '../storage/transient.ts';
import type { HubAccess } from './hub-access.ts';

/** The functions of the client that are used. */
export type HubLibrary = Pick<typeof import('@huggingface/hub'), 'modelInfo' | 'pathsInfo'>;

const PACKAGE = '@huggingface/hub';
/** Largest answer in bytes about a repository; true ones have a few thousand. */
const MAX_ANSWER_BYTES = 4 * 2 ** 20;

/**
 * Loads the client.
 *
 * @throws DdpmError `ERR_DDPM_DEPENDENCY` if it is missing or does not load
 */
export async function loadHubLibrary(): Promise<HubLibrary> {
  try {
    return await import('@huggingface/hub');
  } catch (cause) {
    throw missingPeer('hf: needs', PACKAGE, cause);
  }
}

/**
 * What the client is to use in place of `fetch`: answers, redirects, silence and repetition have limits, the token goes to
 * the hub alone, and an answer that is no success is thrown as an HttpStatusError, so that nothing of its text is shown.
 */
export function hubFetch({ authorization }: HubAccess, limits: RequestLimits, signal?: AbortSignal): typeof fetch {
  return async (url, { method = 'GET', headers, body } = {}) => {
    const request = {
      method: method as 'GET' | 'POST',
      headers: Object.fromEntries(new Headers(headers)),
      ...(typeof body === 'string' && { body }),
      ...(authorization !== undefined && { authorization }),
    };
    const answer = await sendRequest(String(url), request, limits, signal);
    try {
      const { response } = answer;
      if (!response.ok) throw new HttpStatusError(response.status);
      const parts: Uint8Array[] = [];
      let bytes = 0;
      for await (const part of bodyOf(answer)) {
        bytes += part.length;
        if (bytes > MAX_ANSWER_BYTES)
          throw new RefusedAnswerError(`its answer has more than ${MAX_ANSWER_BYTES} bytes`);
        parts.push(part);
      }
      const text = Buffer.concat(parts).toString();
      assertJson(text);
      return new Response(text, { headers: response.headers });
    } finally {
      answer.watch.end();
    }
  };
}

/** The client's own error would quote the text. */
function assertJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw new RefusedAnswerError('its answer is no JSON');
  }
}
