import { describe, expect, test } from 'vitest';
import { Batches } from '../../src/training/batches.ts';
import { shareOf } from '../../src/training/gradient-source.ts';

/** Image i: i in red, the column in green, the row in blue. */
function numbered(count: number, side: number) {
  return Array.from({ length: count }, (_, i) => {
    const data = new Uint8Array(side * side * 3);
    for (let k = 0; k < side * side; k++) data.set([i, k % side, Math.floor(k / side)], 3 * k);
    return { data, width: side, height: side, channels: 3 as const };
  });
}

const bytes = (images: Float32Array): number[] => Array.from(images, (value) => Math.round((value + 1) * 127.5));

describe('batches', () => {
  const settings = { batch: 4, crop: 4, flips: false, seed: 1 };

  test('show every image once in each epoch, in changing order, the same for the same seed', () => {
    const batches = new Batches(numbered(10, 4), settings);
    const order: number[] = [];
    for (let step = 0; step < 5; step++) {
      const found = bytes(batches.batchOf(step).images);
      for (let i = 0; i < 4; i++) order.push(found[i * 48]);
    }
    const epochs = [order.slice(0, 10), order.slice(10)];
    for (const epoch of epochs) expect(new Set(epoch).size).toBe(10);
    expect(epochs[0]).not.toEqual(epochs[1]);
    // A step does not depend on earlier steps, so a resumed training needs no state.
    expect(new Batches(numbered(10, 4), settings).batchOf(3)).toEqual(batches.batchOf(3));
    expect(new Batches(numbered(10, 4), { ...settings, seed: 2 }).batchOf(3)).not.toEqual(batches.batchOf(3));
  });

  test('crop at all positions, and flip half of the images', () => {
    const batches = new Batches(numbered(1, 6), { ...settings, flips: true, batch: 1 });
    const seen = new Set<string>();
    let flipped = 0;
    for (let step = 0; step < 300; step++) {
      const found = bytes(batches.batchOf(step).images);
      const columns = [0, 1, 2, 3].map((x) => found[3 * x + 1]);
      const rows = [0, 1, 2, 3].map((y) => found[3 * 4 * y + 2]);
      const isFlipped = columns[0] > columns[3];
      if (isFlipped) flipped++;
      const left = Math.min(...columns);
      expect(isFlipped ? columns.toReversed() : columns).toEqual([left, left + 1, left + 2, left + 3]);
      expect(rows).toEqual([rows[0], rows[0] + 1, rows[0] + 2, rows[0] + 3]);
      seen.add(`${left},${rows[0]}`);
    }
    expect(seen.size).toBe(9);
    expect(flipped).toBeGreaterThan(110);
    expect(flipped).toBeLessThan(190);
  });

  test('take grey as three colours and leave alpha out', () => {
    const grey = {
      data: new Uint8Array(32).map((_, i) => (i % 2 ? 9 : 77)),
      width: 4,
      height: 4,
      channels: 2 as const,
    };
    const [batch] = [new Batches([grey], { ...settings, batch: 1 }).batchOf(0)];
    expect(new Set(bytes(batch.images))).toEqual(new Set([77]));
  });

  test('refuse images smaller than a crop', () => {
    const [small] = numbered(1, 3);
    expect(() => new Batches([{ ...small, name: 'a.png' }], settings)).toThrow(
      'a.png: 3 x 3 pixels, smaller than the crops of 4',
    );
    expect(() => new Batches([], settings)).toThrow('no images');
  });

  test('shares cover a batch in order', () => {
    const batch = new Batches(numbered(10, 4), { ...settings, batch: 7 }).batchOf(0);
    const shares = [0, 1, 2].map((thread) => shareOf(batch, thread, 3));
    expect(shares.map(({ first, shape }) => [first, shape.batch])).toEqual([
      [0, 2],
      [2, 2],
      [4, 3],
    ]);
    expect(shares.flatMap(({ images }) => [...images])).toEqual([...batch.images]);
  });
});
