import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { crc32c } from '../../src/base/crc-32c.ts';
import { EventFile } from '../../src/training/event-file.ts';
import { scalarRecord, startRecord, versionRecord } from '../../src/training/event-record.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { eventsIn, readEvents } from './read-events.ts';

afterEach(() => vi.useRealTimers());

test('CRC-32C of the examples of RFC 3720, appendix B.4', () => {
  const bytes = (value: (i: number) => number): Uint8Array => Uint8Array.from({ length: 32 }, (_, i) => value(i));
  expect(crc32c(bytes(() => 0))).toBe(0x8a9136aa);
  expect(crc32c(bytes(() => 255))).toBe(0x62a8ab43);
  expect(crc32c(bytes((i) => i))).toBe(0x46dd794e);
  expect(crc32c(bytes((i) => 31 - i))).toBe(0x113fdb5c);
});

test('records are those that TensorBoard writes itself', () => {
  const parts = [
    versionRecord(1700000000.25),
    startRecord(1700000000.25, 301),
    scalarRecord({
      wallTime: 1700000001.5,
      step: 400,
      scalars: new Map([
        ['loss', 0.1],
        ['learning_rate', 2e-4],
      ]),
    }),
    scalarRecord({ wallTime: 1700000002.75, step: 5e9, scalars: new Map([['validation/bits_per_dim', 3.75]]) }),
  ];
  const expected = readFileSync('test/fixtures/tensorboard/events.out.tfevents.fixture');
  expect(Buffer.concat(parts)).toEqual(expected);
  // The decoder that other tests use finds in it what its program wrote.
  expect(readEvents(expected).map(({ step, scalars }) => [step, scalars])).toEqual([
    [0, {}],
    [301, {}],
    [400, { loss: Math.fround(0.1), learning_rate: Math.fround(2e-4) }],
    [5e9, { 'validation/bits_per_dim': 3.75 }],
  ]);
});

describe('event files', () => {
  const entry = { loss: 0.5, gradientNorm: 1, learningRate: 0.25, imagesPerSecond: 8, seconds: 1 };

  test('hold the numbers of the log; what was not measured is left out', () => {
    const folder = temporaryFolder();
    const file = new EventFile(folder, 0);
    expect(readdirSync(folder)).toEqual([]);
    file.append({ ...entry, step: 0, loss: null, gradientNorm: null, imagesPerSecond: null, validationBitsPerDim: 9 });
    file.append({ ...entry, step: 10 });
    const [name, ...others] = readdirSync(folder);
    expect([name, others]).toEqual([expect.stringMatching(/^events\.out\.tfevents\.\d{10}\.\d{3}\.ddpm-codec$/), []]);
    const events = readEvents(readFileSync(join(folder, name as string)));
    expect(events[0]).toMatchObject({ fileVersion: 'brain.Event:2' });
    expect(events[1]).toMatchObject({ sessionStatus: 1, step: 0 });
    expect(events.slice(2).map(({ step, scalars }) => [step, scalars])).toEqual([
      [0, { learning_rate: 0.25, 'validation/bits_per_dim': 9 }],
      [10, { loss: 0.5, gradient_norm: 1, learning_rate: 0.25, images_per_second: 8 }],
    ]);
    expect(Math.abs((events[3]?.wallTime ?? 0) - Date.now() / 1000)).toBeLessThan(60);
  });

  test('each run has its own, which says from where on it counts, and sorts after those before it', () => {
    const folder = temporaryFolder();
    vi.useFakeTimers({ now: 1_700_000_000_999 });
    for (const startStep of [0, 300, 300]) new EventFile(folder, startStep).append({ ...entry, step: startStep + 10 });
    expect(readdirSync(folder).sort()).toEqual([
      'events.out.tfevents.1700000000.999.ddpm-codec',
      'events.out.tfevents.1700000001.000.ddpm-codec',
      'events.out.tfevents.1700000001.001.ddpm-codec',
    ]);
    const starts = eventsIn(folder).filter(({ sessionStatus }) => sessionStatus === 1);
    expect(starts.map(({ step }) => step)).toEqual([0, 301, 301]);
  });

  test('a file that was cut anywhere has all records before the cut', () => {
    const folder = temporaryFolder();
    const file = new EventFile(folder, 0);
    for (const step of [1, 2, 3]) file.append({ ...entry, step });
    const path = join(folder, readdirSync(folder)[0] as string);
    const whole = readFileSync(path);
    const ends = readEvents(whole).map(({ end }) => end);
    for (let length = 0; length <= whole.length; length++) {
      expect(readEvents(whole.subarray(0, length))).toHaveLength(ends.filter((end) => end <= length).length);
    }
  });

  test('a folder that cannot be written is an error that names the file', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const file = new EventFile(join(folder, 'file'), 0);
    expect(() => file.append({ ...entry, step: 1 })).toThrow(/^cannot write .*events\.out\.tfevents/);
  });
});
