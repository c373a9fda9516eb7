/** What bench/speed.ts measures: groups of rivals that work on the same pictures, and what each of their passes took. */

/** Where the time of a pass went, in milliseconds. Network, trellis and whitening are summed over the threads. */
export interface Stages {
  readonly networkMs: number;
  readonly trellisMs: number;
  readonly whiteningMs: number;
  /** Files read and written, and PNG. */
  readonly ioMs: number;
}

/** What is timed. */
export type Operation = 'encode' | 'decode';

/** How the pictures are worked on: by `encode` and `decode` in the thread that calls them, or by a codec with worker threads. */
export interface Variant {
  readonly threads: 'inline' | number;
  /** All pictures at once, instead of one after the other. */
  readonly together: boolean;
}

/** Pictures of one size, and the rivals that work on them in turn. */
export interface Group {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly pictures: number;
  /** Undefined: the default quality. */
  readonly bpp: number | undefined;
  readonly variants: readonly Variant[];
  /** A pass before those that count. Without one the pass that is checked is the one that is timed. */
  readonly warmUp: boolean;
  readonly repeats: number;
}

/** One pass over all pictures of a group, as its process tells. */
export interface Pass extends Stages {
  readonly wallMs: number;
  /** CPU time of the process, all threads. */
  readonly cpuMs: number;
  /** Peak resident memory of the process so far. */
  readonly peakRssBytes: number;
  /** Of each picture: PSNR that the encoder reports; null for a decoder. */
  readonly psnr: readonly (number | null)[];
}

/** What a process is asked to do: a pass. */
export interface PassOrder {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What a process is, told when it starts. */
export interface WorkerRole extends Variant {
  readonly operation: Operation;
  readonly bpp: number | undefined;
}

/** A row of the table: the median pass, by wall time. Times are those of one picture. */
export interface Row extends Stages {
  readonly group: string;
  readonly operation: Operation;
  readonly threads: 'inline' | number;
  readonly together: boolean;
  readonly pictures: number;
  readonly megapixels: number;
  readonly repeats: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  /** What is left of wall time times threads: all else that the codec does, and waiting. */
  readonly otherMs: number;
  readonly imagesPerSecond: number;
  readonly secondsPerMegapixel: number;
  readonly peakRssBytes: number;
  /** Layers of the streams, mean. */
  readonly layers: number;
  readonly bpp: number;
  readonly psnr: number;
  /** Pixels that go through the network for one picture, over the picture's own. */
  readonly networkPixelsPerPixel: number;
  /** Time that the network's convolutions alone would take at the speed measured in this run; null if it was not measured. */
  readonly floorMs: number | null;
}

/** Whose convolutions: those of the codec's kernel, or the tensor library's. */
export type Maker = 'kernel' | 'library';

/** The 3x3 convolution of a level alone, in 10^9 multiply-adds a second. */
export interface FloorSide {
  /** Of what the network sees. */
  readonly side: number;
  readonly kernel: number;
  readonly library: number;
}

/** A part of the network: its convolutions at one level of the U-Net. */
export interface FloorLevel {
  readonly level: number;
  readonly channels: number;
  readonly multiplyAddsPerPixel: number;
  readonly sides: readonly FloorSide[];
}

/** The least that the network can take on this backend. */
export interface Floor {
  readonly levels: readonly FloorLevel[];
  readonly multiplyAddsPerPixel: number;
  /** Seconds of a megapixel that goes through the network, by the side of what it sees. */
  readonly secondsPerMegapixel: Readonly<Record<string, number>>;
}

/** The network on a window, in a process that does nothing else. */
export interface NetworkSpeed {
  readonly maker: Maker;
  /** The process's first thread, or a worker thread. */
  readonly place: 'main' | 'worker';
  readonly side: number;
  /** Each run from the second on. */
  readonly ms: readonly number[];
}

/** Kernel against reference on the tiles of one layer. */
export interface SearchSpeed {
  readonly layer: number;
  readonly coefficients: number;
  readonly bits: number;
  readonly beamWidth: number;
  readonly kernelMs: number;
  readonly referenceMs: number;
  readonly ratio: number;
}

/** Where one thread's time goes while it encodes. */
export interface Profile {
  /** The pictures. */
  readonly name: string;
  /** Shares of the time, 0..1, the largest first; what begins with "of which" is a part of the one before. */
  readonly shares: readonly { readonly part: string; readonly share: number }[];
}

/** Something that must hold, and whether it does. */
export interface Criterion {
  readonly what: string;
  readonly limit: string;
  readonly measured: string;
  readonly holds: boolean;
}

/** The file that `--json` writes. */
export interface SpeedReport {
  readonly schemaVersion: 1;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly rows: readonly Row[];
  readonly search: SearchSpeed | null;
  readonly floor: Floor | null;
  readonly network: readonly NetworkSpeed[];
  readonly profiles: readonly Profile[];
  readonly criteria: readonly Criterion[];
}
