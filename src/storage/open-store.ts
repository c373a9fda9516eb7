import { fileStore } from './file-store.ts';
import { schemeOf } from './location.ts';
import type { Store } from './store.ts';

/**
 * The store that a location is in. What it needs is loaded when it is first asked for.
 *
 * @param location - a path, or a URL of `file:`, `http:`, `https:` or `s3:`
 * @throws RangeError for a URL of another scheme
 * @throws DdpmError `ERR_DDPM_DEPENDENCY` if a package that the store needs is not installed
 */
export async function openStore(location: string): Promise<Store> {
  switch (schemeOf(location)) {
    case 'file':
      return fileStore;
    case 'http':
      return (await import('./http/http-store.ts')).httpStore;
    case 's3':
      return (await import('./s3/open-s3.ts')).openS3();
  }
}
