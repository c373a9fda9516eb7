/** Where figures come from: each source turns one measurement into figures. */
import type { Figure } from './figure.ts';
import type { Measurement } from './measurement.ts';

/** Turns a measurement into figures. */
export interface FigureSource {
  /** Name of the measurement, and first part of the names of its figures. */
  readonly name: string;
  /** The figures, by the rest of their names. */
  readonly figures: (measurement: Measurement<unknown>) => Readonly<Record<string, Figure>>;
  /** What the figures depend on: the values of the model's weights, or the shape of its network alone (times, sizes of scripts). */
  readonly dependsOn: 'weights' | 'shape';
}

/**
 * Makes a source.
 *
 * @param name - name of the measurement (docs/figures/data/NAME.json)
 * @param figures - its figures
 * @param dependsOn - what they depend on
 */
export function source<T>(
  name: string,
  figures: (result: T, measurement: Measurement<T>) => Readonly<Record<string, Figure>>,
  dependsOn: 'weights' | 'shape' = 'weights',
): FigureSource {
  return {
    name,
    figures: (measurement) => figures(measurement.result as T, measurement as Measurement<T>),
    dependsOn,
  };
}
