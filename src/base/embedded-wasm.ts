/** What is shipped as text in the code, so that nothing is read at run time and browsers need no bundler plug-in. */

/** The bytes of base64. */
export function embeddedBytes(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/**
 * A WebAssembly module that is compiled once, when it is first asked for.
 *
 * @returns gives the module; undefined where WebAssembly or its SIMD is missing, or a security policy refuses to compile
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
      // The bytes are valid, so the host refuses; what stands in for the module tells the caller by its name.
    }
    return compiled;
  };
}
