import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CliEnd, startCli } from '../../bench/fleet/cli-process.ts';
import { RedisServer } from '../../bench/fleet/redis-server.ts';
import { writeSmallPictures } from '../../bench/fleet/small-pictures.ts';
import { parseQueueAddress } from '../../src/queue/queue-address.ts';
import { BIN } from '../support/built.ts';
import { NO_OWN_SERVER, NO_SERVER, openTestServer, PASSWORD, type TestServer } from './support/queue-server.ts';

/** Real processes of the built command line, with a real server. */
const QUICK = ['-e', '1'];
let folder: string;
let server: TestServer;

const path = (...names: string[]): string => join(folder, ...names);
const cli = (args: readonly string[], queue?: string): Promise<CliEnd> => startCli(args, queue).ended;

async function ok(args: readonly string[], queue?: string): Promise<CliEnd> {
  const end = await cli(args, queue);
  expect(end, end.stderr).toMatchObject({ code: 0 });
  return end;
}

async function json(args: readonly string[], queue: string): Promise<Record<string, unknown>[]> {
  const { stdout } = await ok([...args, '--json'], queue);
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line));
}

/** A folder of some of the pictures, and one for outputs. */
function newFolder(name: string, pictures: number): { input: string; output: string; files: string[] } {
  const input = path(name, 'in');
  mkdirSync(input, { recursive: true });
  const files = readdirSync(path('pictures')).slice(0, pictures);
  for (const file of files) cpSync(path('pictures', file), join(input, file));
  return { input, output: path(name, 'out'), files: files.map((file) => join(input, file)) };
}

function bytesIn(where: string): Record<string, string> {
  return Object.fromEntries(readdirSync(where).map((name) => [name, readFileSync(join(where, name)).toString('hex')]));
}

