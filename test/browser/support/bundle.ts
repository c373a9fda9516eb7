/** Bundles TypeScript for a browser with Vite, which Vitest contains, as a user's bundler would. */
import { basename } from 'node:path';
import { build } from 'vite';

/**
 * Bundles an ES module and all that it imports.
 *
 * @param entry - path of the module
 * @param options - `minify`: as in a production build
 * @returns contents by file name; the entry is `NAME.js`, where NAME is that of its file; code loaded on demand is in
 *   chunks
 */
export async function bundleForBrowser(
  entry: string,
  { minify = false }: { readonly minify?: boolean } = {},
): Promise<Record<string, string | Uint8Array>> {
  const name = basename(entry).replace(/\.[jt]s$/, '');
  const results = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: {
        input: { [name]: entry },
        preserveEntrySignatures: 'exports-only',
        output: { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js', assetFileNames: '[name][extname]' },
      },
    },
  });
  if ('on' in results) throw new Error('a build that does not watch ends');
  const files: Record<string, string | Uint8Array> = {};
  for (const { output } of Array.isArray(results) ? results : [results]) {
    for (const file of output) files[file.fileName] = file.type === 'chunk' ? file.code : file.source;
  }
  return files;
}
