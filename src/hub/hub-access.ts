/** Which hub is asked, and as whom: what the environment says. */
import { DdpmError } from '../base/errors.ts';
import { shownLocation } from '../storage/location.ts';

/** The hub of Hugging Face. */
const ENDPOINT = 'https://huggingface.co';

/** A hub, and the right to read from it. */
export interface HubAccess {
  /** Its URL, without a slash at the end. */
  readonly endpoint: string;
  /** The header `Authorization`; undefined without a token. Never to be shown. */
  readonly authorization?: string;
}

/**
 * Reads `HF_ENDPOINT` (another hub than huggingface.co) and `HF_TOKEN`, as the programs of Hugging Face do.
 *
 * @throws DdpmError `ERR_DDPM_INPUT` if one of them cannot be what it is meant to be; the message does not have the token
 */
export function hubAccess(env: Readonly<Record<string, string | undefined>>): HubAccess {
  const endpoint = (env.HF_ENDPOINT || ENDPOINT).replace(/\/+$/, '');
  if (!/^https?:\/\/[^/]/i.test(endpoint) || !URL.canParse(endpoint)) {
    const given = shownLocation(endpoint);
    throw new DdpmError('ERR_DDPM_INPUT', `HF_ENDPOINT is ${given}, which is no URL of http: or https:. Correct it`);
  }
  const token = env.HF_TOKEN?.trim();
  if (!token) return { endpoint };
  // A header with other characters is refused by the network client, with the token in its message.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new DdpmError('ERR_DDPM_INPUT', 'HF_TOKEN has characters that no token has. Copy it again');
  }
  return { endpoint, authorization: `Bearer ${token}` };
}
