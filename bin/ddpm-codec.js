#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('ddpm-codec: not built (dist/ is missing). Run `npm run build` in the package\n');
  process.exitCode = 1;
}
