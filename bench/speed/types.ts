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

/** Options of `encode` that a group uses; every build that is compared must know them. */
export interface Goal {
  /** Rate in bits per pixel; without it the default quality. */
  readonly bpp?: number;
  readonly effort?: number;
}

/** Pictures of one size, and the variants that process them in turn. */
export interface Group {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Number of pictures. */
  readonly pictures: number;
  readonly goal: Goal;
  readonly variants: readonly Variant[];
  /** The variants that are also measured in builds of other commits. */
  readonly compared: readonly Variant[];
  /** Whether the working tree is measured in other versions of Node, inline. */
  readonly inOtherNodes: boolean;
  /** Whether there is a pass for warm-up and checks that is not timed. Without it, the first timed pass is checked. */
  readonly warmUp: boolean;
  /** Number of timed passes. */
  readonly repeats: number;
}

/** Measurements of one pass over all pictures of a group. */
export interface Pass {
  readonly wallMs: number;
  /** Null if the build reports no times of its stages. */
  readonly stages: Stages | null;
  /** CPU time of the process, all threads. */
  readonly cpuMs: number;
  /** Peak resident memory since the start of the process. */
  readonly peakRssBytes: number;
  /** PSNR of each picture as the encoder reports it; null for a decoder, and for an encoder that reports none. */
  readonly psnr: readonly (number | null)[];
}

/** Message to a process: files to process in a pass. */
export interface PassOrder {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** Role of a process, which it gets when it starts. */
export interface WorkerRole extends Variant {
  readonly operation: Operation;
  readonly goal: Goal;
  /** Folder of the package whose build works. */
  readonly root: string;
}

/** Times and results of a variant. Times are per picture. */
export interface Timed extends Variant {
  readonly group: string;
  readonly operation: Operation;
  /** Wall-clock time of each round. What was measured in the same run has the same rounds. */
  readonly roundsMs: readonly number[];
  readonly bpp: number;
  /** Of the decoded pictures, mean. */
  readonly psnr: number;
}

/** Which build of the package was measured, and where. */
export interface Place {
  /** Short id of a commit; null for the working tree. */
  readonly commit: string | null;
  /** Version of Node: `v20.20.2`. */
  readonly node: string;
}

/** A variant in the build of another commit, or in another version of Node. */
export interface OtherRow extends Timed, Place {}

/** A row of the table: the working tree, and of its passes the one with the median wall-clock time. */
export interface Row extends Timed, Stages {
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
  /** Pixels that go through the network, divided by the pixels of the picture. */
  readonly networkPixelsPerPixel: number;
  /**
   * Time that the network's convolutions alone would take at the speed measured in this run; null if that was not
   * measured.
   */
  readonly floorMs: number | null;
}

/** Multiply-adds of the convolutions at one level of the U-Net, for a pixel of the picture. */
export interface FloorLevel {
  readonly level: number;
  readonly channels: number;
  /** As they are defined. */
  readonly direct: number;
  /** Least number of multiplications: 3x3 filters by Winograd's F(4x4, 3x3), which needs a quarter. */
  readonly least: number;
}

/** The least time that the network can take on this processor, one thread. */
export interface Floor {
  readonly levels: readonly FloorLevel[];
  /** Multiply-adds that a loop without memory does in exact SIMD, in 10^9 a second. */
  readonly peak: number;
  /** As `peak`, in relaxed SIMD, which can fuse them; null if this Node has none. */
  readonly fusedPeak: number | null;
  /** Sum of {@link FloorLevel.direct}. */
  readonly direct: number;
  /** Least multiplications at `peak`: seconds for a megapixel that goes through the network. */
  readonly secondsPerMegapixel: number;
}

/** Who computes the network. */
export type Maker = 'codec' | 'tfjs' | 'onnxruntime-web';

/** `fused` may round once for a multiplication and an addition (relaxed SIMD). */
export type Arithmetic = 'exact' | 'fused';

/** A way to compute the network, in a process that does nothing else. */
export interface NetworkCase extends Place {
  readonly maker: Maker;
  readonly arithmetic: Arithmetic;
  /** The main thread of the process, or a worker thread. */
  readonly thread: 'main' | 'worker';
}

/** Role of a process that computes the network, which it gets when it starts. */
export interface NetworkRole extends Pick<NetworkCase, 'maker' | 'arithmetic' | 'thread'> {
  /** Folder of the package whose build works. */
  readonly root: string;
}

/** Message to such a process: run the network on a square window. */
export interface NetworkOrder {
  /** In pixels. */
  readonly side: number;
  readonly runs: number;
  /** Whether the answer has the values. */
  readonly values: boolean;
}

/** What it answers. */
export interface NetworkAnswer {
  /** Time of a run, mean. */
  readonly ms: number;
  /** Means and log-variances of the last run as little-endian float32, base64; null if not wanted. */
  readonly values: string | null;
}

/** Times of the network on a window. */
export interface NetworkSpeed extends NetworkCase {
  /** Side of the window, in pixels. */
  readonly side: number;
  /** Time of a run in each round. All that has the same side was measured in the same rounds. */
  readonly roundsMs: readonly number[];
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
  /** Commits that the working tree is compared with. */
  readonly commits: readonly string[];
  readonly rows: readonly Row[];
  readonly others: readonly OtherRow[];
  readonly search: SearchSpeed | null;
  readonly floor: Floor | null;
  readonly network: readonly NetworkSpeed[];
  readonly profiles: readonly Profile[];
  readonly criteria: readonly Criterion[];
}
