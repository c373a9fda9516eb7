/** Small things that are remembered from visit to visit, where the browser lets us. */

const PREFIX = 'ddpm-codec-app.';

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null; // storage is turned off
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // Turned off or full: then it is not remembered.
  }
}
