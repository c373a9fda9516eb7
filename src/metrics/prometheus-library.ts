/** prom-client, an optional peer that is loaded when metrics are asked for. */
import { DdpmError } from '../base/errors.ts';

/** The package. */
export type Prometheus = typeof import('prom-client');

/** @throws DdpmError `ERR_DDPM_DEPENDENCY` naming the command that installs the package, if it is missing */
export async function requirePrometheus(): Promise<Prometheus> {
  try {
    return await import('prom-client');
  } catch (cause) {
    const message = 'metrics need the package prom-client. Install it: npm install prom-client';
    throw new DdpmError('ERR_DDPM_DEPENDENCY', message, { cause });
  }
}
