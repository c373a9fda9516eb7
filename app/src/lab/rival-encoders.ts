/** Encoders of other formats, WebAssembly that is loaded when it is first used. */

export const RIVALS = ['jpeg', 'webp', 'avif'] as const;
export type Rival = (typeof RIVALS)[number];

/** Makes a file of a quality, 0..100. */
export type EncodeRival = (pixels: ImageData, quality: number) => Uint8Array<ArrayBuffer>;

/** What these encoders have in common: a WebAssembly module with one function. */
interface Module<Options> {
  encode(data: Uint8ClampedArray | Uint8Array, width: number, height: number, options: Options): Uint8Array | null;
}

function encoderOf<Options>(name: string, module: Module<Options>, options: Options): EncodeRival {
  return ({ data, width, height }, quality) => {
    const file = module.encode(data, width, height, { ...options, quality });
    if (!file) throw new Error(`${name} cannot encode this picture of ${width} x ${height}`);
    // A view of the module's memory, which the next call overwrites.
    return new Uint8Array(file);
  };
}

/** Loads an encoder, with the settings of the project's benchmark where they matter: AVIF with full colour resolution. */
export async function loadRival(rival: Rival): Promise<EncodeRival> {
  if (rival === 'jpeg') {
    const [{ default: start }, { defaultOptions }] = await Promise.all([
      import('@jsquash/jpeg/codec/enc/mozjpeg_enc.js'),
      import('@jsquash/jpeg/meta.js'),
    ]);
    return encoderOf('mozjpeg', await start({ noInitialRun: true }), defaultOptions);
  }
  if (rival === 'webp') {
    const [{ default: start }, { defaultOptions }] = await Promise.all([
      import('@jsquash/webp/codec/enc/webp_enc_simd.js'),
      import('@jsquash/webp/meta.js'),
    ]);
    return encoderOf('WebP', await start({ noInitialRun: true }), defaultOptions);
  }
  const [{ default: start }, { defaultOptions }] = await Promise.all([
    import('@jsquash/avif/codec/enc/avif_enc.js'),
    import('@jsquash/avif/meta.js'),
  ]);
  return encoderOf('AVIF', await start({ noInitialRun: true }), { ...defaultOptions, subsample: 3 });
}
