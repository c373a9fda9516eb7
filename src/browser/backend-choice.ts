/** Backends of browsers. */
export type BrowserBackend = 'wasm' | 'webgpu' | 'cpu';
/** A backend, or that which is best. */
export type BackendChoice = BrowserBackend | 'auto';

/** All choices, the default first. */
export const BACKEND_CHOICES: readonly BackendChoice[] = ['auto', 'wasm', 'webgpu', 'cpu'];

/** The backend of a choice, as an option of the codec. None with `auto`, which leaves it to the engine. */
export function namedBackend(choice: BackendChoice = 'auto'): { readonly backend?: BrowserBackend } {
  return choice === 'auto' ? {} : { backend: choice };
}
