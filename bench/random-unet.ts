/** The paper's U-Net for CIFAR-10 (35.7 M parameters) with random weights, for measurements of speed. */
import {
  type Backend,
  isEpsilonDenoiser,
  loadUncalibratedModel,
  parseUnetConfig,
  type Tensor,
  type UnetParameter,
  unetParameters,
  writeModel,
} from 'ddpm-codec/model';
import seedrandom from 'seedrandom';

/** Config of google/ddpm-cifar10-32. */
const UNET = {
  sample_size: 32,
  block_out_channels: [128, 256, 256, 256],
  down_block_types: ['DownBlock2D', 'AttnDownBlock2D', 'DownBlock2D', 'DownBlock2D'],
  up_block_types: ['UpBlock2D', 'UpBlock2D', 'AttnUpBlock2D', 'UpBlock2D'],
  layers_per_block: 2,
  downsample_padding: 0,
  attention_head_dim: null,
  norm_eps: 1e-6,
  freq_shift: 1,
  flip_sin_to_cos: false,
};

/** Multiply-adds of its convolutions and matrix products for one image of 32x32, counted by kernel. */
export const UNET_MULTIPLY_ADDS = 6.222e9;

function randomTensor({ fileShape, kind }: UnetParameter, random: () => number): Tensor {
  const size = fileShape.reduce((product, side) => product * side, 1);
  const bound = Math.sqrt(3 / fileShape.slice(1).reduce((product, side) => product * side, 1));
  const data = Float32Array.from({ length: size }, () => (kind === 'scale' ? 1 : (2 * random() - 1) * bound));
  return { dtype: 'F32', shape: fileShape, data: kind === 'bias' ? data.fill(0) : data };
}

/** The network as a model file, always the same. */
function randomUnet(): Uint8Array {
  const random = seedrandom('bench/unet');
  const parameters = unetParameters(parseUnetConfig(UNET, (message) => new Error(message)));
  const tensors = new Map(parameters.map((parameter) => [parameter.name, randomTensor(parameter, random)]));
  return writeModel({ config: { architecture: 'ddpm-unet', unet: UNET, scheduler: {} }, tensors });
}

/** What computes epsilon of images of 32x32 on a backend, at timestep 500. */
export async function openRandomUnet(
  backend: Backend,
): Promise<(x: Float32Array, batch: number) => Promise<Float32Array>> {
  const { denoiser } = await loadUncalibratedModel(randomUnet(), { backend, source: 'random weights' });
  if (!isEpsilonDenoiser(denoiser)) throw new Error('a U-Net predicts epsilon');
  return (x, batch) => denoiser.epsilonModel.predict(x, { batch, height: 32, width: 32 }, 500);
}
