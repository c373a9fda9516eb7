import { describe, expect, test } from 'vitest';
import { commandOptions, type FileCommand, jobOptions, outputKey } from '../../src/cli/job-options.ts';
import { createProgram } from '../../src/cli/program.ts';
import { fakeLibrary, Sink } from './support/fake-library.ts';

const library = fakeLibrary();

describe('jobOptions', () => {
  test('keeps what says how a file is processed, and nothing about the run', () => {
    const given = { psnr: 30, metadata: ['icc' as const], threads: 4, json: true as const, output: 'x/', model: 'm' };
    expect(jobOptions('encode', { ...given, limitPixels: 9 })).toEqual({ psnr: 30, metadata: ['icc'], limitPixels: 9 });
    expect(jobOptions('decode', { force: true, strict: true, json: true })).toEqual({
      force: true,
      strict: true,
    });
  });

  test('survives JSON', () => {
    const options = jobOptions('encode', { quality: 50, lossless: true, index: false, metadata: 'all' });
    expect(commandOptions('encode', JSON.parse(JSON.stringify(options)))).toEqual(options);
  });

  test.each([
    ['encode', null, '"options" expected an object, got null'],
    ['encode', [], '"options" expected an object, got []'],
    ['encode', { output: '/etc/passwd' }, '"options" expected options of encode, got "output"'],
    ['encode', JSON.parse('{"__proto__": 1}'), '"options" expected options of encode, got "__proto__"'],
    ['decode', { psnr: 30 }, '"options" expected options of decode, got "psnr"'],
    ['encode', { psnr: '30' }, '"options.psnr" expected number, got "30"'],
    ['encode', { metadata: [1] }, '"options.metadata" expected string or list, got [1]'],
    ['decode', { strict: 'x'.repeat(500) }, `"options.strict" expected boolean, got "${'x'.repeat(79)}...`],
  ] as [FileCommand, unknown, string][])('%s %j is refused', (command, job, message) => {
    expect(() => commandOptions(command, job)).toThrow(new RangeError(message));
  });
});

describe('outputKey', () => {
  test('depends on what changes the output: command, options, model', async () => {
    const keys = await Promise.all([
      outputKey('encode', {}, library),
      outputKey('encode', { psnr: 30 }, library),
      outputKey('encode', { psnr: 31 }, library),
      outputKey('encode', { psnr: 30, model: 'other' }, library),
      outputKey('decode', {}, library),
      outputKey('truncate', { output: 'x' }, library),
    ]);
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(key).toMatch(/^[0-9a-f]{64}$/);
  });

  test('depends on nothing else, nor on the order of options', async () => {
    const plain = await outputKey('encode', { psnr: 30, effort: 2 }, library);
    const more = { threads: 'all', json: true, output: 'x/', limitPixels: 100 } as const;
    expect(await outputKey('encode', { ...more, effort: 2, psnr: 30 }, library)).toBe(plain);
  });
});

test('every option of the commands is known: it changes the output, decides about it, or is about the run', () => {
  const ofTheRun = (
    'output threads model overwrite clobber force json quiet allSteps ' +
    'shard journal retryFailed retries filesFrom null metrics log'
  ).split(' ');
  const program = createProgram(library, { stdout: new Sink(), stderr: new Sink() } as never);
  for (const command of ['encode', 'decode', 'truncate'] as const) {
    const options = program.commands.find((found) => found.name() === command)?.options ?? [];
    const names = [...new Set(options.map((option) => option.attributeName()))];
    const known = Object.keys(jobOptions(command, Object.fromEntries(names.map((name) => [name, 1])) as never));
    expect(names.filter((name) => !known.includes(name) && !ofTheRun.includes(name))).toEqual([]);
    expect(known.length).toBeGreaterThan(4);
  }
});
