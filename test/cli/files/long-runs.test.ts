/** Runs of many files: parts of them, lists, journals, retries, observers. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { DdpmError } from '../../../src/base/errors.ts';
import type { JobEnd, JobObserver } from '../../../src/batch/job-observer.ts';
import { type JournalLine, parseLine } from '../../../src/batch/journal-lines.ts';
import { inShard } from '../../../src/batch/shard.ts';
import { runBatch } from '../../../src/cli/files/batch.ts';
import type { Batch } from '../../../src/cli/files/batch-run.ts';
import type { Outcome, Work } from '../../../src/cli/files/job-work.ts';
import { streamKind } from '../../../src/cli/files/output-kinds.ts';
import { planJobs } from '../../../src/cli/files/plan-jobs.ts';
import type { CliIo } from '../../../src/cli/terminal/cli-io.ts';
import { threadEnded } from '../../../src/node/threads/thread-failure.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { fakeLibrary, runFake, Sink } from '../support/fake-library.ts';

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);
const NAMES = Array.from({ length: 9 }, (_, i) => `${i}.png`);
beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(at('in'));
  for (const name of NAMES) writeFileSync(at('in', name), name);
});

/** The objects that were printed. */
const objects = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** Contents of the inputs that were read. */
const read = (library: ReturnType<typeof fakeLibrary>): string[] =>
  library.calls
    .filter(({ name }) => name === 'readImage')
    .map(({ args }) => Buffer.from(args[0] as Uint8Array).toString());

const journalLines = (): JournalLine[] =>
  readFileSync(at('journal'), 'utf8')
    .split('\n')
    .flatMap((line) => parseLine(line) ?? []);

describe('--shard', () => {
  test('processes the inputs of its part; all parts together process each once', async () => {
    const all: string[] = [];
    for (const index of [1, 2, 3]) {
      const library = fakeLibrary();
      const args = ['encode', at('in', '*.png'), '-o', at('out/'), '--shard', `${index}/3`];
      const { code, stderr } = await runFake(args, library);
      const part = NAMES.filter((name) => inShard(at('in', name), { index, count: 3 }));
      expect([code, read(library)]).toEqual([0, part]);
      expect(stderr).toContain(`${part.length} done  0 skipped  0 failed`);
      all.push(...part);
    }
    expect(all.sort()).toEqual(NAMES);
  });

  test('all inputs are checked, also those of other parts', async () => {
    mkdirSync(at('other'));
    writeFileSync(at('other', '3.png'), 'x');
    const inputs = [at('in', '3.png'), at('other', '3.png')];
    for (const shard of ['1/50', '2/50']) {
      const { code, stderr } = await runFake(['encode', ...inputs, '-o', at('out/'), '--shard', shard], fakeLibrary());
      expect([code, stderr]).toEqual([2, expect.stringContaining('would both be written to')]);
    }
    const one = await runFake(['encode', ...inputs, '-o', at('one.ddpm'), '--shard', '1/50'], fakeLibrary());
    expect([one.code, one.stderr]).toEqual([2, expect.stringContaining('2 inputs and one output')]);
  });

  test('a part without inputs is done; with --json it has a summary alone', async () => {
    const shard = Array.from({ length: 99 }, (_, i) => i + 1).find(
      (index) => !inShard(at('in', '0.png'), { index, count: 99 }),
    );
    const args = ['encode', at('in', '0.png'), '--shard', `${shard}/99`, '--json', '-j', '2'];
    const library = fakeLibrary();
    const { code, stdout } = await runFake(args, library);
    const summary = { done: 0, skipped: 0, failed: 0, failedByExitCode: {}, bytes: 0, seconds: expect.any(Number) };
    expect([code, library.calls, objects(stdout)]).toEqual([0, [], [{ schemaVersion: 1, command: 'encode', summary }]]);
  });

  test.each(['0/3', '4/3', '1', '1/', 'a/b', '-1/3', '1/0', '1/3/5'])('%s is wrong usage', async (shard) => {
    const { code, stderr } = await runFake(['encode', at('in', '0.png'), '--shard', shard], fakeLibrary());
    expect([code, stderr]).toEqual([2, expect.stringContaining('Expected I/N')]);
  });

  test('needs files', async () => {
    const { code } = await runFake(['encode', '-', '-o', at('x.ddpm'), '--shard', '1/2'], fakeLibrary());
    expect(code).toBe(2);
  });
});

