/** Whose turn it is: the pictures of a page share one decoder, which makes one frame after the other. */

/** How urgent the next piece of work of a picture is. */
export interface Rank {
  /** Whether the picture is on the screen; those that are come first. */
  readonly isVisible: boolean;
  /** Number of frames that it has; those with fewer come first. Below 1, it may begin while a frame of another is being made. */
  readonly frames: number;
}

/** A picture that takes turns. */
export interface QueueClient {
  /** How urgent its next piece of work is; undefined if there is none now. */
  rank(): Rank | undefined;
  /** Does a piece of work: a frame. Does not reject. */
  step(): Promise<void>;
}

/** Number of pieces of work at a time, and of those that are not for a first frame. */
const SLOTS = 2;
const LATER_SLOTS = 1;

/** Whether the first of two pictures, which stand in the order in which they came, goes before the second. */
function isBefore(one: Rank, two: Rank): boolean {
  if (one.isVisible !== two.isVisible) return one.isVisible;
  return one.frames < two.frames;
}

/** Gives turns: what is on the screen first, and among that the pictures with the fewest frames. */
export class DecodeQueue {
  readonly #clients: Set<QueueClient> = new Set();
  readonly #busy: Set<QueueClient> = new Set();
  #isDue = false;

  add(client: QueueClient): void {
    this.#clients.add(client);
    this.poke();
  }

  /** A piece of work in progress is not ended. */
  remove(client: QueueClient): void {
    this.#clients.delete(client);
  }

  /** Says that the rank of a picture may be another one. */
  poke(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      while (this.#busy.size < SLOTS && this.#begin());
    });
  }

  /** Begins the most urgent piece of work; false if there is none, or none that may begin now. */
  #begin(): boolean {
    let best: { readonly client: QueueClient; readonly rank: Rank } | undefined;
    for (const client of this.#clients) {
      const rank = this.#busy.has(client) ? undefined : client.rank();
      if (rank && (!best || isBefore(rank, best.rank))) best = { client, rank };
    }
    if (!best) return false;
    const isFirst = best.rank.isVisible && best.rank.frames < 1;
    if (!isFirst && this.#busy.size >= LATER_SLOTS) return false;
    const { client } = best;
    this.#busy.add(client);
    void client.step().finally(() => {
      this.#busy.delete(client);
      this.poke();
    });
    return true;
  }
}
