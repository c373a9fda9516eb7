// Prints the optional packages of the image, one a line, in the versions that the tests use. Reads package.json beside it.
import { readFileSync } from 'node:fs';

const PACKAGES = ['@aws-sdk/client-s3', 'bullmq', 'ioredis', 'prom-client'];

const { devDependencies } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
for (const name of PACKAGES) process.stdout.write(`${name}@${devDependencies[name]}\n`);
