/** Entry of the processes that score pictures by networks, which network-scores.ts starts. */
import { DdpmError } from '../../base/errors.ts';
import { type ScoreReply, type ScoreRequest, scoreHere } from './network-scores.ts';

function reply(message: ScoreReply): void {
  process.send?.(message);
}

process.on('message', async (request: ScoreRequest) => {
  try {
    reply({ scores: await scoreHere(request) });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    reply({ error: { message, ...(error instanceof DdpmError && { code: error.code }) } });
  }
});
// The process that asked has ended.
process.on('disconnect', () => process.exit(0));
