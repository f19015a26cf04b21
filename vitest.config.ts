import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const src = fileURLToPath(new URL('./src/', import.meta.url));

export default defineConfig({
  resolve: {
    // The same as `paths` in tsconfig.json: tests import 'syncline' as a user would.
    alias: [
      { find: /^syncline$/, replacement: `${src}index.ts` },
      { find: /^syncline\/([^/]+)$/, replacement: `${src}$1.ts` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    // Type tests run with the others; errors elsewhere are for `npm run types`.
    typecheck: {
      enabled: true,
      include: ['test/**/*.test-d.ts'],
      tsconfig: './tsconfig.json',
      ignoreSourceErrors: true,
    },
    // Native drivers and tests that kill processes need real processes.
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