describe('--files-from', () => {
  const list = (text: string): string => {
    writeFileSync(at('list'), text);
    return at('list');
  };

  test('takes names as they are, one a line, beside those of the command line', async () => {
    writeFileSync(at('in', '[1].png'), 'bracket');
    const path = list(`${at('in', '[1].png')}\r\n\n${at('in', '2.png')}\n${at('in', '0.png')}\n${at('in', '2.png')}`);
    const library = fakeLibrary();
    expect((await runFake(['encode', at('in', '0.png'), '--files-from', path], library)).code).toBe(0);
    expect(read(library)).toEqual(['0.png', 'bracket', '2.png']);
  });

  test('--null: names that end with a zero byte may hold a newline', async () => {
    writeFileSync(at('in', 'a\nb.png'), 'two lines');
    const library = fakeLibrary();
    const path = list(`${at('in', 'a\nb.png')}\0${at('in', '3.png')}\0`);
    expect((await runFake(['encode', '--files-from', path, '-0'], library)).code).toBe(0);
    expect(read(library)).toEqual(['two lines', '3.png']);
  });

  test('- is standard input, which is read once for both passes', async () => {
    const library = fakeLibrary();
    async function* stdin(): AsyncGenerator<Uint8Array> {
      const text = NAMES.map((name) => at('in', name)).join('\n');
      for (let start = 0; start < text.length; start += 7) yield Buffer.from(text.slice(start, start + 7));
    }
    const { code } = await runFake(['encode', '--files-from', '-', '-o', at('out/')], library, { stdin: stdin() });
    expect([code, read(library), readdirSync(at('out'))]).toEqual([
      0,
      NAMES,
      NAMES.map((name) => name.replace('png', 'ddpm')),
    ]);
  });

  test.each<[string[], number, string]>([
    [[], 2, "missing required argument 'inputs'"],
    [['--null'], 2, "missing required argument 'inputs'"],
    [['0.png', '--null'], 2, '--null is for --files-from'],
    [['--files-from', 'none'], 3, 'no such file'],
    [['--files-from', 'in'], 3, 'cannot read'],
    [['--files-from', 'empty'], 3, 'it names no input'],
    [['--files-from', 'dash'], 2, '- cannot be one of several inputs'],
    [['-', '--files-from', 'empty'], 2, '- cannot be one of several inputs'],
    [['--files-from', 'self', '-o', 'self', '-f'], 2, 'is the file that is read as'],
  ])('%j ends with exit code %i', async (args, exitCode, why) => {
    writeFileSync(at('empty'), '\n\n');
    writeFileSync(at('dash'), '-\n');
    writeFileSync(at('self'), `${at('in', '0.png')}\n`);
    const full = args.map((arg) => (arg.startsWith('-') ? arg : at(arg)));
    const { code, stderr } = await runFake(['encode', ...full], fakeLibrary());
    expect([code, stderr]).toEqual([exitCode, expect.stringContaining(why)]);
  });
});

