/** The pictures that are open, and how they come in. */
import { batch, type Signal, signal } from '@preact/signals';
import { FILE_EXTENSION, isDdpm } from 'ddpm-codec/browser';
import { plainWords, showError, status } from './messages.ts';
import { Picture } from './picture.ts';

export const pictures: Signal<readonly Picture[]> = signal([]);
export const current: Signal<Picture | null> = signal(null);
/** True while files are being read. */
export const opening = signal(false);

/** The picture that was shown before, which stays in memory for the way back. */
let previous: Picture | null = null;

export function select(picture: Picture): void {
  const before = current.peek();
  if (before === picture) return;
  previous = before;
  current.value = picture;
  for (const other of pictures.peek()) if (other !== picture && other !== previous) other.park();
  picture.unpark().catch((error) => showError(`${picture.name} can no longer be read.`, error));
}

export function remove(picture: Picture): void {
  const rest = pictures.value.filter((other) => other !== picture);
  const at = pictures.value.indexOf(picture);
  batch(() => {
    pictures.value = rest;
    if (current.value === picture) {
      current.value = null;
      const next = rest[Math.min(at, rest.length - 1)];
      if (next) select(next);
    }
  });
  if (previous === picture) previous = null;
  picture.dispose();
}

/** Opens picture files and .ddpm files; the first that can be read is shown. */
export async function openFiles(files: readonly File[]): Promise<void> {
  opening.value = true;
  let shown = false;
  for (const file of files) {
    const picture = await openFile(file, file.name || 'pasted picture');
    if (!picture) continue;
    pictures.value = [...pictures.value, picture];
    if (shown) picture.park();
    else select(picture);
    shown = true;
  }
  opening.value = false;
}

/** @returns null if it cannot be read, which is shown */
async function openFile(file: Blob, name: string): Promise<Picture | null> {
  try {
    const start = new Uint8Array(await file.slice(0, 16).arrayBuffer());
    if (isDdpm(start) || name.endsWith(FILE_EXTENSION)) {
      const picture = new Picture(name, null);
      picture.setStream(new Uint8Array(await file.arrayBuffer()));
      status.value = `${name} is open`;
      return picture;
    }
  } catch (error) {
    showError(plainWords(error, name), error);
    return null;
  }
  const picture = new Picture(name, file);
  try {
    await picture.open();
    status.value = `${name} is open`;
    return picture;
  } catch (error) {
    picture.dispose();
    showError(`${name} is not a picture that this browser can read, or it is too large.`, error);
    return null;
  }
}

/** Opens the file at an address, which must allow it to be read from here (CORS). */
export async function openAddress(address: string): Promise<void> {
  const name = address.split(/[?#]/)[0].split('/').at(-1) || address;
  opening.value = true;
  try {
    const picture = await openFile(await fetchBlob(address), decodeURIComponent(name));
    if (picture) {
      pictures.value = [...pictures.value, picture];
      select(picture);
    }
  } catch (error) {
    showError(`${name} could not be fetched. Its server must be reachable and allow this page to read it.`, error);
  } finally {
    opening.value = false;
  }
}

/** Opens the sample: a photograph with its .ddpm file. */
export async function openSample(): Promise<void> {
  opening.value = true;
  try {
    const [photograph, stream] = await Promise.all(['sample.png', 'sample.ddpm'].map(fetchBlob));
    const picture = new Picture('Parrots (Kodak 23)', photograph);
    await picture.open();
    picture.setStream(new Uint8Array(await stream.arrayBuffer()));
    pictures.value = [...pictures.value, picture];
    select(picture);
  } catch (error) {
    showError('The sample could not be loaded. Open a picture of your own.', error);
  } finally {
    opening.value = false;
  }
}

/** @param address - absolute, or relative to the page */
async function fetchBlob(address: string): Promise<Blob> {
  const response = await fetch(new URL(address, document.baseURI));
  if (!response.ok) throw new Error(`${address}: the server answered ${response.status}`);
  return response.blob();
}