/** Fields of the queue's jobs as they are in the server. */
async function jobsOf(queue: string): Promise<Record<string, string>[]> {
  const { name } = parseQueueAddress(queue);
  const keys = (await server.client.keys(`bull:${name}:*`)).filter((key) => /:[0-9a-f]{64}$/.test(key));
  return Promise.all(keys.map((key) => server.client.hgetall(key)));
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await wait(50);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ddpm-queue-'));
  await writeSmallPictures(path('pictures'), 60);
  if (NO_SERVER === undefined) server = await openTestServer();
});
afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.skipIf(NO_SERVER)(`queues of real processes${NO_SERVER ? `: ${NO_SERVER}` : ''}`, () => {
  test('several workers write the bytes of the single-machine commands; submitting twice adds nothing', async () => {
    const queue = server.queue();
    const { input, output } = newFolder('same', 60);
    const encode = [join(input, '*.png'), '-o', `${output}/{name}.ddpm`, ...QUICK];
    expect(await json(['submit', ...encode], queue)).toMatchObject([{ added: 60, existing: 0, skipped: 0, failed: 0 }]);
    expect(await json(['submit', 'encode', ...encode], queue)).toMatchObject([{ added: 0, existing: 60 }]);
    const workers = ['1', '2'].map((threads) => ok(['worker', '--until-empty', '-j', threads, '--json'], queue));
    const lines = (await Promise.all(workers)).flatMap(({ stdout }) => stdout.trim().split('\n').filter(Boolean));
    const ends = lines.map((line) => JSON.parse(line));
    expect(ends.map((end) => end.outcome)).toEqual(Array(60).fill('done'));
    expect(new Set(ends.map((end) => end.input)).size).toBe(60);
    expect(ends[0]).toMatchObject({
      command: 'encode',
      attempts: 1,
      pixels: 1024,
      seconds: { read: expect.any(Number) },
    });

    await ok(['encode', join(input, '*.png'), '-o', path('same', 'single/'), ...QUICK, '-j', '2', '--quiet']);
    expect(bytesIn(output)).toEqual(bytesIn(path('same', 'single')));

    // What is done is known, even with other options that do not matter; with others that do it is another job.
    expect(await json(['submit', ...encode, '--limit-pixels', '5000'], queue)).toMatchObject([
      { added: 0, existing: 60 },
    ]);
    const better = [join(input, '0000*.png'), '-o', path('same', 'better/'), ...QUICK, '--end-sigma', '0.05'];
    expect(await json(['submit', ...better], queue)).toMatchObject([{ added: 10, existing: 0 }]);

    const decode = [join(output, '0000*.ddpm'), '-o', path('same', 'decoded/')];
    expect(await json(['submit', 'decode', ...decode], queue)).toMatchObject([{ added: 10 }]);
    await ok(['worker', '--until-empty', '--quiet'], queue);
    await ok(['decode', join(output, '0000*.ddpm'), '-o', path('same', 'single-decoded/'), '--quiet']);
    expect(bytesIn(path('same', 'decoded'))).toEqual(bytesIn(path('same', 'single-decoded')));
    expect(await json(['status'], queue)).toMatchObject([
      { waiting: 0, active: 0, completed: 80, failed: 0, doneLastMinute: expect.any(Number), workers: [], jobs: [] },
    ]);
  });

  test('names are checked as the command checks them, and lists are taken', async () => {
    const queue = server.queue();
    const { files, input } = newFolder('names', 3);
    const twice = await cli(['submit', ...files, '-o', path('one.ddpm')], queue);
    expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('3 inputs and one output') });
    expect(await cli(['submit', files[0], '-o', files[0], '--force'], queue)).toMatchObject({ code: 2 });
    expect(await cli(['submit', '-', '-o', path('one.ddpm')], queue)).toMatchObject({ code: 2 });
    expect(await cli(['submit', files[0], '--effort', '11'], queue)).toMatchObject({ code: 2 });
    writeFileSync(path('names', 'list'), `${files[0]}\n${files[1]}\n`);
    const listed = ['submit', '--files-from', path('names', 'list'), '-o', path('names/'), ...QUICK];
    expect(await json(listed, queue)).toMatchObject([{ added: 2 }]);
    writeFileSync(path('names', `${basename(files[2], '.png')}.ddpm`), 'there');
    const some = ['submit', join(input, '*.png'), '-o', path('names/'), ...QUICK];
    expect(await json([...some, '--no-overwrite'], queue)).toMatchObject([{ added: 0, existing: 2, skipped: 1 }]);
    const clobber = await cli([...some, '--no-clobber'], queue);
    expect(clobber).toMatchObject({ code: 1, stderr: expect.stringContaining('1 of 3 jobs were not submitted') });
    expect((await jobsOf(queue)).length).toBe(2);
  });

  test('corrupt inputs are reported once, with their code, and the others are done; retry brings them back', async () => {
    const queue = server.queue();
    const { input, output, files } = newFolder('corrupt', 40);
    const broken = files.filter((_, i) => i % 10 === 0);
    for (const file of broken) writeFileSync(file, readFileSync(file).subarray(0, 100));
    await ok(['submit', join(input, '*.png'), '-o', `${output}/`, ...QUICK], queue);
    writeFileSync(path('corrupt', 'x.ddpm'), 'no stream');
    await ok(['submit', 'decode', path('corrupt', 'x.ddpm'), '-o', `${output}/`], queue);
    const { stderr } = await ok(['worker', '--until-empty', '--quiet'], queue);
    const lines = stderr.trim().split('\n');
    expect(lines).toHaveLength(5);
    for (const file of broken) expect(lines.filter((line) => line.includes(file))).toHaveLength(1);
    expect(readdirSync(output)).toHaveLength(36);

    const failed = await json(['status', '--failed'], queue);
    expect(failed.map(({ error }) => (error as { exitCode: number }).exitCode).sort()).toEqual([3, 3, 3, 3, 4]);
    expect(failed.filter(({ input: name }) => broken.includes(name as string))).toHaveLength(4);
    for (const { attempts } of failed) expect(attempts).toBe(1);
    expect(await json(['status'], queue)).toMatchObject([{ completed: 36, failed: 5 }]);

    for (const file of broken) cpSync(path('pictures', basename(file)), file);
    const one = failed.find(({ input: name }) => name === broken[0])?.id as string;
    expect(await json(['retry', one.slice(0, 12)], queue)).toMatchObject([{ retried: 1 }]);
    expect(await json(['retry', '--code', '3'], queue)).toMatchObject([{ retried: 3 }]);
    await ok(['worker', '--until-empty', '--quiet'], queue);
    expect(await json(['status'], queue)).toMatchObject([{ completed: 40, failed: 1 }]);
    expect(readdirSync(output)).toHaveLength(40);
  });

  test('what strangers put into the queue fails for good, and nothing else happens', async () => {
    const queue = server.queue();
    const { output, files } = newFolder('strangers', 1);
    await ok(['submit', files[0], '-o', `${output}/`, ...QUICK], queue);
    const [honest] = await jobsOf(queue);
    const data = JSON.parse(honest.data);
    const { host, port, username, password, name } = parseQueueAddress(queue);
    const strange = new Queue(name, { connection: { host, port, username, password } });
    const hostile: unknown[] = [
      null,
      [],
      'rm -rf /',
      { ...data, version: 99 },
      { ...data, input: '-' },
      { ...data, output: '../out' },
      { ...data, input: '/dev/zero' },
      { ...data, input: '/etc/passwd' },
      { ...data, options: { output: '/etc/passwd' } },
      { ...data, options: { effort: 1e9 } },
      { ...data, options: { backend: 'rocket' } },
      { ...data, more: 1 },
    ];
    await strange.addBulk(
      hostile.map((each, i) => ({ name: 'x', data: each, opts: { jobId: `hostile-${i}`, attempts: 9 } })),
    );
    await strange.close();
    const { stderr } = await ok(['worker', '--until-empty', '--quiet', '--allow', path('strangers')], queue);
    const failed = await json(['status', '--failed'], queue);
    expect(failed).toHaveLength(hostile.length);
    for (const { error } of failed) expect([2, 3]).toContain((error as { exitCode: number }).exitCode);
    expect(stderr.trim().split('\n')).toHaveLength(hostile.length);
    expect(readdirSync(output)).toHaveLength(1);
    const outside = failed.filter(({ error }) => (error as { message: string }).message.includes('--allow'));
    expect(outside.map(({ input: where }) => where)).toEqual(['/dev/zero', '/etc/passwd']);
  });

  test('a signal: the worker finishes its jobs, gives back what takes longer, and a second one ends it', async () => {
    const queue = server.queue();
    const { output } = newFolder('signal', 0);
    const photograph = 'test/images/kodak/kodim01.png';
    await ok(['submit', photograph, '-o', `${output}/`], queue);
    const active = async (count: number): Promise<boolean> => {
      return (await server.client.llen(`bull:${parseQueueAddress(queue).name}:active`)) === count;
    };

    const givesBack = startCli(['worker', '--grace', '0.2', '--json'], queue);
    await until(() => active(1));
    await wait(500);
    givesBack.child.kill('SIGTERM');
    const given = await givesBack.ended;
    expect(given).toMatchObject({ code: 0 });
    expect(JSON.parse(given.stdout)).toMatchObject({ outcome: 'returned' });
    expect(await active(0)).toBe(true);
    const [job] = await jobsOf(queue);
    expect(job.atm ?? '0').toBe('0');

    const killed = startCli(['worker'], queue);
    await until(() => active(1));
    killed.child.kill('SIGINT');
    await until(() => killed.stderr().includes('a second signal stops it at once'));
    killed.child.kill('SIGTERM');
    expect(await killed.ended).toMatchObject({ code: 143 });
    expect(readdirSync(output)).toEqual([]);
    await server.client.del(`bull:${parseQueueAddress(queue).name}:active`);

    const small = newFolder('signal-small', 40);
    await ok(['submit', join(small.input, '*.png'), '-o', `${small.output}/`], queue);
    const finishes = startCli(['worker', '--json'], queue);
    await until(() => active(16));
    finishes.child.kill('SIGTERM');
    const end = await finishes.ended;
    expect(end).toMatchObject({ code: 0 });
    const outcomes = end.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).outcome);
    expect(new Set(outcomes)).toEqual(new Set(['done']));
    expect(readdirSync(small.output).length).toBe(outcomes.length);
    expect(outcomes.length).toBeLessThan(40);
    const idle = startCli(['worker'], server.queue());
    await until(() => idle.stderr().includes('worker of redis'));
    await wait(300);
    idle.child.kill('SIGTERM');
    expect(await idle.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('0 done') });
  });

  test('lower priorities are taken first, at the rate of the worker', async () => {
    const queue = server.queue();
    const { output, files } = newFolder('order', 6);
    for (const [i, priority] of [5, 5, 1, 0, 1, 3].entries()) {
      await ok(['submit', files[i], '-o', `${output}/`, ...QUICK, '--priority', `${priority}`], queue);
    }
    const [waiting] = await json(['status'], queue);
    expect(waiting).toMatchObject({ waiting: 1, prioritized: 5 });
    expect(waiting.oldestWaitingSeconds).toBeGreaterThan(0);
    await ok(['worker', '--until-empty', '--quiet', '--rate', '5'], queue);
    const jobs = (await jobsOf(queue)).sort((a, b) => Number(a.processedOn) - Number(b.processedOn));
    const order = jobs.map((job) => files.indexOf(JSON.parse(job.data).input));
    expect(order).toEqual([3, 2, 4, 5, 0, 1]);
    const spread = Number(jobs[5].processedOn) - Number(jobs[0].processedOn);
    expect(spread).toBeGreaterThan(900);
  });

  test('a picture that needs more memory, or has more pixels, than the worker allows fails with exit code 3', async () => {
    const queue = server.queue();
    const { output, files } = newFolder('limits', 8);
    await ok(['submit', ...files, 'test/images/kodak/kodim01.png', '-o', `${output}/`, ...QUICK], queue);
    const memory = await ok(['worker', '--until-empty', '--quiet', '--limit-memory', '1M'], queue);
    expect(memory.stderr).toMatch(
      /kodim01\.png: the picture takes about \d+ MB of memory, more than this worker's 1 MB/,
    );
    expect(readdirSync(output)).toHaveLength(8);
    await ok(['retry'], queue);
    const pixels = await ok(['worker', '--until-empty', '--quiet', '--limit-pixels', '2000'], queue);
    expect(pixels.stderr).toMatch(/kodim01\.png.*limit/);
    expect(await json(['status', '--failed'], queue)).toMatchObject([{ error: { exitCode: 3 } }]);
  });

  test('what another worker may have is tried again, and then fails with its code', async () => {
    const queue = server.queue();
    const { output, files } = newFolder('missing', 1);
    await ok(['submit', files[0], '-o', `${output}/`, '--attempts', '2'], queue);
    const key = (await server.client.keys(`bull:${parseQueueAddress(queue).name}:*`)).find((each) =>
      /[0-9a-f]{64}$/.test(each),
    );
    const data = JSON.parse((await server.client.hget(key as string, 'data')) as string);
    await server.client.hset(key as string, 'data', JSON.stringify({ ...data, model: 'ffffffffffffffff' }));
    const { stderr } = await ok(['worker', '--until-empty', '--quiet'], queue);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/no model ffffffffffffffff.*attempt 1, it will be tried again$/),
      expect.stringMatching(/no model ffffffffffffffff/),
    ]);
    expect(await json(['status', '--failed'], queue)).toMatchObject([{ attempts: 2, error: { exitCode: 6 } }]);
  });

  test('a job whose workers were killed again and again ends in the dead letters; retry forgets it', async () => {
    const queue = server.queue();
    const { output, files } = newFolder('poison', 1);
    await ok(['submit', files[0], '-o', `${output}/`, ...QUICK], queue);
    const key = (await server.client.keys(`bull:${parseQueueAddress(queue).name}:*`)).find((each) =>
      /[0-9a-f]{64}$/.test(each),
    );
    await server.client.hset(key as string, { stc: 6, defa: 'job stalled more than allowable limit' });
    await ok(['worker', '--until-empty', '--quiet'], queue);
    expect(await json(['status', '--failed'], queue)).toMatchObject([
      { error: { exitCode: 1, message: expect.stringContaining('its workers ended 6 times without finishing it') } },
    ]);
    expect(await json(['retry'], queue)).toMatchObject([{ retried: 1 }]);
    await ok(['worker', '--until-empty', '--quiet'], queue);
    expect(readdirSync(output)).toHaveLength(1);
  });

  test('the command lines of docs/command-line.md run', async () => {
    const [, block] = /^```sh queue\n([\s\S]*?)^```/m.exec(readFileSync('docs/command-line.md', 'utf8')) ?? [];
    const place = path('documents');
    const documented = server.queue();
    mkdirSync(join(place, 'photos'), { recursive: true });
    for (const name of ['photo.png', 'photos/a.jpg']) cpSync(path('pictures', '00000.png'), join(place, name));
    const lines = block.split('\n').filter((line) => line.startsWith('npx ddpm-codec'));
    expect(lines).toHaveLength(7);
    for (const line of lines) {
      const command = line.replace('npx ddpm-codec', `"${process.execPath}" "${BIN}"`);
      const env = { ...process.env, DDPM_CODEC_QUEUE: documented };
      execFileSync('bash', ['-c', command], { cwd: place, stdio: 'pipe', env });
    }
    expect(await json(['status'], documented)).toMatchObject([{ completed: 2, failed: 0, waiting: 1 }]);
  });

  test('progress of a long job is shown', async () => {
    const queue = server.queue();
    await ok(['submit', 'test/images/kodak/kodim01.png', '-o', path('progress/')], queue);
    const worker = startCli(['worker', '--grace', '0'], queue);
    await until(async () => {
      const [status] = await json(['status'], queue);
      const [job] = status.jobs as { step?: number; fraction: number }[];
      return job?.step !== undefined && job.fraction > 0 && job.fraction < 1;
    });
    expect(await json(['status'], queue)).toMatchObject([
      { active: 1, workers: [{ name: expect.stringMatching(/:\d+$/) }] },
    ]);
    const text = await ok(['status'], queue);
    expect(text.stdout).toMatch(/encode .*kodim01\.png .* %, layer \d+\/\d+/);
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toMatchObject({ code: 0 });
  });

  test('the password is in no output and in no list of processes', async () => {
    const queue = server.queue();
    const wrong = new URL(queue);
    wrong.password = 'wrong-secret';
    const outputs: string[] = [];
    const run = async (args: readonly string[], code: number, env?: string): Promise<void> => {
      const end = await cli(args, env);
      expect(end, end.stderr).toMatchObject({ code });
      outputs.push(end.stdout, end.stderr);
    };
    process.env.DDPM_DEBUG = '1';
    try {
      for (const command of [['status'], ['worker'], ['retry'], ['submit', path('pictures', '00000.png')]]) {
        await run([...command, '--queue', wrong.href], 8);
        await run(command, 8, 'redis://:wrong-secret@no-such-host.invalid/q');
        await run([...command, '--queue', 'redis://:wrong-secret@127.0.0.1:1/q'], 8);
        await run([...command, '--queue', 'redis://:wrong-secret@host/'], 2);
        await run([...command, `--queueue=redis://:wrong-secret@host/q`], 2);
      }
      await run(['status', 'redis://:wrong-secret@host/q'], 2);
      await run(['status', '--queue', queue], 0);
    } finally {
      delete process.env.DDPM_DEBUG;
    }
    const worker = startCli(['worker', '--queue', queue]);
    await until(() => worker.stderr().includes('worker of redis'));
    if (process.platform === 'linux') outputs.push(readFileSync(`/proc/${worker.child.pid}/cmdline`, 'utf8'));
    worker.child.kill('SIGTERM');
    outputs.push((await worker.ended).stderr);
    const text = outputs.join('\n');
    expect(text).not.toContain('wrong-secret');
    expect(text).not.toContain(PASSWORD);
    expect(text).toContain('cannot use the queue redis://');
    expect(text).toMatch(/WRONGPASS.*Check user and password/);
    expect(text).toContain('Check the name of the host');
  });
});

