/** What an AVIF file says of its picture and sharp does not: colours without an ICC profile, and monochrome. */
import { encodingOfCodePoints } from '../colour/cicp.ts';
import { isSrgb } from '../colour/colour-encoding.ts';
import { iccProfile } from '../colour/icc-writer.ts';
import type { FileDescription } from './file-description.ts';
import { primaryProperties } from './iso-boxes.ts';

/** Bit of the third byte of the box av1C: the picture has no chroma (AV1 in ISOBMFF, section 2.3.3). */
const MONOCHROME_BIT = 0x10;

/**
 * Reads the properties of the primary picture. An ICC profile goes before code points of colours (MIAF, section
 * 7.3.6.4).
 *
 * @throws UnsupportedImage if the picture has colours that cannot be read
 */
export function describeAvif(bytes: Uint8Array): FileDescription {
  const properties = primaryProperties(bytes);
  const monochrome = properties.some(({ type, data }) => type === 'av1C' && (data[2] & MONOCHROME_BIT) !== 0);
  const colours = monochrome ? 'grey' : 'rgb';
  const colr = properties.filter(({ type }) => type === 'colr').map(({ data }) => data);
  const kindOf = (data: Uint8Array): string => String.fromCharCode(...data.subarray(0, 4));
  const nclx = colr.find((data) => kindOf(data) === 'nclx' && data.length >= 10);
  const plain = { monochrome, warnings: [] };
  if (!nclx || colr.some((data) => ['prof', 'rICC'].includes(kindOf(data)))) return plain;
  const view = new DataView(nclx.buffer, nclx.byteOffset, nclx.byteLength);
  const encoding = encodingOfCodePoints({ primaries: view.getUint16(4), transfer: view.getUint16(6) });
  return isSrgb(encoding, colours) ? plain : { ...plain, icc: iccProfile(encoding, colours) };
}
