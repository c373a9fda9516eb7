/** Types of bench/speed.ts: groups of variants that process the same pictures, and the measurements. */

/** Times of the stages of a pass, in milliseconds. Network, trellis and whitening are summed over the threads. */
export interface Stages {
  readonly networkMs: number;
  readonly trellisMs: number;
  readonly whiteningMs: number;
  /** Reading and writing files, and PNG coding. */
  readonly ioMs: number;
}

/** The operation that is timed. */
export type Operation = 'encode' | 'decode';

/** A way to process pictures. */
export interface Variant {
  /** `inline`: `encode` and `decode` in the calling thread; a number: a codec with this many worker threads. */
  readonly threads: 'inline' | number;
  /** True: all pictures at once; false: one after the other. */
  readonly together: boolean;
}

/** Pictures of one size, and the variants that process them in turn. */
export interface Group {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Number of pictures. */
  readonly pictures: number;
  /** Rate in bits per pixel; undefined for the default quality. */
  readonly bpp: number | undefined;
  readonly variants: readonly Variant[];
  /** Whether there is a pass for warm-up and checks that is not timed. Without it, the first timed pass is checked. */
  readonly warmUp: boolean;
  /** Number of timed passes. */
  readonly repeats: number;
}

/** Measurements of one pass over all pictures of a group. */
export interface Pass extends Stages {
  readonly wallMs: number;
  /** CPU time of the process, all threads. */
  readonly cpuMs: number;
  /** Peak resident memory since the start of the process. */
  readonly peakRssBytes: number;
}

/** Message to a process: files to process in a pass. */
export interface PassOrder {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Role of a process, which it gets when it starts. */
export interface WorkerRole extends Variant {
  readonly operation: Operation;
  readonly bpp: number | undefined;
}

/** A row of the table: the pass with the median wall-clock time. Times are per picture. */
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
  /** Wall-clock time times threads minus all other stages: other work of the codec, and waiting. */
  readonly otherMs: number;
  readonly imagesPerSecond: number;
  readonly secondsPerMegapixel: number;
  readonly peakRssBytes: number;
  /** Mean number of layers of the streams. */
  readonly layers: number;
  readonly bpp: number;
  readonly psnr: number;
  /** Pixels that go through the network, divided by the pixels of the picture. */
  readonly networkPixelsPerPixel: number;
  /**
   * Time that the network's convolutions alone would take at the speed measured in this run; null if that was not
   * measured.
   */
  readonly floorMs: number | null;
}

/** Implementation of the convolutions: the codec's kernel or the tensor library. */
export type Maker = 'kernel' | 'library';

/** Speeds of the 3x3 convolution of a level, in 10^9 multiply-adds a second. */
export interface FloorSide {
  /** Side of the network's input, in pixels. */
  readonly side: number;
  readonly kernel: number;
  readonly library: number;
}

/** The convolutions at one level of the U-Net. */
export interface FloorLevel {
  readonly level: number;
  readonly channels: number;
  readonly multiplyAddsPerPixel: number;
  readonly sides: readonly FloorSide[];
}

/** The least time that the network can take on this backend. */
export interface Floor {
  readonly levels: readonly FloorLevel[];
  readonly multiplyAddsPerPixel: number;
  /** Seconds per megapixel that goes through the network, by the side of the network's input. */
  readonly secondsPerMegapixel: Readonly<Record<string, number>>;
}

/** Times of the network on a window, in a process that does nothing else. */
export interface NetworkSpeed {
  readonly maker: Maker;
  /** The main thread of the process, or a worker thread. */
  readonly place: 'main' | 'worker';
  /** Side of the window, in pixels. */
  readonly side: number;
  /** Time of each run from the second on. */
  readonly ms: readonly number[];
}

/** Times of the search kernel and its reference for all tiles of one layer. */
export interface SearchSpeed {
  readonly layer: number;
  readonly coefficients: number;
  readonly bits: number;
  readonly beamWidth: number;
  readonly kernelMs: number;
  readonly referenceMs: number;
  readonly ratio: number;
}

/** Profile of encoding in one thread. */
export interface Profile {
  /** Names the pictures. */
  readonly name: string;
  /**
   * Shares of the time, 0..1, the largest first. A part whose name begins with "of which" is contained in the one
   * before it.
   */
  readonly shares: readonly { readonly part: string; readonly share: number }[];
}

/** A condition that must hold, and whether it does. */
export interface Criterion {
  readonly what: string;
  readonly limit: string;
  readonly measured: string;
  readonly holds: boolean;
}

/** What bench/speed.ts finds. */
export interface SpeedReport {
  readonly machine: Readonly<Record<string, string | number>>;
  readonly rows: readonly Row[];
  readonly search: SearchSpeed | null;
  readonly floor: Floor | null;
  readonly network: readonly NetworkSpeed[];
  readonly profiles: readonly Profile[];
  readonly criteria: readonly Criterion[];
}
