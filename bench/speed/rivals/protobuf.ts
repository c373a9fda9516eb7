/** Writes protocol buffers (https://protobuf.dev/programming-guides/encoding), as far as ONNX files need them. */

/** Bytes of a message or of one of its fields. */
export type Message = Uint8Array;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

/** A field with a whole number, 0 or more. */
export function integerField(field: number, value: number): Message {
  return Uint8Array.from([...varint(field * 8), ...varint(value)]);
}

/** A field with text, bytes, or a message. */
export function bytesField(field: number, value: string | Uint8Array): Message {
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return Buffer.concat([Uint8Array.from([...varint(field * 8 + 2), ...varint(bytes.length)]), bytes]);
}

/** A message of fields. */
export function message(...fields: readonly Message[]): Message {
  return Buffer.concat(fields);
}
