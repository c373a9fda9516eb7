/** The address of a queue: `redis://user:password@host:port/NAME?db=0&prefix=bull`, `rediss:` for TLS. */

/** Where a queue is. */
export interface QueueAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** Number of the database. */
  readonly db: number;
  /** What the names of all keys begin with. */
  readonly prefix: string;
  readonly name: string;
  /** The address without user and password, for messages. */
  readonly display: string;
}

const DEFAULT_PORT = 6379;
/** BullMQ's own, so that its web views find the queue. */
const DEFAULT_PREFIX = 'bull';
const WORD = /^[\w.-]{1,100}$/;

/**
 * Parses the address of a queue.
 *
 * @throws TypeError `"queue" expected ...` for anything else; its message never contains the password
 */
export function parseQueueAddress(text: string): QueueAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['redis:', 'rediss:'].includes(url.protocol) || url.hostname === '') {
    throw new TypeError('"queue" expected redis://HOST/NAME or rediss://HOST/NAME');
  }
  const name = wordOf('name of the queue', decoded(url.pathname.slice(1)));
  const { db, prefix } = parametersOf(url.searchParams);
  if (url.hash !== '') throw new TypeError('"queue" expected nothing after #; write a # of the password as %23');
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  const username = decoded(url.username);
  const password = decoded(url.password);
  const query = [...(db === 0 ? [] : [`db=${db}`]), ...(prefix === DEFAULT_PREFIX ? [] : [`prefix=${prefix}`])];
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    tls: url.protocol === 'rediss:',
    ...(username !== '' && { username }),
    ...(password !== '' && { password }),
    db,
    prefix,
    name,
    display: `${url.protocol}//${url.hostname}:${port}/${name}${query.length > 0 ? `?${query.join('&')}` : ''}`,
  };
}

function parametersOf(parameters: URLSearchParams): { db: number; prefix: string } {
  const unknown = [...parameters.keys()].find((key) => key !== 'db' && key !== 'prefix');
  if (unknown !== undefined) throw new TypeError('"queue" expected no parameters but db and prefix');
  const db = parameters.get('db') ?? '0';
  if (!/^\d{1,5}$/.test(db)) throw new TypeError('"queue" expected db=N with the number of a database');
  return { db: Number(db), prefix: wordOf('prefix', parameters.get('prefix') ?? DEFAULT_PREFIX) };
}

/** A part of the names of keys: without colons, which separate their parts. */
function wordOf(what: string, text: string): string {
  if (WORD.test(text)) return text;
  throw new TypeError(
    `"queue" expected a ${what} of 1..100 letters, digits, ".", "_" and "-", as in redis://HOST/NAME`,
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TypeError('"queue" expected a URL whose percent signs are written as %25');
  }
}
