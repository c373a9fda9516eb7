/** Binary data embedded in the code as base64: nothing is read at run time, and browsers need no bundler plug-in. */

/** Decodes base64. */
export function embeddedBytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/**
 * A WebAssembly module that is compiled once, at its first use.
 *
 * @param base64 - bytes of the module
 * @returns a function that returns the module, or undefined where WebAssembly or its SIMD is missing or a security
 *   policy forbids compilation
 */
export function embeddedModule(base64: string): () => WebAssembly.Module | undefined {
  let compiled: WebAssembly.Module | undefined;
  return () => {
    if (compiled || typeof WebAssembly !== 'object') return compiled;
    const bytes = embeddedBytes(base64);
    if (!WebAssembly.validate(bytes)) return undefined;
    try {
      compiled = new WebAssembly.Module(bytes);
    } catch {
      // The bytes are valid, so the host forbids compilation. Callers fall back to JavaScript; their `name` says so.
    }
    return compiled;
  };
}
