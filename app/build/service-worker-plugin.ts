/** Vite plugin that writes `sw.js`: the app's service worker with the list of what it keeps for use without a network. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

/** Not fetched in advance: encoders of other formats, kept when they are first used. */
const ON_USE = /(?:avif|webp|mozjpeg)_enc/;

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
      for (const file of Object.values(bundle)) add(file.fileName, file.type === 'chunk' ? file.code : file.source);
      for (const name of readdirSync(publicDir)) add(name, readFileSync(join(publicDir, name)));
      const template = readFileSync(join(import.meta.dirname, 'service-worker.js'), 'utf8');
      const version = hash.update(template).digest('hex').slice(0, 16);
      const head = `const VERSION = ${JSON.stringify(version)};\nconst FILES = ${JSON.stringify(['./', ...names.sort()])};\n`;
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: head + template });
    },
  };
}
