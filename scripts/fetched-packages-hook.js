// Makes imports of optional packages find those that `npm run fetch-webgpu` and `npm run fetch-tensorflow` have installed, if they are
// there: node --import ./scripts/fetched-packages-hook.js
import { existsSync } from 'node:fs';
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import { TENSORFLOW_ENTRY, TENSORFLOW_PACKAGE } from './tensorflow-package.js';
import { WEBGPU_ENTRY } from './webgpu-package.js';

const fetched = Object.entries({ webgpu: WEBGPU_ENTRY, [TENSORFLOW_PACKAGE]: TENSORFLOW_ENTRY })
  .filter(([, entry]) => existsSync(entry))
  .map(([name, entry]) => [name, { url: pathToFileURL(entry).href, shortCircuit: true }]);
const hooks = `
  const fetched = new Map(${JSON.stringify(fetched)});
  export const resolve = (name, context, next) => fetched.get(name) ?? next(name, context);
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
