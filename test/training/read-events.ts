/** Reads TensorBoard's event files; written from the definition of protocol buffers, and not from the writer. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An event, as far as it is of those that a training writes. */
export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion?: string;
  readonly sessionStatus?: number;
  readonly scalars: Readonly<Record<string, number>>;
  /** Where its record ends in the file. */
  readonly end: number;
}

type Field = readonly [number: number, value: number | Buffer];

/** All events of a folder, in the order of TensorBoard: file by file, by name. */
export function eventsIn(folder: string): ReadEvent[] {
  const files = readdirSync(folder).filter((name) => name.includes('tfevents'));
  return files.sort().flatMap((name) => readEvents(readFileSync(join(folder, name))));
}

/** The events of a file's whole records; throws if a checksum is wrong. */
export function readEvents(file: Buffer): ReadEvent[] {
  const events: ReadEvent[] = [];
  for (let at = 0; at + 12 <= file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const end = at + 16 + length;
    assertChecksum(file.subarray(at, at + 8), file.readUInt32LE(at + 8));
    if (end > file.length) break;
    const message = file.subarray(at + 12, end - 4);
    assertChecksum(message, file.readUInt32LE(end - 4));
    events.push(eventOf(message, end));
    at = end;
  }
  return events;
}

function eventOf(message: Buffer, end: number): ReadEvent {
  const fields = new Map(fieldsOf(message));
  const inner = (number: number): Field[] => [...fieldsOf((fields.get(number) as Buffer) ?? Buffer.of())];
  const values = inner(5).map(([, value]) => new Map(fieldsOf(value as Buffer)));
  const status = new Map(inner(7)).get(1) as number | undefined;
  const version = fields.get(3)?.toString();
  return {
    wallTime: fields.get(1) as number,
    step: (fields.get(2) as number) ?? 0,
    scalars: Object.fromEntries(values.map((value) => [String(value.get(1)), value.get(2) as number])),
    ...(version !== undefined && { fileVersion: version }),
    ...(status !== undefined && { sessionStatus: status }),
    end,
  };
}

function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message.readUInt8(at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  const take = (length: number): Buffer => {
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = varint();
    const number = key >> 3;
    const wire = key & 7;
    if (wire === 0) yield [number, varint()];
    else if (wire === 1) yield [number, take(8).readDoubleLE()];
    else if (wire === 5) yield [number, take(4).readFloatLE()];
    else yield [number, take(varint())];
  }
}

function assertChecksum(bytes: Buffer, masked: number): void {
  const rotated = (masked - 0xa282ead8) >>> 0;
  const expected = ((rotated << 15) | (rotated >>> 17)) >>> 0;
  let remainder = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = ((remainder ^ (byte >> bit)) & 1) === 1;
      remainder = (remainder >>> 1) ^ (isOdd ? 0x82f63b78 : 0);
    }
  }
  if ((remainder ^ 0xffffffff) >>> 0 !== expected) throw new Error('a checksum is wrong');
}
