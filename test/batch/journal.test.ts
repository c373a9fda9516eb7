import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Journal } from '../../src/batch/journal.ts';
import { type JournalLine, lineText, parseLine } from '../../src/batch/journal-lines.ts';
import { linesOf, MAX_LINE_BYTES } from '../../src/batch/lines.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const basis = { time: '2026-01-01T00:00:00.000Z', command: 'encode', attempts: 1, seconds: 0.5 };

/** A job that is done, with an output of 100 bytes and more. */
function done(number: number, changes: Partial<JournalLine> = {}): JournalLine {
  const subject = {
    input: `a ${number}.png`,
    size: number,
    version: `v${number}`,
    options: 'k',
    output: `${number}.ddpm`,
  };
  return { ...basis, ...subject, status: 'done', outputSize: 100 + number, ...changes };
}

function failed(number: number, exitCode: number, permanent = true): JournalLine {
  const { outputSize: _, ...line } = done(number);
  return { ...line, status: 'failed', exitCode, permanent, message: 'it went wrong' };
}

async function journalOf(...lines: JournalLine[]): Promise<{ path: string; journal: Journal }> {
  const path = join(temporaryFolder(), 'journal');
  const journal = await Journal.open(path);
  for (const line of lines) journal.add(line);
  await journal.close();
  return { path, journal: await Journal.open(path) };
}

describe('what it says', () => {
  test('a job is done if all of it is the same and the output has its size', async () => {
    const { journal } = await journalOf(done(1), done(2));
    expect(journal.verdict(done(1), 101)).toEqual({ status: 'done' });
    expect(journal.verdict(done(2), 102)).toEqual({ status: 'done' });
    expect(journal.verdict(done(1), 102)).toBeUndefined();
    expect(journal.verdict(done(1), undefined)).toBeUndefined();
    expect(journal.verdict(done(3), 103)).toBeUndefined();
    for (const change of [{ input: 'b' }, { size: 9 }, { version: 'v9' }, { options: 'l' }, { output: '9' }]) {
      expect(journal.verdict(done(1, change), 101)).toBeUndefined();
    }
    await journal.close();
  });

  test('a failure for good stays one, until the job is done; another one does not count', async () => {
    const { journal } = await journalOf(failed(1, 4), failed(2, 7, false), failed(3, 3), done(3));
    expect(journal.verdict(done(1), undefined)).toEqual({ status: 'failed', exitCode: 4 });
    expect(journal.verdict(done(2), undefined)).toBeUndefined();
    expect(journal.verdict(done(3), 103)).toEqual({ status: 'done' });
    expect(journal.verdict(done(3), undefined)).toBeUndefined();
    await journal.close();
  });
});

describe('a torn journal', () => {
  test('cut at any byte, says what its whole lines say, and goes on', async () => {
    const { path, journal } = await journalOf(done(1), failed(2, 3));
    await journal.close();
    const bytes = readFileSync(path);
    const ends = [bytes.indexOf(0x0a), bytes.length - 1]; // a line without its end is whole if nothing else lacks
    for (let length = 0; length <= bytes.length; length++) {
      writeFileSync(path, bytes.subarray(0, length));
      const cut = await Journal.open(path);
      expect(cut.verdict(done(1), 101) !== undefined).toBe(length >= (ends[0] as number));
      expect(cut.verdict(done(2), undefined) !== undefined).toBe(length >= (ends[1] as number));
      cut.add(done(7));
      await cut.close();
      expect(readFileSync(path).subarray(0, length)).toEqual(bytes.subarray(0, length));
      const next = await Journal.open(path);
      expect(next.verdict(done(7), 107)).toEqual({ status: 'done' });
      expect(next.verdict(done(1), 101) !== undefined).toBe(length >= (ends[0] as number));
      await next.close();
    }
  });

  test('damaged lines are counted and left out', async () => {
    const { path, journal } = await journalOf(done(1));
    await journal.close();
    const damaged = [
      '{"journal":1,"status":"done"}',
      'nonsense',
      '{"journal":1,',
      lineText({ ...failed(2, 3), exitCode: 900 }).trimEnd(),
      lineText(done(3)).replace('"size":3', '"size":"3"').trimEnd(),
      'x'.repeat(2 * MAX_LINE_BYTES),
    ];
    appendFileSync(path, `${damaged.join('\n')}\n${lineText(done(4))}`);
    const again = await Journal.open(path);
    expect(again.verdict(done(1), 101)).toEqual({ status: 'done' });
    expect(again.verdict(done(4), 104)).toEqual({ status: 'done' });
    expect(again.unreadable).toBe(5); // the line that is too long was not kept
    await again.close();
  });
});

describe('the file', () => {
  test.each(['{"schemaVersion":1}\n', 'hello', '{"journal":2,"time":1}\n', '\n', '\u0000', '{"journal":10'])(
    '%j is no journal, and is left as it is',
    async (text) => {
      const path = join(temporaryFolder(), 'file');
      writeFileSync(path, text);
      await expect(Journal.open(path)).rejects.toMatchObject({
        code: 'ERR_DDPM_OUTPUT',
        message: expect.stringContaining(`cannot use the journal ${path}: its first line is not one of a journal`),
      });
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );

  test('a folder is none, nor is a path without a folder', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'x'));
    for (const path of [join(folder, 'x'), join(folder, 'none', 'y')]) {
      await expect(Journal.open(path)).rejects.toMatchObject({ code: 'ERR_DDPM_OUTPUT' });
    }
  });

  test('two open journals write whole lines into one file', async () => {
    const path = join(temporaryFolder(), 'journal');
    const [one, two] = [await Journal.open(path), await Journal.open(path)];
    for (let i = 0; i < 50; i++) {
      one.add(done(i));
      two.add(done(100 + i));
      if (i % 10 === 0) await Promise.all([one.flush(), two.flush()]);
    }
    await Promise.all([one.close(), two.close()]);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => parseLine(line)?.size)).toHaveLength(100);
    expect(lines.every((line) => parseLine(line) !== undefined)).toBe(true);
  });
});

describe('lines', () => {
  test('survive being written and read', () => {
    const text = fc.string({ unit: 'binary' });
    const line = fc.record({ input: text, output: text, version: text, options: text, size: fc.nat() });
    fc.assert(
      fc.property(line, (subject) => {
        const written = lineText(done(1, subject));
        expect(written.indexOf('\n')).toBe(written.length - 1);
        expect(parseLine(written.trimEnd())).toMatchObject(subject);
      }),
    );
  });

  test('are the same however the bytes are cut', async () => {
    const texts = fc.array(
      fc.string().map((text) => text.replaceAll('\n', '')),
      { minLength: 1 },
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(texts, sizes, async (lines, cuts) => {
        const bytes = Buffer.from(`${lines.join('\n')}\n`);
        const parts: Buffer[] = [];
        for (let start = 0, i = 0; start < bytes.length; i++) {
          const end = start + (cuts[i % cuts.length] as number);
          parts.push(bytes.subarray(start, end));
          start = end;
        }
        const found: string[] = [];
        for await (const line of linesOf(Readable.from(parts))) found.push(line);
        expect(found).toEqual(lines);
      }),
    );
  });
});
