/** Scores of pictures by networks, in this process or in one of their own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DdpmError, type DdpmErrorCode } from '../../base/errors.ts';
import { cachedPromise } from '../../base/promise-cache.ts';
import type { RawImage } from '../../image/raw-image.ts';
import type { LearnedDistance } from '../../quality/learned-distance.ts';
import { NETWORK_MEASURES, type NetworkFiles, type NetworkScores, NO_SCORES, openNetwork } from './network-files.ts';

/** What is to be compared by which networks. Can be sent to another process. */
export interface ScoreRequest {
  readonly files: NetworkFiles;
  readonly original: RawImage;
  readonly picture: RawImage;
}

/** Answer of the process. */
export type ScoreReply =
  | { readonly scores: NetworkScores }
  | { readonly error: { readonly message: string; readonly code?: DdpmErrorCode } };

/** Scores a picture. */
export type Score = (request: ScoreRequest) => Promise<NetworkScores>;

const networks = new Map<string, Promise<LearnedDistance>>();

/**
 * Scores in this process, which keeps the networks.
 *
 * @throws DdpmError if a network cannot be read, opened or run
 */
export async function scoreHere({ files, original, picture }: ScoreRequest): Promise<NetworkScores> {
  const scores: Record<keyof NetworkScores, number | null> = { ...NO_SCORES };
  for (const measure of NETWORK_MEASURES) {
    const path = files[measure];
    if (path === undefined) continue;
    const network = await cachedPromise(networks, `${measure} ${path}`, () => openNetwork(measure, path));
    scores[measure] = await network.compare(original, picture);
  }
  return scores;
}

let child: ChildProcess | undefined;

/**
 * Scores in a process of its own, one picture at a time, so that the memory of networks is not that of the codec which this process
 * measures. Without networks, no process is started.
 *
 * @throws as {@link scoreHere}
 */
export async function scoreElsewhere({ files, original, picture }: ScoreRequest): Promise<NetworkScores> {
  if (NETWORK_MEASURES.every((measure) => files[measure] === undefined)) return NO_SCORES;
  if (!child?.connected) {
    const script = fileURLToPath(new URL('./score-process.js', import.meta.url));
    child = fork(script, [], {
      serialization: 'advanced',
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
  }
  const ended = new AbortController();
  const exit = once(child, 'exit', { signal: ended.signal }).then(
    () => undefined,
    () => undefined,
  );
  const answer = once(child, 'message', { signal: ended.signal }).then(
    ([message]) => message as ScoreReply,
    () => undefined,
  );
  child.send({ files, original: samplesOf(original), picture: samplesOf(picture) } satisfies ScoreRequest);
  const reply = await Promise.race([answer, exit]);
  ended.abort();
  if (!reply) throw new Error('the process that runs LPIPS and DISTS ended; it may have run out of memory');
  if ('scores' in reply) return reply.scores;
  const { message, code } = reply.error;
  throw code ? new DdpmError(code, message) : new Error(message);
}

function samplesOf({ data, width, height, channels }: RawImage): RawImage {
  return { data, width, height, channels };
}
