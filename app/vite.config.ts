/** How the app is built: static files with relative addresses, a service worker, and the sample picture. */
import { join } from 'node:path';
import { defineConfig } from 'vite';
import { serviceWorker } from './build/service-worker-plugin.ts';

const ROOT = join(import.meta.dirname, '..');

export default defineConfig({
  root: import.meta.dirname,
  base: './',
  resolve: { alias: { 'ddpm-codec/browser': join(ROOT, 'dist', 'entry', 'browser.js') } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  worker: { format: 'es' },
  // Their WebAssembly is found beside the module, which a dependency bundled in advance has left.
  optimizeDeps: { exclude: ['@jsquash/avif', '@jsquash/jpeg', '@jsquash/webp'] },
  server: { fs: { allow: [ROOT] } },
  build: { outDir: join(ROOT, 'out', 'app'), emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 },
  plugins: [serviceWorker()],
});
