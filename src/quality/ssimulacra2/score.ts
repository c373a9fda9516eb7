/**
 * From errors to the score of SSIMULACRA 2, version 2.1. Weights and polynomial are those of the reference, `Msssim::Score` in
 * https://github.com/cloudinary/ssimulacra2 (src/ssimulacra2.cc, April 2023).
 */

/** Errors of one channel at one scale: errors of structure, artifacts, lost detail; means, then 4-norms. */
export type Errors = readonly [number, number, number, number, number, number];

const ERRORS = 6;
/** Channels: X, Y and B - Y. */
export const CHANNELS = 3;
/** Scales at most: 1:1 to 1:32. */
export const SCALES = 6;
/** The smallest side of a picture, in pixels, that has a score; of one that has a scale below it. */
export const SMALLEST_SIDE = 8;

/** By channel, scale and error, for pictures that have all six scales. */
const WEIGHTS: readonly number[] = [
  // X
  ...[0, 0.0007376606707406586, 0, 0, 0.0007793481682867309, 0],
  ...[0, 0.0004371155730107379, 0, 1.1041726426657346, 0.00066284834129271, 0.00015231632783718752],
  ...[0, 0.0016406437456599754, 0, 1.8422455520539298, 11.441172603757666, 0],
  ...[0.0007989109436015163, 0.000176816438078653, 0, 1.8787594979546387, 10.94906990605142, 0],
  ...[0.0007289346991508072, 0.9677937080626833, 0, 0.00014003424285435884, 0.9981766977854967, 0.00031949755934435053],
  ...[0.0004550992113792063, 0, 0, 0.0013648766163243398, 0, 0],
  // Y
  ...[0, 0, 0, 7.466890328078848, 0, 17.445833984131262],
  ...[0.0006235601634041466, 0, 0, 6.683678146179332, 0.00037724407979611296, 1.027889937768264],
  ...[225.20515300849274, 0, 0, 19.213238186143016, 0.0011401524586618361, 0.001237755635509985],
  ...[176.39317598450694, 0, 0, 24.43300999870476, 0.28520802612117757, 0.0004485436923833408],
  ...[0, 0, 0, 34.77906344483772, 44.835625328877896, 0],
  ...[0, 0, 0, 0, 0, 0],
  // B - Y
  ...[0, 0.0008680556573291698, 0, 0, 0, 0],
  ...[0, 0.0005313191874358747, 0, 0.00016533814161379112, 0, 0],
  ...[0, 0, 0, 0.0004179171803251336, 0.0017290828234722833, 0],
  ...[0.0020827005846636437, 0, 0, 8.826982764996862, 23.19243343998926, 0],
  ...[
    95.1080498811086, 0.9863978034400682, 0.9834382792465353, 0.0012286405048278493, 171.2667255897307,
    0.9807858872435379,
  ],
  ...[0, 0, 0, 0.0005130064588990679, 0, 0.00010854057858411537],
];

/**
 * Weights of a channel's errors at a scale. With fewer than six scales they are those of other errors: the reference takes them from
 * its list in the order in which it has errors.
 *
 * @param scales - which the picture has
 */
export function weightsOf(channel: number, scale: number, scales: number): readonly number[] {
  const from = (channel * scales + scale) * ERRORS;
  return WEIGHTS.slice(from, from + ERRORS);
}

/**
 * The score: 100 for equal pictures, without a lower bound.
 *
 * @param errors - by channel and scale
 */
export function scoreOf(errors: readonly (readonly Errors[])[]): number {
  let sum = 0;
  for (const [channel, scales] of errors.entries()) {
    for (const [scale, values] of scales.entries()) {
      const weights = weightsOf(channel, scale, scales.length);
      for (const [i, value] of values.entries()) sum += weights[i] * value;
    }
  }
  const scaled = sum * 0.9562382616834844;
  const raw = 2.326765642916932 * scaled - 0.020884521182843837 * scaled ** 2 + 6.248496625763138e-5 * scaled ** 3;
  return raw > 0 ? 100 - 10 * raw ** 0.6276336467831387 : 100;
}
