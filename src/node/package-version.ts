import { createRequire } from 'node:module';

/** Version of this package, as its package.json states it. */
export const version: string = createRequire(import.meta.url)('ddpm-codec/package.json').version;
