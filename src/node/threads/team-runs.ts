/**
 * The runs of a network that the threads of a pool share: which memory each has, and which threads take part in it. This is the owner
 * of the runs in the sense of src/model/photo-net/program/run-header.ts.
 */
import { LARGEST_SEEN } from '../../codec/grid/geometry.ts';
import { type Help, runBytes, runHeader } from '../../model/photo-net/joined-photo-net.ts';
import type { SharedPhotoNet } from '../../model/photo-net/photo-net.ts';
import { ADDRESSABLE_BYTES } from '../../model/photo-net/program/network-memory.ts';
import type { RunArea } from '../../model/photo-net/program/program-network.ts';
import type { RunHeader } from '../../model/photo-net/program/run-header.ts';
import type { Team } from './codec-worker.ts';

/** Most threads that take part in a run: a window of 576x576 has 12 blocks at its coarsest level. */
const TEAM = 12;
/** Pixels of the smallest run that gets helpers; it takes 5 ms on one thread. */
const HELPED_PIXELS = 64 * 64;

/** A run of a shared network on windows, from when it is given to a thread until all threads have left it. */
export class TeamRun {
  /** What its threads need to know. */
  readonly team: Team;
  readonly #header: RunHeader;
  readonly #onLeft: () => void;
  /** Seats of the helpers at work. */
  readonly #seats: Set<number> = new Set();
  #isHelped: boolean;
  #isAtWork = true;

  /**
   * Opens the run.
   *
   * @param pixels - of all windows
   * @param onLeft - called when no thread is in it any more
   */
  constructor(shared: SharedPhotoNet, area: RunArea, pixels: number, onLeft: () => void) {
    this.team = { shared, area };
    this.#header = runHeader(shared, area);
    this.#header.open();
    this.#isHelped = pixels >= HELPED_PIXELS;
    this.#onLeft = onLeft;
  }

  /** Whether a further thread may help. */
  get isHelped(): boolean {
    return this.#isHelped && this.helpers + 1 < this.team.area.threads;
  }

  /** Number of threads that help. */
  get helpers(): number {
    return this.#seats.size;
  }

  /** Takes in a helper, and returns its seat. */
  takeSeat(): number {
    let seat = 1;
    while (this.#seats.has(seat)) seat++;
    this.#seats.add(seat);
    return seat;
  }

  /** The helper has left. Unless it was early, the run is over. */
  leaveSeat(seat: number, help: Help): void {
    if (help !== 'early') this.#isHelped = false;
    this.#seats.delete(seat);
    this.#checkLeft();
  }

  /** A thread that took part has died, or the run cannot begin: the others are to leave. */
  abandon(): void {
    this.#isHelped = false;
    this.#header.abandon();
  }

  /** The thread that coordinates the run has answered or died. */
  leave(): void {
    this.#isHelped = false;
    this.#isAtWork = false;
    this.#checkLeft();
  }

  #checkLeft(): void {
    if (!this.#isAtWork && this.#seats.size === 0) this.#onLeft();
  }
}

/** The memory areas of a shared network. */
export class TeamRuns {
  readonly #shared: SharedPhotoNet;
  readonly #free: RunArea[];

  /** @param threads - threads of the pool. Fewer runs may fit into memory; then the other threads help */
  constructor(shared: SharedPhotoNet, threads: number) {
    this.#shared = shared;
    const team = Math.min(threads, TEAM);
    const bytes = runBytes(shared, { batch: 1, height: LARGEST_SEEN, width: LARGEST_SEEN }, team);
    const { end } = shared.network;
    const most = Math.max(Math.floor((ADDRESSABLE_BYTES - end) / bytes), 1);
    this.#free = Array.from({ length: Math.min(threads, most) }, (_, i) => {
      return { start: end + i * bytes, end: Math.min(end + (i + 1) * bytes, ADDRESSABLE_BYTES), threads: team };
    });
  }

  /** Whether there is memory for another run. */
  get hasRoom(): boolean {
    return this.#free.length > 0;
  }

  /** Opens a run in the first area that is free, so that no more memory is touched than runs are at work. */
  open(pixels: number): TeamRun {
    const area = this.#free.shift();
    if (!area) throw new Error('no memory area is free');
    return new TeamRun(this.#shared, area, pixels, () => {
      this.#free.push(area);
      this.#free.sort((a, b) => a.start - b.start);
    });
  }
}
