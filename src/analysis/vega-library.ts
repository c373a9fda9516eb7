/** Vega and Vega-Lite, optional peers that are loaded when the first plot is drawn. */
import { DdpmError } from '../base/errors.ts';

/**
 * Loads the packages that draw. Call it before long work that ends with a plot, to find out early if they are missing.
 *
 * @throws DdpmError `ERR_DDPM_DEPENDENCY` naming the command that installs them, if they are missing
 */
export async function requireVega(): Promise<{ vega: typeof import('vega'); vegaLite: typeof import('vega-lite') }> {
  try {
    const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
    return { vega, vegaLite };
  } catch (cause) {
    const remedy = 'Install them: npm install vega vega-lite';
    throw new DdpmError('ERR_DDPM_DEPENDENCY', `plots need the packages vega and vega-lite. ${remedy}`, { cause });
  }
}
