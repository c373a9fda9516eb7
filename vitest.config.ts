import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.slow.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Ten times what the slowest tests take on two quiet cores: machines are busy, and a limit is for what hangs.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
    // Two workers: the encoder is CPU-bound and the reference machine has two cores.
    maxWorkers: 2,
  },
});

export default config;
