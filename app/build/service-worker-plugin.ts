/** Vite plugin that writes `sw.js`: the app's service worker with the list of what it keeps for use without a network. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin, Rolldown } from 'vite';

/**
 * Not fetched in advance: encoders of other formats, which are kept when they are first used, and the model, which the codec
 * itself keeps from the first visit on.
 */
const ON_USE = /(?:avif|webp|mozjpeg)_enc|\.safetensors$/;
/** Module of the codec for the page's own thread, which the app does not use. */
const UNUSED = /inline-coder/;

/** Names of the scripts that pages load, without what only {@link UNUSED} loads. */
function usedChunks(bundle: Rolldown.OutputBundle): Set<string> {
  const used = new Set<string>();
  const visit = (name: string): void => {
    const file = bundle[name];
    if (used.has(name) || file?.type !== 'chunk' || UNUSED.test(file.facadeModuleId ?? '')) return;
    used.add(name);
    for (const next of [...file.imports, ...file.dynamicImports]) visit(next);
  };
  for (const file of Object.values(bundle)) if (file.type === 'chunk' && file.isEntry) visit(file.fileName);
  return used;
}

export function serviceWorker(): Plugin {
  let publicDir = '';
  return {
    name: 'app-service-worker',
    apply: 'build',
    configResolved(config) {
      publicDir = config.publicDir;
    },
    generateBundle(_options, bundle) {
      const hash = createHash('sha256');
      const names: string[] = [];
      const add = (name: string, content: string | Uint8Array): void => {
        hash.update(name).update(content);
        if (!ON_USE.test(name)) names.push(name);
      };
      const used = usedChunks(bundle);
      for (const file of Object.values(bundle)) {
        if (file.type === 'asset') add(file.fileName, file.source);
        else if (used.has(file.fileName)) add(file.fileName, file.code);
      }
      for (const name of readdirSync(publicDir)) add(name, readFileSync(join(publicDir, name)));
      const template = readFileSync(join(import.meta.dirname, 'service-worker.js'), 'utf8');
      const version = hash.update(template).digest('hex').slice(0, 16);
      const head = `const VERSION = ${JSON.stringify(version)};\nconst FILES = ${JSON.stringify(['./', ...names.sort()])};\n`;
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: head + template });
    },
  };
}
