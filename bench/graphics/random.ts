/** Choices at random, the same for the same seed. */
import seedrandom from 'seedrandom';

/** A source of choices. */
export interface Random {
  /** A number in [from, to). */
  number(from: number, to: number): number;
  /** An integer in from..to. */
  integer(from: number, to: number): number;
  /** True with probability p. */
  chance(p: number): boolean;
  /** One of several things. */
  pick<T>(things: readonly T[]): T;
}

/** Starts a source. */
export function randomOf(seed: string): Random {
  const next = seedrandom(seed);
  const number = (from: number, to: number): number => from + (to - from) * next();
  const integer = (from: number, to: number): number => Math.floor(number(from, to + 1));
  return {
    number,
    integer,
    chance: (p) => next() < p,
    pick: (things) => things[integer(0, things.length - 1)],
  };
}