test.skipIf(NO_OWN_SERVER)(
  `a worker waits for a server that is away${NO_OWN_SERVER ? `: ${NO_OWN_SERVER}` : ''}`,
  async () => {
    const { input, output } = newFolder('away', 5);
    mkdirSync(path('away', 'redis'));
    const own = await RedisServer.start(path('away', 'redis'), PASSWORD);
    const queue = own.queue('away');
    const worker = startCli(['worker', '--quiet'], queue);
    try {
      await ok(['submit', join(input, '00000.png'), '-o', `${output}/`, ...QUICK], queue);
      const outputs = (): number => (readdirSync(path('away')).includes('out') ? readdirSync(output).length : 0);
      await until(() => outputs() === 1);
      await own.kill();
      await until(() => worker.stderr().includes('lost the queue'));
      await wait(1500);
      await own.start();
      await until(() => worker.stderr().includes('is there again'));
      expect(await json(['submit', join(input, '*.png'), '-o', `${output}/`, ...QUICK], queue)).toMatchObject([
        { added: 4, existing: 1 },
      ]);
      await until(() => outputs() === 5);
      worker.child.kill('SIGTERM');
      const { code, stderr } = await worker.ended;
      expect(code).toBe(0);
      expect(stderr.trim().split('\n')).toHaveLength(2);
    } finally {
      worker.child.kill('SIGKILL');
      await own.kill();
    }
  },
);
