/**
 * Runs the demo (`npm run demo`) and keeps what it prints.
 *
 *   node .scratch/bench/demo.js [--json FILE]
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { writeMeasurement } from './documents/measurement.ts';

const { values } = parseArgs({ options: { json: { type: 'string' } } });
const output = execFileSync(process.execPath, ['examples/progressive.js'], { encoding: 'utf8' });
console.log(output);
if (values.json) writeMeasurement(values.json, 'npm run demo', output.trim().split('\n'));
