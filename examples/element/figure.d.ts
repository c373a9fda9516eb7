import type { Plugin } from 'vite';

/** A picture of the page. */
export interface PagePicture {
  /** Of its files, without their extensions. */
  readonly name: string;
  readonly alt: string;
  readonly width: number;
  readonly height: number;
  /** A placeholder in base64. */
  readonly placeholder: string;
}

export function withPictures(pictures: () => readonly PagePicture[]): Plugin;
