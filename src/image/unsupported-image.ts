/** A whole image file of a kind that is not read; the message is the end of a sentence about the file, and what to do. */
export class UnsupportedImage extends Error {
  override readonly name = 'UnsupportedImage';
}
