import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['index', 'sqlite', 'memory', 'adapter', 'testing'].map((name) => `src/${name}.ts`),
  format: 'esm',
  target: 'node20',
  dts: true,
  sourcemap: true,
  clean: true,
  // Shared chunks: an error class or symbol is the same object from every subpath.
  splitting: true,
  // tsup would turn 'node:crypto' into 'crypto', which a package of that name could shadow.
  removeNodeProtocol: false,
  // Dependencies are external anyway; drivers never get bundled, even as peers or dev dependencies.
  external: ['better-sqlite3', 'pg'],
});
