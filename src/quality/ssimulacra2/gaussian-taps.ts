/** The blur of SSIMULACRA 2: libjxl's `FastGaussian` with a standard deviation of 1.5. */

/**
 * Weights of a sample and of its neighbours at distances 1 to radius - 1, on each side alike: Charalampidis (2016), "Recursive
 * Implementation of the Gaussian Filter Using Truncated Cosine Functions", with three cosines. Equation numbers are those of the
 * paper. libjxl runs this filter recursively; its response is finite, so that it is the same to sum nine products.
 *
 * @param sigma - standard deviation in samples; 1.5 gives 5 weights
 */
export function gaussianTaps(sigma: number): number[] {
  const radius = Math.round(3.2795 * sigma + 0.2546); // (57)
  const omega = [1, 3, 5].map((k) => (k * Math.PI) / (2 * radius)); // table I
  const p = omega.map((w, i) => (i === 1 ? -1 : 1) / Math.tan(w / 2)); // (37)
  const r = omega.map((w, i) => ((i === 1 ? -1 : 1) * p[i] ** 2) / Math.sin(w)); // (44)
  const rho = omega.map((w) => Math.exp(-0.5 * sigma ** 2 * w ** 2) / radius); // (50)
  const d = (i: number, j: number): number => p[i] * r[j] - r[i] * p[j]; // second part of (52)
  const zeta = [d(1, 2) / d(0, 1), d(2, 0) / d(0, 1), 1]; // (52)
  const gamma = [1, radius ** 2 - sigma ** 2, zeta[0] * rho[0] + zeta[1] * rho[1] + rho[2]]; // (55)
  const beta = solve([p, r, zeta], gamma); // (53)
  return Array.from({ length: radius }, (_, n) =>
    beta.reduce((sum, weight, i) => sum + weight * Math.cos(omega[i] * n), 0),
  );
}

/** The solution of three linear equations, by Cramer's rule. */
function solve(rows: readonly (readonly number[])[], right: readonly number[]): number[] {
  const whole = determinant(rows);
  return [0, 1, 2].map((column) => {
    const replaced = rows.map((row, i) => row.map((value, j) => (j === column ? right[i] : value)));
    return determinant(replaced) / whole;
  });
}

function determinant([a, b, c]: readonly (readonly number[])[]): number {
  return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
}
