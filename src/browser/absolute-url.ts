/**
 * Makes a URL absolute: relative ones belong to the page, or to the worker that calls.
 *
 * @returns undefined if the value is no URL
 */
export function absoluteUrl(value: string | URL): string | undefined {
  const { document, location } = globalThis as { document?: { baseURI: string }; location?: { href: string } };
  try {
    return new URL(value, document?.baseURI ?? location?.href).href;
  } catch {
    return undefined;
  }
}
