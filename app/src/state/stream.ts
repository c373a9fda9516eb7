/** A .ddpm file on the screen: its pictures after each layer, the place where it is cut, and the exact picture of that cut. */
import { batch, computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { transfer } from 'comlink';
import { DdpmError, decode, decodeProgressive, type InspectInfo, inspect } from 'ddpm-codec/browser';
import { lab } from '../lab/workers.ts';

/** The picture of a prefix. */
export interface Shot {
  /** Length of the prefix in bytes. */
  readonly bytes: number;
  readonly bitmap: ImageBitmap;
  /** In dB; undefined if it is not known. */
  readonly psnr: number | undefined;
  /** Whether all pixels equal the original's; undefined without an original. */
  readonly identical: boolean | undefined;
  /** Size of the bitmap relative to the picture's, 0..1. */
  readonly scale: number;
  /** Number of whole layers in it. */
  readonly layer: number;
  /** True of the picture of a lossless file that is whole. */
  readonly lossless: boolean;
  /** Number of rows at its top that are exact. */
  readonly exactRows: number;
}

/** How what the bytes leave open is filled: by the mean, or by one possible picture. */
export interface Reconstruction {
  readonly reconstruction: 'mmse' | 'sample';
  readonly reconstructionSeed: number;
}

/** Memory in bytes for the pictures after the layers; of larger ones smaller copies are kept. */
const MEMORY = 192 * 2 ** 20;
/** Most pixels of a picture that is decoded: a short file can claim to be one that no browser has the memory for. */
const MOST_PIXELS = 64_000_000;
/** The slider rests when it has not moved for this time, in milliseconds. */
const REST_MS = 220;
/** Most exact pictures between layers that are kept; of large pictures fewer. */
const KEPT_EXACT = 6;

export class Stream {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly info: InspectInfo;
  /** Fewest and most bytes that can be shown. */
  readonly least: number;
  readonly most: number;
  /** Pictures after the layers, by their length, and the newest of those with exact rows. */
  readonly frames: Signal<readonly Shot[]> = signal([]);
  /** Length of the prefix that is asked for. */
  readonly position: Signal<number>;
  /** Share of the layers and the tail that is decoded, 0..1; null when no decoding goes on. */
  readonly decoding: Signal<number | null> = signal(null);
  /** True while the exact picture of the position is being made. */
  readonly refining: Signal<boolean> = signal(false);
  /** Of the picture at rest; the pictures after the layers are always the mean, as each sample takes as long as a whole file. */
  readonly reconstruction: Signal<Reconstruction> = signal({ reconstruction: 'mmse', reconstructionSeed: 0 });
  /** What the screen shows: the exact picture of the position, or until it is there that of the layers before it. */
  readonly shown: ReadonlySignal<Shot | null>;
  /** True if what is shown is the picture of the position, in the chosen reconstruction. */
  readonly isExact: ReadonlySignal<boolean>;

  readonly #key: number;
  readonly #onError: (error: unknown) => void;
  readonly #exact: Signal<readonly Shot[]> = signal([]);
  readonly #scale: number;
  readonly #keptExact: number;
  /** True until somebody has moved the slider: the position follows the decoder. */
  #following = true;
  #decoder: AbortController | null = null;
  #refiner: AbortController | null = null;
  #stopWatching: () => void;

  /**
   * @param key - of the original in the lab, whether there is one or not
   * @param onError - told of damage that is found while decoding
   * @throws DdpmError `ERR_DDPM_CORRUPT` or `ERR_DDPM_TRUNCATED` if the bytes are no stream, `ERR_DDPM_LIMIT` if its picture is too large
   */
  constructor(bytes: Uint8Array<ArrayBuffer>, key: number, onError: (error: unknown) => void) {
    this.bytes = bytes;
    this.#key = key;
    this.#onError = onError;
    this.info = inspect(bytes);
    const { headerBytes, trailingBytes, width, height, layersTotal } = this.info;
    this.least = headerBytes;
    this.most = Math.max(headerBytes, bytes.length - trailingBytes);
    if (width * height > MOST_PIXELS) {
      const limit = `${width} x ${height} pixels, at most ${MOST_PIXELS} are shown`;
      throw new DdpmError('ERR_DDPM_LIMIT', `${limit}; the command line decodes it with --max-size`);
    }
    const pictureBytes = width * height * 4;
    this.#scale = Math.min(1, Math.sqrt(MEMORY / (pictureBytes * (layersTotal + 2))));
    this.#keptExact = Math.max(1, Math.min(KEPT_EXACT, Math.floor(MEMORY / pictureBytes)));
    this.position = signal(this.least);
    this.shown = computed(() => {
      const at = this.position.value;
      return this.#exact.value.find(({ bytes: length }) => length === at) ?? lastUpTo(this.frames.value, at);
    });
    this.isExact = computed(() => {
      const shot = this.shown.value;
      if (shot?.bytes !== this.position.value) return false;
      return this.reconstruction.value.reconstruction === 'mmse' || this.#exact.value.includes(shot);
    });
    this.#stopWatching = effect(() => this.#watch());
  }

  /** The picture of the whole file, as soon as it is decoded. */
  get whole(): Shot | null {
    const last = this.frames.value.at(-1);
    return last && this.decoding.value === null ? last : null;
  }

  /** PSNR of the prefix that is asked for: between layers an estimate by those around it, until its exact picture is there. */
  get psnr(): { readonly value: number; readonly isExact: boolean } | null {
    const shot = this.shown.value;
    const at = this.position.value;
    if (shot?.psnr === undefined) return null;
    if (shot.bytes === at) return { value: shot.psnr, isExact: this.isExact.value };
    const next = this.frames.value.find(({ bytes }) => bytes > at);
    if (next?.psnr === undefined || !Number.isFinite(next.psnr)) return { value: shot.psnr, isExact: false };
    const share = Math.log(at / shot.bytes) / Math.log(next.bytes / shot.bytes);
    return { value: shot.psnr + share * (next.psnr - shot.psnr), isExact: false };
  }

  /** Bits per pixel of a number of bytes. */
  bpp(bytes: number): number {
    return (bytes * 8) / (this.info.width * this.info.height);
  }

  /** Cuts the file at another place; what is shown follows at once, exactly when the place rests. */
  moveTo(bytes: number): void {
    this.#following = false;
    this.position.value = Math.min(this.most, Math.max(this.least, Math.round(bytes)));
  }

  /** Decodes the pictures after all layers, unless they are there or on the way. */
  start(): void {
    if (this.#decoder || this.frames.value.length > 0) return;
    void this.#decodeLayers();
  }

  /** Chooses how the picture at rest is made. */
  setReconstruction(reconstruction: Reconstruction): void {
    const outdated = this.#exact.value;
    batch(() => {
      this.#exact.value = [];
      this.reconstruction.value = reconstruction;
    });
    for (const { bitmap } of outdated) bitmap.close();
  }

  /** Ends all work and gives the pictures back; `start` makes them again. */
  release(): void {
    this.#decoder?.abort();
    this.#refiner?.abort();
    this.#decoder = null;
    const shots = [...this.frames.value, ...this.#exact.value];
    batch(() => {
      this.frames.value = [];
      this.#exact.value = [];
      this.decoding.value = null;
    });
    for (const { bitmap } of shots) bitmap.close();
  }

  /** Ends the life of this stream. */
  dispose(): void {
    this.#stopWatching();
    this.release();
  }

  async #decodeLayers(): Promise<void> {
    const abort = new AbortController();
    this.#decoder = abort;
    const { signal: stopped } = abort;
    const options = { signal: stopped };
    this.decoding.value = 0;
    try {
      const { imageData } = await decode(this.bytes.subarray(0, this.least), options);
      await this.#add({ imageData, info: { bytes: this.least, layer: 0, lossless: false, exactRows: 0 } }, stopped);
      for await (const frame of decodeProgressive(new Blob([this.bytes]).stream(), options)) {
        await this.#add(frame, stopped);
        if (stopped.aborted) return;
        const { layer, layersTotal, exactRows } = frame.info;
        const { lossless, height } = this.info;
        this.decoding.value = (layer + exactRows / height) / (layersTotal + (lossless ? 1 : 0));
      }
    } catch (error) {
      if (!stopped.aborted) this.#onError(error);
    } finally {
      if (!stopped.aborted) this.decoding.value = null;
    }
  }

  async #add(frame: DecodedPrefix, stopped: AbortSignal): Promise<void> {
    const shot = await this.#shotOf(frame, this.#scale);
    if (stopped.aborted) {
      shot.bitmap.close();
      return;
    }
    const before = this.frames.value;
    const replaced = shot.exactRows > 0 ? before.filter(({ exactRows }) => exactRows > 0) : [];
    batch(() => {
      this.frames.value = [...before.filter((other) => !replaced.includes(other)), shot];
      if (this.#following) this.position.value = shot.bytes;
    });
    for (const { bitmap } of replaced) bitmap.close();
  }

  async #shotOf(frame: DecodedPrefix, scale: number): Promise<Shot> {
    const { bytes, layer, lossless, exactRows } = frame.info;
    const { imageData } = frame;
    const measured = await lab().measure(this.#key, transfer(imageData, [imageData.data.buffer]), scale);
    const claimed = this.info.index?.find((entry) => entry.bytes === bytes)?.psnr;
    const { bitmap, identical, psnr = claimed } = measured;
    return { bytes, bitmap, psnr, identical, scale, layer, lossless, exactRows };
  }

  /** Makes the exact picture when the position has rested, and no layers are being decoded. */
  #watch(): (() => void) | undefined {
    const at = this.position.value;
    const busy = this.decoding.value !== null;
    const chosen = this.reconstruction.value;
    const shown = this.shown.peek();
    this.#refiner?.abort();
    if (busy || !shown || (this.isExact.peek() && shown.scale === 1)) return undefined;
    const timer = setTimeout(() => void this.#refine(at, chosen), REST_MS);
    return () => clearTimeout(timer);
  }

  async #refine(at: number, reconstruction: Reconstruction): Promise<void> {
    const abort = new AbortController();
    this.#refiner = abort;
    this.refining.value = true;
    try {
      const options = { ...reconstruction, signal: abort.signal };
      const { imageData, info } = await decode(this.bytes.subarray(0, at), options);
      const { layers, lossless, exactRows } = info;
      const prefix = { bytes: at, layer: layers.length, lossless, exactRows };
      const shot = await this.#shotOf({ imageData, info: prefix }, 1);
      if (abort.signal.aborted) shot.bitmap.close();
      else this.#keepExact(shot);
    } catch (error) {
      if (!abort.signal.aborted) this.#onError(error);
    } finally {
      if (this.#refiner === abort) {
        this.#refiner = null;
        this.refining.value = false;
      }
    }
  }

  #keepExact(shot: Shot): void {
    const all = [...this.#exact.value, shot];
    const kept = all.slice(-this.#keptExact);
    this.#exact.value = kept;
    for (const old of all.slice(0, all.length - kept.length)) old.bitmap.close();
  }
}

/** What is needed of a decoded prefix. */
interface DecodedPrefix {
  readonly imageData: ImageData;
  readonly info: Pick<Shot, 'bytes' | 'layer' | 'lossless' | 'exactRows'>;
}

/** The last of some shots in order that takes at most so many bytes; the first one if all take more. */
function lastUpTo(shots: readonly Shot[], bytes: number): Shot | null {
  return shots.findLast((shot) => shot.bytes <= bytes) ?? shots[0] ?? null;
}
