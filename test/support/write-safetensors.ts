/** A tensor to write. `values` are stored as F32, or, for F16, are 16-bit patterns that are stored unchanged. */
export interface TensorToWrite {
  readonly dtype: 'F32' | 'F16';
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** Concatenates header length, header text and data, without checks. */
export function joinSafetensors(header: string, data: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}

/** A well-formed safetensors file. */
export function writeSafetensors(
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const header: Record<string, unknown> = metadata === undefined ? {} : { __metadata__: metadata };
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { dtype, shape, values }] of Object.entries(tensors)) {
    const array = dtype === 'F32' ? new Float32Array(values) : new Uint16Array(values);
    header[name] = { dtype, shape, data_offsets: [offset, offset + array.byteLength] };
    chunks.push(new Uint8Array(array.buffer));
    offset += array.byteLength;
  }
  const data = new Uint8Array(offset);
  let at = 0;
  for (const chunk of chunks) {
    data.set(chunk, at);
    at += chunk.length;
  }
  return joinSafetensors(JSON.stringify(header), data);
}
