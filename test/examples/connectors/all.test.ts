import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const connectors = new URL('../../../examples/connectors/', import.meta.url);
const files = readdirSync(connectors);
const read = (url: URL): string => readFileSync(url, 'utf8');

test.each(files)('%s is short, told of in the docs, and tested', (file) => {
  const source = read(new URL(file, connectors));
  expect(source.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  const code = source.replace(/^ *\/[/*].*$/gm, '');
  expect(code).not.toMatch(/\bas (?!const\b)\w|\bany\b|defineConnector</);
  expect(read(new URL('../../../docs/connectors.md', import.meta.url))).toContain(`/${file})`);
  expect(existsSync(new URL(file.replace('.ts', '.test.ts'), import.meta.url))).toBe(true);
});