describe('--journal', () => {
  const run = (...more: string[]): [ReturnType<typeof fakeLibrary>, ReturnType<typeof runFake>] => {
    const library = fakeLibrary({ badText: '4.png' });
    return [
      library,
      runFake(['encode', at('in', '*.png'), '-o', at('out/'), '--journal', at('journal'), ...more], library),
    ];
  };
  const others = NAMES.filter((name) => name !== '4.png');

  test('notes each job; the next run skips what is done, and counts what failed for good', async () => {
    const [first, ended] = run();
    const { code, stderr } = await ended;
    expect([code, read(first)]).toEqual([1, NAMES]);
    expect(stderr).toContain('8 done  0 skipped  1 failed (1 with exit code 3)');
    expect(journalLines()).toHaveLength(9);
    expect(journalLines()[0]).toMatchObject({
      status: 'done',
      command: 'encode',
      input: at('in', '0.png'),
      size: 5,
      output: at('out', '0.ddpm'),
      outputSize: 9,
      attempts: 1,
    });
    expect(journalLines()[4]).toMatchObject({
      status: 'failed',
      exitCode: 3,
      permanent: true,
      message: expect.any(String),
    });
    const [second, again] = run('--json');
    const { code: secondCode, stdout } = await again;
    expect([secondCode, second.calls, journalLines().length]).toEqual([1, [], 9]);
    expect(objects(stdout)).toHaveLength(10);
    expect(objects(stdout)[4]).toMatchObject({
      error: { exitCode: 3, message: expect.stringContaining('--retry-failed') },
    });
    expect(objects(stdout)[9]).toMatchObject({
      summary: { done: 0, skipped: 8, failed: 1, failedByExitCode: { 3: 1 }, bytes: 0 },
    });
    const [third, retried] = run('--retry-failed');
    expect([(await retried).code, read(third)]).toEqual([1, ['4.png']]);
  });

  test('verifies what it skips', async () => {
    await run()[1];
    writeFileSync(at('in', '1.png'), 'other'); // another time
    utimesSync(at('in', '1.png'), 1, 1);
    writeFileSync(at('in', '2.png'), 'longer text');
    rmSync(at('out', '5.ddpm'));
    appendFileSync(at('out', '6.ddpm'), 'x');
    const [library, ended] = run();
    await ended;
    expect(read(library)).toEqual(['other', 'longer text', '5.png', '6.png']);
    const [otherOptions, all] = run('--psnr', '30');
    await all;
    expect(read(otherOptions)).toHaveLength(9);
    const [otherModel, allAgain] = run('--model', 'other');
    await allAgain;
    expect(read(otherModel)).toHaveLength(9);
    const [same, none] = run('-j', '2', '--quiet');
    await none;
    expect(read(same)).toEqual([]);
  });

  test('a failure for another reason than the input is tried again by the next run', async () => {
    mkdirSync(at('out', '2.ddpm'), { recursive: true }); // in the way
    await run()[1];
    expect(journalLines().find(({ input }) => input === at('in', '2.png'))).toMatchObject({
      exitCode: 7,
      permanent: false,
    });
    rmSync(at('out', '2.ddpm'), { recursive: true });
    const [library, ended] = run();
    await ended;
    expect(read(library)).toEqual(['2.png']);
  });

  test('torn lines are said; a file that is no journal is left as it is', async () => {
    await run()[1];
    appendFileSync(at('journal'), '{"journal":1,"time":"2026');
    const { stderr } = await run()[1];
    expect(stderr).toContain(`warning: ${at('journal')}: 1 torn or damaged lines are ignored`);
    writeFileSync(at('journal'), 'my notes\n');
    const [library, ended] = run();
    const { code, stderr: refused } = await ended;
    expect([code, library.calls, readFileSync(at('journal'), 'utf8')]).toEqual([7, [], 'my notes\n']);
    expect(refused).toContain('its first line is not one of a journal');
  });

  test('is no output, and needs files', async () => {
    const { code } = await runFake(['encode', at('in', '0.png'), '-o', at('j'), '--journal', at('j')], fakeLibrary());
    expect([code, existsSync(at('j'))]).toEqual([2, false]);
    const stream = await runFake(['encode', '-', '-o', at('x.ddpm'), '--journal', at('j')], fakeLibrary());
    expect(stream.stderr).toContain('--journal and --shard need files');
  });

  test('has no secrets of URLs', async () => {
    const { url } = await flakyServer(0, 503);
    const secret = url.replace('//', '//me:password@');
    const inputs = [`${secret}/a.png?token=1`, `${secret}/a.png?token=2`];
    for (const input of inputs) {
      const { stderr } = await runFake(
        ['encode', input, '-o', at('a.ddpm'), '--journal', at('journal')],
        fakeLibrary(),
      );
      expect(stderr).toContain('1 done  0 skipped');
    }
    const text = readFileSync(at('journal'), 'utf8');
    expect(text).not.toMatch(/password|token/);
    expect(new Set(journalLines().map(({ input }) => input)).size).toBe(2);
    const again = ['encode', inputs[1], '-o', at('a.ddpm'), '--journal', at('journal')];
    expect((await runFake(again, fakeLibrary())).stderr).toContain('0 done  1 skipped');
  });

  test('decode and truncate have one, too', async () => {
    for (const [command, ...flags] of [['decode'], ['truncate', '--layers', '1']] as const) {
      const args = [command, at('in', '0.png'), at('in', '1.png'), '-f', '-o', at('out', '{name}.x'), ...flags];
      const full = [...args, '--journal', at('journal')];
      expect((await runFake(full, fakeLibrary())).code).toBe(0);
      const { stderr } = await runFake(full, fakeLibrary());
      expect(stderr).toContain('0 done  2 skipped  0 failed');
    }
    expect(others).toHaveLength(8);
  });
});

