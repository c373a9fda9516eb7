import { shownLocation } from '../location.ts';

/** An object, or a prefix of keys, in a bucket. */
export interface ObjectLocation {
  readonly bucket: string;
  /** Taken as it is: nothing in it is percent-decoded. */
  readonly key: string;
}

/**
 * Takes `s3://BUCKET/KEY` apart.
 *
 * @throws RangeError if it names no bucket and key
 */
export function objectLocation(location: string): ObjectLocation {
  const [, bucket = '', key = ''] = /^s3:\/\/([a-z0-9][a-z0-9._-]*)\/(.+)$/is.exec(location) ?? [];
  if (key !== '') return { bucket, key };
  throw new RangeError(`"location" expected s3://BUCKET/KEY, got ${shownLocation(location)}`);
}
