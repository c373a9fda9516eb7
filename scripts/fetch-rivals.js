// Installs the packages that `npm run bench:speed` compares the network with from the npm registry into .scratch/rivals.
// The bench uses no network, and skips what is not installed. Deleting the folder removes them.
//
//     npm run fetch-rivals
import { installPackages } from './install-package.js';
import { RIVALS, rivalPrefix } from './rivals.js';

for (const [name, version] of Object.entries(RIVALS)) installPackages([`${name}@${version}`], rivalPrefix(name));
