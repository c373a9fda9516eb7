/** Names of the parts of the program in profiles (profile.ts). */
export const PARTS = {
  network: 'network, in WebAssembly',
  aroundNetwork: 'network around it: patches, posterior',
  search: 'path search, in WebAssembly',
  aroundSearch: 'trellis around the search: routes, weights, code values',
  basis: 'basis, Gaussians, KL divergence',
  planes: 'walk, planes, pictures and their PSNR',
  codec: 'rest of the codec',
  collector: 'garbage collection',
  rest: 'rest',
} as const;
