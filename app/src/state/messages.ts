/** What the app tells: errors, which stay until they are closed, and a line of status that is read aloud. */
import { signal } from '@preact/signals';
import { DdpmError } from 'ddpm-codec/browser';

export interface ErrorMessage {
  readonly id: number;
  readonly text: string;
  /** What the program said, for those who want to know. */
  readonly detail: string;
}

export const errors = signal<readonly ErrorMessage[]>([]);
/** The last thing that happened, in one line. */
export const status = signal('');

let lastId = 0;
/** More errors than this are not of use at once. */
const MOST = 3;

/** Shows an error; what the page holds stays as it is. */
export function showError(text: string, error?: unknown): void {
  const detail = error instanceof Error ? error.message : error === undefined ? '' : String(error);
  lastId++;
  errors.value = [...errors.value.filter((other) => other.text !== text), { id: lastId, text, detail }].slice(-MOST);
}

export function closeError(id: number): void {
  errors.value = errors.value.filter((error) => error.id !== id);
}

/** What a failure of the codec means to somebody who has only a file in mind. */
export function plainWords(error: unknown, name: string): string {
  const code = error instanceof DdpmError ? error.code : undefined;
  switch (code) {
    case 'ERR_DDPM_CORRUPT':
      return `${name} is damaged, or is not a .ddpm file.`;
    case 'ERR_DDPM_TRUNCATED':
      return `${name} ends too early: not even its header is whole.`;
    case 'ERR_DDPM_LIMIT':
      return `${name} is too large for this browser.`;
    case 'ERR_DDPM_TARGET':
      return `${name} cannot be made so small or so good. Choose another goal.`;
    case 'ERR_DDPM_MODEL_MISMATCH':
      return `${name} was made with another model than the one of this page.`;
    case 'ERR_DDPM_MODEL_MISSING':
    case 'ERR_DDPM_MODEL_CORRUPT':
      return 'The model could not be loaded. Check the connection and try again.';
    case 'ERR_DDPM_BACKEND':
      return 'This browser cannot run the codec, or ran out of memory.';
    default:
      return `${name} could not be processed.`;
  }
}
