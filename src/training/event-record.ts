/**
 * The bytes of TensorBoard's event files: messages `Event` of tensorflow/core/util/event.proto (and `Summary` of
 * tensorflow/core/framework/summary.proto) in the records of tensorflow/core/lib/io/record_writer.h.
 */
import { concatBytes } from '../base/concat-bytes.ts';
import { crc32c } from '../base/crc-32c.ts';

/** Numbers of one step, by tag. */
export interface ScalarEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  /** Stored as 32-bit floats. */
  readonly scalars: ReadonlyMap<string, number>;
}

/** Version that the first event of a file names. */
const FILE_VERSION = 'brain.Event:2';

/** Field numbers of the messages. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 };
const SUMMARY = { value: 1 };
const VALUE = { tag: 1, simpleValue: 2 };
const SESSION_LOG = { status: 1 };
const SESSION_START = 1;

/** Wire types of protocol buffers. */
const WIRE = { varint: 0, double: 1, bytes: 2, float: 5 };

/**
 * A record with the first event of a file.
 *
 * @param wallTime - seconds since 1970
 */
export function versionRecord(wallTime: number): Uint8Array {
  return recordOf(concatBytes(doubleField(EVENT.wallTime, wallTime), textField(EVENT.fileVersion, FILE_VERSION)));
}

/**
 * A record that says that a run begins at a step: TensorBoard then forgets what earlier files have from this step on.
 *
 * @param wallTime - seconds since 1970
 */
export function startRecord(wallTime: number, step: number): Uint8Array {
  const log = varintField(SESSION_LOG.status, SESSION_START);
  return recordOf(concatBytes(head(wallTime, step), bytesField(EVENT.sessionLog, log)));
}

/** A record with numbers. */
export function scalarRecord({ wallTime, step, scalars }: ScalarEvent): Uint8Array {
  const values = Array.from(scalars, ([tag, value]) =>
    bytesField(SUMMARY.value, concatBytes(textField(VALUE.tag, tag), floatField(VALUE.simpleValue, value))),
  );
  return recordOf(concatBytes(head(wallTime, step), bytesField(EVENT.summary, concatBytes(...values))));
}

function head(wallTime: number, step: number): Uint8Array {
  return concatBytes(doubleField(EVENT.wallTime, wallTime), varintField(EVENT.step, step));
}

/** Length (64 bits), its checksum, the message, its checksum; little-endian. */
function recordOf(message: Uint8Array): Uint8Array {
  const record = new Uint8Array(16 + message.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, message.length, true);
  view.setUint32(8, maskedChecksum(record.subarray(0, 8)), true);
  record.set(message, 12);
  view.setUint32(12 + message.length, maskedChecksum(message), true);
  return record;
}

/** A checksum that is no checksum of data in which it stands itself (tensorflow/core/lib/hash/crc32c.h, `Mask`). */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function doubleField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return concatBytes(key(field, WIRE.double), bytes);
}

function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concatBytes(key(field, WIRE.float), bytes);
}

function textField(field: number, text: string): Uint8Array {
  return bytesField(field, new TextEncoder().encode(text));
}

function bytesField(field: number, bytes: Uint8Array): Uint8Array {
  return concatBytes(key(field, WIRE.bytes), varint(bytes.length), bytes);
}

function varintField(field: number, value: number): Uint8Array {
  return concatBytes(key(field, WIRE.varint), varint(value));
}

function key(field: number, wire: number): Uint8Array {
  return varint(field * 8 + wire);
}

/** @param value - an integer of 0..2^53-1 */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.from([...bytes, rest]);
}
