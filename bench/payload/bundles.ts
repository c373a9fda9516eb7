/** Production builds of a page's script with four bundlers, each with the settings of its documentation's first page. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { nodeResolve } from '@rollup/plugin-node-resolve';
import * as terser from '@rollup/plugin-terser';
import * as esbuild from 'esbuild';
import { type Plugin, rollup } from 'rollup';
import { build } from 'vite';
import webpack from 'webpack';

/** The function that a plugin's module exports by default, which its types describe wrongly to Node's resolution. */
const pluginOf = (module: object): (() => Plugin) => (module as { default: () => Plugin }).default;

/** Bundlers, by name. Each minifies a script to `main.js` in a folder, and chunks that are loaded on demand beside it. */
export const BUNDLERS: Readonly<Record<string, (script: string, folder: string) => Promise<unknown>>> = {
  Vite: (script, folder) =>
    build({
      configFile: false,
      root: dirname(script),
      logLevel: 'error',
      build: { outDir: folder, rolldownOptions: { input: script, output: { entryFileNames: 'main.js' } } },
    }),
  webpack: (script, folder) =>
    new Promise((resolve, reject) => {
      const output = { path: folder, filename: 'main.js' };
      webpack({ mode: 'production', context: dirname(script), entry: script, output }, (error, stats) => {
        if (error || !stats || stats.hasErrors()) reject(error ?? new Error(stats?.toString('errors-only')));
        else resolve(stats);
      });
    }),
  esbuild: (script, folder) =>
    esbuild.build({
      entryPoints: [script],
      outdir: folder,
      entryNames: 'main',
      bundle: true,
      minify: true,
      splitting: true,
      format: 'esm',
      logLevel: 'error',
    }),
  async Rollup(script, folder) {
    const plugins = [nodeResolve({ browser: true }), pluginOf(terser)()];
    const bundle = await rollup({ input: script, plugins, logLevel: 'silent' });
    await bundle.write({ dir: folder, entryFileNames: 'main.js', chunkFileNames: '[name]-[hash].js' });
    await bundle.close();
  },
};

/** Files of a folder, by their paths in it with slashes. */
export function filesIn(folder: string): Record<string, Uint8Array> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [relative(folder, path).replaceAll('\\', '/'), new Uint8Array(readFileSync(path))];
    }),
  );
}

/** Static imports of a minified ES module. */
const IMPORT = /(?:\bfrom|\bimport)\s*["']\.\/([^"']+)["']/g;
/** Words of the program of the codec's worker alone. */
export const WORKER_WORDS = 'the caller has ended the call';

/** Scripts that a page of a bundle loads before its first picture: the entry, the text of the worker, and what they import. */
export function scriptsLoaded(files: Readonly<Record<string, Uint8Array>>): string[] {
  const texts = Object.entries(files)
    .filter(([path]) => path.endsWith('.js'))
    .map(([path, bytes]) => [path, new TextDecoder().decode(bytes)] as const);
  const loaded = new Set(['main.js', ...texts.filter(([, text]) => text.includes(WORKER_WORDS)).map(([path]) => path)]);
  for (const path of loaded) {
    const [, text = ''] = texts.find(([name]) => name === path) ?? [];
    for (const [, name] of text.matchAll(IMPORT)) loaded.add(join(dirname(path), name).replaceAll('\\', '/'));
  }
  return [...loaded].sort();
}
