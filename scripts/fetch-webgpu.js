// Installs the npm package `webgpu` into node_modules/.cache (51 MB to fetch, 139 MB there), for test/portability/webgpu-node.test.ts and
// `npm run bench:webgpu`. They use no network; without it the test is skipped.
//
//     npm run fetch-webgpu
import { installPackages } from './install-package.js';
import { WEBGPU_PREFIX, WEBGPU_VERSION } from './webgpu-package.js';

installPackages([`webgpu@${WEBGPU_VERSION}`], WEBGPU_PREFIX);
