// Installs the npm package `@tensorflow/tfjs-node` into node_modules/.cache (0.9 GB there), with TensorFlow's library out of a wheel of the
// Python package `tensorflow-cpu`, for test/portability/tensorflow-node.test.ts, `npm run bench:backends` and `npm run bench:drift`. On Linux,
// with unzip and g++. Without the package the test is skipped. The same by hand, for a project: docs/backends.md.
//
//     pip download tensorflow-cpu==2.12.1 --no-deps
//     npm run fetch-tensorflow -- tensorflow_cpu-2.12.1-*.whl
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { installPackages } from './install-package.js';
import { TENSORFLOW_PACKAGE, TENSORFLOW_PREFIX, TENSORFLOW_VERSION } from './tensorflow-package.js';

/** The libraries of a wheel, and the names by which the linker looks for them. */
const LIBRARIES = {
  'libtensorflow_cc.so.2': 'libtensorflow.so',
  'libtensorflow_framework.so.2': 'libtensorflow_framework.so',
};

/** Builds the addon of the package, in the folder where the package looks for it. */
function buildAddon(packageFolder, wheel, napiHeaders) {
  const run = (command, ...args) =>
    execFileSync(command, args, { cwd: packageFolder, stdio: ['ignore', 'inherit', 'inherit'] });
  run('unzip', '-q', wheel, 'tensorflow/include/*', 'tensorflow/libtensorflow_*', '-d', 'wheel');
  mkdirSync(join(packageFolder, 'deps'));
  run('mv', 'wheel/tensorflow', 'deps/lib');
  for (const [file, name] of Object.entries(LIBRARIES)) symlinkSync(file, join(packageFolder, 'deps', 'lib', name));
  mkdirSync(join(packageFolder, 'lib', 'napi-v8'), { recursive: true });
  const options = [
    '-shared',
    '-fPIC',
    '-O2',
    '-std=c++17',
    '-DNAPI_VERSION=8',
    `-I${napiHeaders}`,
    '-Ideps/lib/include',
  ];
  const sources = ['binding/tfjs_backend.cc', 'binding/tfjs_binding.cc'];
  const libraries = ['-Ldeps/lib', '-ltensorflow', '-ltensorflow_framework', '-Wl,-rpath,$ORIGIN/../../deps/lib'];
  run('g++', ...options, ...sources, ...libraries, '-o', 'lib/napi-v8/tfjs_binding.node');
}

const [wheel] = process.argv.slice(2);
if (wheel === undefined) throw new Error('usage: npm run fetch-tensorflow -- WHEEL');
const specifiers = [`${TENSORFLOW_PACKAGE}@${TENSORFLOW_VERSION}`, 'node-api-headers@1.9.0'];
installPackages(specifiers, TENSORFLOW_PREFIX, (folder) => {
  const modules = join(folder, 'node_modules');
  buildAddon(join(modules, TENSORFLOW_PACKAGE), resolve(wheel), join(modules, 'node-api-headers', 'include'));
  // As in a project that has the package beside ddpm-codec: one copy of what both use.
  for (const shared of ['tfjs-core', 'tfjs-backend-cpu'])
    rmSync(join(modules, '@tensorflow', shared), { recursive: true });
});
