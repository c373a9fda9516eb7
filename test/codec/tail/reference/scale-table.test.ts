import { describe, expect, it } from 'vitest';
import { f32 } from '../../../../src/codec/tail/reference/float32.ts';
import { ScaleTable } from '../../../../src/codec/tail/reference/scale-table.ts';

describe('scale table', () => {
  it('starts with 0.6 of the error, in classes of a third of an octave', () => {
    const table = new ScaleTable();
    for (const error of [0.125, 1, 4, 100]) {
      expect(table.scale(error) / (0.6 * error)).toBeGreaterThan(2 ** (-1 / 6) - 1e-6);
      expect(table.scale(error) / (0.6 * error)).toBeLessThan(2 ** (1 / 6) + 1e-6);
    }
    expect(table.scale(0)).toBe(table.scale(f32(0.125)));
    expect(table.scale(1e6)).toBe(table.scale(f32(161)));
  });

  it('learns 0.72 of the errors of a class, at least 0.02, and leaves other classes alone', () => {
    const table = new ScaleTable();
    const other = table.scale(10);
    const learn = (error: number): number => {
      for (let i = 0; i < 2000; i++) {
        table.scale(2);
        table.learn(error);
      }
      return table.scale(2);
    };
    expect(learn(5)).toBeCloseTo(3.6, 2);
    expect(learn(0)).toBe(f32(0.02));
    expect(table.scale(10)).toBe(other);
  });
});
