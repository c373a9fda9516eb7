// Installs other versions of Node, and Deno, from the npm registry into node_modules/.cache, for
// test/portability/node-versions.test.ts, test/package/server-documents.test.ts and `npm run bench:speed -- --nodes`. They use
// no network, and skip what is not installed.
//
//     npm run fetch-nodes [VERSION...]    versions of Node; default: what the tests use
import { DENO_VERSION, denoPackage, denoPrefix } from './deno-version.js';
import { installPackages } from './install-package.js';
import { NODE_VERSIONS, nodePackage, nodePrefix } from './node-versions.js';

for (const version of process.argv.length > 2 ? process.argv.slice(2) : NODE_VERSIONS) {
  installPackages([`${nodePackage()}@${version}`], nodePrefix(version));
}
if (process.argv.length === 2) installPackages([`${denoPackage()}@${DENO_VERSION}`], denoPrefix());
