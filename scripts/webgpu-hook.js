// Makes imports of `webgpu` find the package that `npm run fetch-webgpu` has installed, if it is there:
// node --import ./scripts/webgpu-hook.js
import { existsSync } from 'node:fs';
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { WEBGPU_ENTRY } from './webgpu-package.js';

if (existsSync(WEBGPU_ENTRY)) {
  const found = JSON.stringify({ url: pathToFileURL(WEBGPU_ENTRY).href, shortCircuit: true });
  const hooks = `export const resolve = (name, context, next) => (name === 'webgpu' ? ${found} : next(name, context));`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
}
