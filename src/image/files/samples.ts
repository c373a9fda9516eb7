/** Samples of a picture as a file has them, before they become 8 bits. */
import type { Channels } from '../raw-image.ts';

/** Interleaved samples, rows from the top. Of 16 bits, 65535 is the most light and full opacity. */
export interface Samples {
  readonly data: Uint8Array | Uint16Array;
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. */
  readonly channels: Channels;
}

/** Samples of 8 bits. */
export interface ByteSamples extends Samples {
  readonly data: Uint8Array;
}

/** Bytes at an offset that numbers of any size can be read from: copied, if they are not at one. */
export function aligned(bytes: Uint8Array): Uint8Array {
  return bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
}

/** Bytes as numbers of 16 bits in the order of the machine. */
export function wordsOf(bytes: Uint8Array): Uint16Array {
  const { buffer, byteOffset, length } = aligned(bytes);
  return new Uint16Array(buffer, byteOffset, length / 2);
}

/** Turns the colours of samples over, so that 0 is white; alpha stays. */
export function turnOver(samples: Samples): Samples {
  const { channels } = samples;
  const white = samples.data instanceof Uint16Array ? 65535 : 255;
  const isAlpha = (i: number): boolean => channels % 2 === 0 && i % channels === channels - 1;
  return { ...samples, data: samples.data.map((value, i) => (isAlpha(i) ? value : white - value)) };
}

/** Reduces samples to 8 bits, each to the nearest (PNG, third edition, section 13.12). */
export function toBytes(samples: Samples): ByteSamples {
  const { data } = samples;
  if (data instanceof Uint8Array) return { ...samples, data };
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) bytes[i] = (data[i] * 255 + 32767) / 65535;
  return { ...samples, data: bytes };
}

/** Keeps the first of three equal colour channels: RGB becomes grey, and RGBA grey and alpha. */
export function withoutColour(samples: Samples): Samples {
  const { data, channels } = samples;
  const kept = channels === 4 ? 2 : 1;
  const length = (data.length / channels) * kept;
  const grey = data instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length);
  for (let from = 0, to = 0; from < data.length; from += channels) {
    grey[to++] = data[from];
    if (kept === 2) grey[to++] = data[from + 3];
  }
  return { ...samples, data: grey, channels: kept };
}

/** Removes an alpha channel that is opaque everywhere. */
export function dropOpaqueAlpha(samples: ByteSamples): ByteSamples {
  const { data, width, height, channels } = samples;
  if (channels === 1 || channels === 3) return samples;
  const colours = channels === 2 ? 1 : 3;
  for (let i = colours; i < data.length; i += channels) if (data[i] !== 255) return samples;
  const colour = new Uint8Array(width * height * colours);
  for (let from = 0, to = 0; from < data.length; from += channels) {
    for (let j = 0; j < colours; j++) colour[to++] = data[from + j];
  }
  return { data: colour, width, height, channels: colours };
}