/** A web server that fails a number of times for each path before it answers. */
async function flakyServer(failures: number, status: number): Promise<{ url: string; requests: () => number }> {
  const asked = new Map<string, number>();
  let requests = 0;
  const server: Server = createServer(({ url = '', method }, response) => {
    if (method === 'GET') requests++;
    const count = (asked.get(url) ?? 0) + 1;
    asked.set(url, count);
    if (count <= failures) response.writeHead(status).end();
    else response.writeHead(200, { etag: '"1"' }).end(method === 'GET' ? url : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests: () => requests };
}

describe('retries', () => {
  test('what may pass is tried again, and said', async () => {
    const { url, requests } = await flakyServer(7, 503); // the store asks some times by itself
    const args = ['encode', `${url}/a.png`, '-o', at('a.ddpm'), '--retries', '9', '--json'];
    const { code, stdout, stderr } = await runFake(args, fakeLibrary());
    expect([code, requests(), readFileSync(at('a.ddpm'), 'utf8')]).toEqual([0, 8, 'ddpm file']);
    const [{ attempts }] = objects(stdout);
    expect(attempts).toBeGreaterThan(1);
    const warnings = stderr.match(/warning: .*\/a\.png: .* It is tried again in \d+\.\d s\n/g);
    expect(warnings).toHaveLength((attempts as number) - 1);
  });

  test('up to a number of times, and what will not pass is not tried again', async () => {
    const [once, thrice] = [await flakyServer(99, 503), await flakyServer(99, 503)];
    const flags = ['-o', at('a.ddpm'), '--journal', at('journal')];
    expect((await runFake(['encode', `${once.url}/a.png`, '--retries', '0', ...flags], fakeLibrary())).code).toBe(1);
    expect((await runFake(['encode', `${thrice.url}/a.png`, '--retries', '2', ...flags], fakeLibrary())).code).toBe(1);
    expect(thrice.requests()).toBe(3 * once.requests());
    const failed = { status: 'failed', exitCode: 3, permanent: false };
    expect(journalLines()).toMatchObject([
      { ...failed, attempts: 1 },
      { ...failed, attempts: 3 },
    ]);
    const missing = await flakyServer(99, 404);
    expect((await runFake(['encode', `${missing.url}/a.png`, '-o', at('b.ddpm')], fakeLibrary())).code).toBe(3);
    expect(missing.requests()).toBe(1);
    const corrupt = fakeLibrary({ fail: new DdpmError('ERR_DDPM_CORRUPT', 'corrupt') });
    await runFake(['decode', at('in', '0.png'), '-o', at('c.png')], corrupt);
    expect(corrupt.calls.filter(({ name }) => name === 'decode')).toHaveLength(1);
  });

  test('all of a job is done again if a worker thread ended', async () => {
    let calls = 0;
    const library = fakeLibrary();
    const encode: typeof library.encode = (...args) => {
      if (++calls === 1) throw threadEnded(new Error('out of memory'));
      return library.encode(...args);
    };
    const { code, stderr } = await runFake(['encode', at('in', '0.png')], { ...library, encode });
    expect([code, calls, read(library)]).toEqual([0, 2, ['0.png', '0.png']]);
    expect(stderr).toContain('a worker thread ended: out of memory');
  });

  test.each(['-1', '101', 'x', '1.5'])('--retries %s is wrong usage', async (retries) => {
    expect((await runFake(['encode', at('in', '0.png'), '--retries', retries], fakeLibrary())).code).toBe(2);
  });
});

describe('observers', () => {
  /** Runs a batch and returns what an observer was told. */
  async function observed(
    inputs: string[],
    work: Work,
    options: Batch['options'] = {},
  ): Promise<[string, string, JobEnd?][]> {
    const io: CliIo = {
      stdin: (async function* () {})(),
      stdout: new Sink(),
      stderr: new Sink(),
      env: {},
      now: () => performance.now(),
    };
    const told: [string, string, JobEnd?][] = [];
    const observer: JobObserver = {
      started: ({ id }) => void told.push(['started', id]),
      progress: ({ id }, fraction) => void told.push([`progress ${fraction}`, id]),
      ended: ({ id }, end) => void told.push(['ended', id, end]),
    };
    const plan = await planJobs(inputs, streamKind(options), options, io);
    await runBatch({ command: 'encode', plan, options, io, observers: [observer] }, work).catch(() => {});
    return told;
  }
  const outcome: Outcome = {
    report: { bytes: 4, width: 3, height: 2, timing: { networkMs: 500, transportMs: 250 } },
    summary: { bpp: 1, result: '' },
  };

  test('are told of begin, progress and end, with bytes, pixels and seconds by stage', async () => {
    const told = await observed([at('in', '0.png'), at('in', '1.png')], async ({ input }, context) => {
      await context.read();
      context.onProgress({ phase: 'encode', step: 1, steps: 2, fraction: 0.5 });
      if (input.endsWith('1.png')) throw new DdpmError('ERR_DDPM_INPUT', 'no image');
      await context.write(Buffer.from('four'));
      return outcome;
    });
    expect(told.map(([what, id]) => `${what} ${id}`)).toEqual([
      'started 1',
      'progress 0.5 1',
      'ended 1',
      'started 2',
      'progress 0.5 2',
      'ended 2',
    ]);
    expect(told[2][2]).toMatchObject({ outcome: 'done', attempts: 1, inputBytes: 5, outputBytes: 4, pixels: 6 });
    const { read: reading = 0, network, transport, write = 0, total = 0 } = told[2][2]?.seconds ?? {};
    expect([network, transport]).toEqual([0.5, 0.25]);
    expect(reading).toBeGreaterThan(0);
    expect(total).toBeGreaterThan(reading + write);
    expect(told[5][2]).toMatchObject({ outcome: 'failed', exitCode: 3, message: expect.stringContaining('no image') });
  });

  test('a retry ends an attempt and begins another; a skipped job ends as one', async () => {
    const busy = Object.assign(new Error('busy'), { code: 'EBUSY' });
    let attempts = 0;
    const told = await observed([at('in', '0.png')], async (_, context) => {
      await context.reading(async () => {
        if (++attempts === 1) throw busy;
      });
      return outcome;
    });
    expect(told.map(([what, , end]) => [what, end?.outcome, end?.attempts])).toEqual([
      ['started', undefined, undefined],
      ['ended', 'retried', 1],
      ['started', undefined, undefined],
      ['ended', 'done', 2],
    ]);
    writeFileSync(at('in', '0.ddpm'), 'old');
    const skipped = await observed([at('in', '0.png'), at('in', '1.png')], async () => outcome, { overwrite: false });
    expect(skipped[1][2]).toEqual({ outcome: 'skipped', attempts: 1 });
  });
});

test('inputs that are removed, or come, while others are processed: the first are counted, the second left out', async () => {
  const library = fakeLibrary();
  const encode: typeof library.encode = (...args) => {
    rmSync(at('in', '8.png'), { force: true });
    writeFileSync(at('in', '9.png'), 'new');
    return library.encode(...args);
  };
  const args = ['encode', at('in', '*'), '-o', at('in', '{name}-x.png'), '-f'];
  const { code, stderr } = await runFake(args, { ...library, encode });
  // The listing of one folder may have been read before the file was removed.
  expect([code, read(library)]).toEqual([1, NAMES.slice(0, 8)]);
  expect(stderr).toMatch(/1 failed|were removed/);
  expect(stderr).toContain('8 done  0 skipped  1 failed (1 with exit code 3)');
});
