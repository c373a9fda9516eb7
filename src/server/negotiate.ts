/** Proactive negotiation of the media type (RFC 9110, section 12.5.1). */
import { MEDIA_TYPE } from '../codec/format/file-type.ts';
import type { ImageFormat } from '../image/files/image-format.ts';

/** Formats of pictures that are made for clients without the codec. */
export type PictureFormat = Extract<ImageFormat, 'avif' | 'webp' | 'jpeg' | 'png'>;

/** Names of {@link PictureFormat}, best first. */
export const PICTURE_FORMATS: readonly PictureFormat[] = ['avif', 'webp', 'jpeg', 'png'];

/** What can be sent of a file: itself, or a picture of what it shows. */
export type Representation = 'ddpm' | PictureFormat;

/** Formats that every client shows which asks for pictures of any kind. */
const KNOWN_TO_ALL: readonly Representation[] = ['jpeg', 'png'];

/** An element of the header Accept. */
interface MediaRange {
  /** In lower case, such as `image/avif`, `image/*` or the one that is all of asterisks. */
  readonly name: string;
  /** 0..1 */
  readonly weight: number;
}

/** Media type of what is sent. */
export function mediaType(representation: Representation): string {
  return representation === 'ddpm' ? MEDIA_TYPE : `image/${representation}`;
}

/**
 * What may be sent to a client, the best first: by the weights of its header Accept, and of equal weight in the order of
 * `offered`. A client gets the file itself, AVIF or WebP only where it names them: most that ask for pictures of any kind cannot
 * show those. What asks for anything at all and names nothing, as `fetch` does by itself and `curl`, gets the file. PNG, which takes
 * most bytes, comes last.
 *
 * @param accept - the header; null without it, which asks for anything, as does one that is empty or makes no sense
 */
export function acceptable(accept: string | null, offered: readonly Representation[]): Representation[] {
  const named = mediaRanges(accept ?? '');
  const ranges = named.length > 0 ? named : mediaRanges('*/*');
  const takesAnything = ranges.every(({ name }) => name === '*/*');
  const weightOf = (representation: Representation): number => {
    const isByWildcard = KNOWN_TO_ALL.includes(representation) || (takesAnything && representation === 'ddpm');
    const names = [mediaType(representation), ...(isByWildcard ? ['image/*', '*/*'] : [])];
    // The most specific range decides, also where it has a lower weight.
    for (const name of names) {
      const weights = ranges.filter((range) => range.name === name).map(({ weight }) => weight);
      if (weights.length > 0) return Math.max(...weights);
    }
    return 0;
  };
  return offered
    .map((representation) => ({ representation, weight: weightOf(representation) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => Number(a.representation === 'png') - Number(b.representation === 'png') || b.weight - a.weight)
    .map(({ representation }) => representation);
}

/** The elements of a header Accept; what is malformed is left out. */
function mediaRanges(accept: string): MediaRange[] {
  return accept.split(',').flatMap((element) => {
    const [name, ...parameters] = element.split(';').map((part) => part.trim().toLowerCase());
    if (!/^[^\s/]+\/[^\s/]+$/.test(name)) return [];
    const weight = parameters.flatMap((text) => /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.exec(text)?.[1] ?? [])[0];
    return [{ name, weight: Number(weight ?? 1) }];
  });
}
