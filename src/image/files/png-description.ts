/** What a PNG file says of its picture and sharp does not: colours without an ICC profile, and animation. */
import { encodingOfCodePoints } from '../colour/cicp.ts';
import {
  BT709_PRIMARIES,
  type ColourEncoding,
  isSrgb,
  type Primaries,
  powerCurve,
  SRGB_CURVE,
  spanColours,
} from '../colour/colour-encoding.ts';
import { iccProfile } from '../colour/icc-writer.ts';
import { pngChunks } from '../png-chunks.ts';
import { UnsupportedImage } from '../unsupported-image.ts';
import { type FileDescription, PLAIN_FILE } from './file-description.ts';

/** The chunks before the pixels that are of interest here. */
type Chunks = ReadonlyMap<string, Uint8Array>;

/** One part of a gamma or of a chromaticity in a file (PNG, third edition, sections 11.3.2.1 and 11.3.2.2). */
const UNITS = 100000;
/**
 * Gammas in files that are taken for the curve of sRGB, whose chunk gAMA has 45455: many programs write 45000, and the
 * difference is below one grey level.
 */
const SRGB_GAMMA = { min: 45000, max: 45910 };
/** Gammas in files that can be meant: exponents of 0.1 to 10. */
const GAMMA = { min: 10000, max: 1000000 };

function numbers(data: Uint8Array): number[] {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: data.length >> 2 }, (_, i) => view.getUint32(i * 4));
}

/** The encoding of the chunk cICP (section 11.3.2.6). */
function cicpEncoding([primaries, transfer, matrix, fullRange]: Uint8Array): ColourEncoding {
  if (matrix !== 0)
    throw new UnsupportedImage(`its cICP chunk has matrix ${matrix}, but PNG holds RGB, which is matrix 0`);
  if (fullRange !== 1) {
    throw new UnsupportedImage(
      'its samples are of narrow range (16 to 235, by its cICP chunk), which is not read; convert it to full range',
    );
  }
  return encodingOfCodePoints({ primaries, transfer });
}

/** The primaries of a chunk cHRM (section 11.3.2.1), or null if it is invalid. */
function chrmPrimaries(chunk: Uint8Array): Primaries | null {
  if (chunk.length !== 32) return null;
  const [wx, wy, rx, ry, gx, gy, bx, by] = numbers(chunk).map((value) => value / UNITS);
  const primaries: Primaries = { white: [wx, wy], red: [rx, ry], green: [gx, gy], blue: [bx, by] };
  return spanColours(primaries) ? primaries : null;
}

/** The exponent of a chunk gAMA (section 11.3.2.2) in units of {@link UNITS}, or null if it is invalid. */
function gamaExponent(chunk: Uint8Array): number | null {
  const [gamma = 0] = numbers(chunk);
  return gamma >= GAMMA.min && gamma <= GAMMA.max ? gamma : null;
}

/** Encoding of gAMA and cHRM; what is missing or invalid is as in sRGB. */
function gammaEncoding(gamma: number | null, ownPrimaries: Primaries | null, colours: 'grey' | 'rgb'): ColourEncoding {
  const primaries = ownPrimaries ?? BT709_PRIMARIES;
  const name = `PNG, gamma ${gamma === null ? 'of sRGB' : gamma / UNITS}, ${ownPrimaries ? 'own' : 'sRGB'} primaries`;
  const likeSrgb = { name, primaries, curve: SRGB_CURVE };
  if (gamma === null) return likeSrgb;
  // With the primaries of sRGB, a gamma of 1/2.2 is how programs wrote sRGB before there was a chunk for it.
  if (gamma >= SRGB_GAMMA.min && gamma <= SRGB_GAMMA.max && isSrgb(likeSrgb, colours)) return likeSrgb;
  return { ...likeSrgb, curve: powerCurve(UNITS / gamma) };
}

/**
 * The colours that a PNG states, in the order of precedence of section 4.3 (cICP, iCCP, sRGB, then gAMA and cHRM).
 *
 * @throws UnsupportedImage if it states colours that cannot be read
 */
function statedColours(chunks: Chunks, colours: 'grey' | 'rgb'): FileDescription {
  const profileOf = (encoding: ColourEncoding): Uint8Array | null =>
    isSrgb(encoding, colours) ? null : iccProfile(encoding, colours);
  const cicp = chunks.get('cICP');
  if (cicp?.length === 4) return { icc: profileOf(cicpEncoding(cicp)), warnings: [] };
  if (chunks.has('iCCP') || chunks.has('sRGB')) return PLAIN_FILE;
  const [gama, chrm] = [chunks.get('gAMA'), chunks.get('cHRM')];
  const [gamma, primaries] = [gama ? gamaExponent(gama) : null, chrm ? chrmPrimaries(chrm) : null];
  const invalid = [...(gama && gamma === null ? ['gAMA'] : []), ...(chrm && !primaries ? ['cHRM'] : [])];
  const warnings = invalid.map((type) => `its ${type} chunk is invalid and was ignored`);
  return { icc: profileOf(gammaEncoding(gamma, primaries, colours)), warnings };
}

/** Frames of an animated PNG (section 11.3.6.1, acTL); 1 without animation. */
function framesOf(chunks: Chunks): number {
  const [frames = 1] = numbers(chunks.get('acTL') ?? new Uint8Array(0));
  return frames;
}

/**
 * Reads the chunks before the pixels, and looks for the end of the file: libpng stops reading after the last pixel, so
 * it would accept a file that lacks only its end, as after an interrupted download.
 *
 * @throws Error if the file ends early; UnsupportedImage if it states colours that cannot be read
 */
export function describePng(bytes: Uint8Array): FileDescription {
  const chunks = new Map<string, Uint8Array>();
  for (const { type, data } of pngChunks(bytes)) {
    if (!chunks.has('IDAT') && !chunks.has(type)) chunks.set(type, data);
  }
  const colourType = chunks.get('IHDR')?.[9] ?? 2;
  const colours = colourType === 0 || colourType === 4 ? 'grey' : 'rgb';
  return { ...statedColours(chunks, colours), frames: framesOf(chunks) };
}
