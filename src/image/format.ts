/** Image file formats that `writeImage` can write. */
export type ImageFormat = 'png' | 'jpeg' | 'webp' | 'avif' | 'tiff' | 'ppm' | 'pgm';

const formatOfExtension: ReadonlyMap<string, ImageFormat> = new Map([
  ['png', 'png'],
  ['jpg', 'jpeg'],
  ['jpeg', 'jpeg'],
  ['webp', 'webp'],
  ['avif', 'avif'],
  ['tif', 'tiff'],
  ['tiff', 'tiff'],
  ['ppm', 'ppm'],
  ['pgm', 'pgm'],
]);

/**
 * Format that belongs to a file name, by its extension in either case: png, jpg/jpeg, webp, avif, tif/tiff, ppm, pgm. A
 * name without an extension is a PNG. Ask before a long decode, so that a name that cannot be written fails at once.
 *
 * @param fileName - a file name or path, e.g. `out/photo.jpg`
 * @param channels - 1 grey, 3 RGB: what the file must hold; RGB does not fit into PGM
 * @throws RangeError if no format has this extension, or the format cannot hold so many channels
 */
export function imageFormat(fileName: string, channels: 1 | 3 = 1): ImageFormat {
  const baseName = fileName.slice(Math.max(fileName.lastIndexOf('/'), fileName.lastIndexOf('\\')) + 1);
  const dot = baseName.lastIndexOf('.');
  const extension = dot > 0 ? baseName.slice(dot + 1).toLowerCase() : 'png';
  const format = formatOfExtension.get(extension);
  if (format === undefined) {
    const known = [...formatOfExtension.keys()].join(', ');
    throw new RangeError(
      `"fileName" expected one of the extensions ${known}, got ${extension || 'none'} (${fileName})`,
    );
  }
  if (format === 'pgm' && channels !== 1) {
    throw new RangeError(`"fileName" expected a format for RGB, such as ppm or png, got pgm (${fileName})`);
  }
  return format;
}
