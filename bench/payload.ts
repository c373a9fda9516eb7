/**
 * Measures the script that a page loads before its first picture: with four bundlers, from the packed package, minified and
 * compressed. test/browser/bundles.test.ts holds that pages load these files and no others.
 *
 *   npm run bench:payload -- [--json FILE]
 *
 * Prints a Markdown table. Takes half a minute.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { WORKER_TEXT } from '#dist/browser/worker-text.js';
import { commandLine } from './command-line.ts';
import { type BundlerPayload, type PayloadReport, payloadFigures } from './documents/figures/payload.ts';
import { writeMeasurement } from './documents/measurement.ts';
import { BUNDLERS, filesIn, scriptsLoaded, WORKER_WORDS } from './payload/bundles.ts';
import { makeConsumer } from './payload/packed-package.ts';

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const consumer = makeConsumer(process.cwd(), 'payload');
const script = join(consumer.folder, 'script.js');
writeFileSync(script, "import { decode, encode } from 'ddpm-codec/browser';\nglobalThis.codec = { decode, encode };\n");

const compressed = (script: Uint8Array | string): number => gzipSync(script, { level: 9 }).length;

async function measure(name: string): Promise<BundlerPayload> {
  const folder = join(consumer.folder, name);
  await BUNDLERS[name](script, folder);
  const files = filesIn(folder);
  const sizes = { page: 0, worker: 0 };
  for (const path of scriptsLoaded(files)) {
    const isWorker = new TextDecoder().decode(files[path]).includes(WORKER_WORDS);
    sizes[isWorker ? 'worker' : 'page'] += compressed(files[path]);
  }
  return { name, ...sizes };
}

const bundlers: BundlerPayload[] = [];
for (const name of Object.keys(BUNDLERS)) bundlers.push(await measure(name));
/** Longest pieces of base64 in the program. */
const embedded = (WORKER_TEXT.match(/[A-Za-z0-9+/]{1000,}={0,2}/g) ?? []).sort((a, b) => b.length - a.length);
const all = compressed(WORKER_TEXT);
/** What the program would be smaller by without pieces. */
const share = (pieces: readonly string[]): number =>
  all - compressed(pieces.reduce((text, piece) => text.replace(piece, ''), WORKER_TEXT));
const report: PayloadReport = {
  bundlers,
  worker: { all, tailWeights: share(embedded.slice(0, 1)), modules: share(embedded.slice(1)) },
};
for (const [name, { text }] of Object.entries(payloadFigures(report))) {
  console.log(text.includes('\n') ? `\n${text}\n` : `${name}: ${text}`);
}
if (values.json) writeMeasurement(values.json, commandLine('bench:payload'), report);
