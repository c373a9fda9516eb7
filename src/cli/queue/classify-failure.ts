import type { DdpmErrorCode } from '../../base/errors.ts';
import { withoutSecrets } from '../../base/without-secrets.ts';
import type { ObservedJob } from '../../batch/job-observer.ts';
import type { ClassifiedFailure } from '../../queue/run-worker.ts';
import { shownLocation } from '../../storage/location.ts';
import { isTransient } from '../../storage/transient.ts';
import { errorReport } from '../exit-codes.ts';

/** What another worker may not suffer from: a model that is not here, a thread that died. */
const OF_THIS_WORKER: readonly (DdpmErrorCode | undefined)[] = ['ERR_DDPM_MODEL_MISSING', 'ERR_DDPM_BACKEND'];

/** The failure of a job, and whether another attempt may succeed. */
export function classifyFailure(error: unknown, { command, input }: ObservedJob): ClassifiedFailure {
  const source = shownLocation(input);
  const { exitCode, message } = errorReport(error, `${command} ${source}`, source);
  const code = (error as { readonly code?: DdpmErrorCode } | undefined)?.code;
  return { exitCode, message: withoutSecrets(message), transient: isTransient(error) || OF_THIS_WORKER.includes(code) };
}
