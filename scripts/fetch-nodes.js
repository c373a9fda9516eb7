// Installs other versions of Node from the npm registry into node_modules/.cache, for
// test/portability/node-versions.test.ts and `npm run bench:speed -- --nodes`. They use no network, and skip versions
// that are not installed.
//
//     npm run fetch-nodes [VERSION...]    default: the versions that the test uses
import { installPackage } from './install-package.js';
import { NODE_VERSIONS, nodePackage, nodePrefix } from './node-versions.js';

for (const version of process.argv.length > 2 ? process.argv.slice(2) : NODE_VERSIONS) {
  installPackage(`${nodePackage()}@${version}`, nodePrefix(version));
}
