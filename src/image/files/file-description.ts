/** What an image file says of its picture that the image library does not tell. */
export interface FileDescription {
  /**
   * ICC profile that says what the file says of its colours in another way, or null if that is sRGB; either takes the
   * place of an embedded profile.
   */
  readonly icc?: Uint8Array | null;
  /** Number of frames, if the library does not count them; 1 for a still picture. */
  readonly frames?: number;
  /** True if the file has one channel, and the library makes three of it. */
  readonly monochrome?: boolean;
  /** True if samples of 0 are white, and the library does not turn them over. */
  readonly turnedOver?: boolean;
  /** One line for each thing that is wrong in the file and was ignored. */
  readonly warnings: readonly string[];
}

/** Description of a file that says nothing more. */
export const PLAIN_FILE: FileDescription = { warnings: [] };
