import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const TIMEOUT_MS = 60_000;

let directory: string;
let output: string;
let errors: string;
let code: number | null;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'syncline-demo-'));
  const demo = spawn(process.execPath, ['--import', 'tsx', 'examples/demo.ts', directory], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
  });
  const ended = new Promise<number | null>((resolve) => demo.once('close', resolve));
  [output, errors, code] = await Promise.all([text(demo.stdout), text(demo.stderr), ended]);
}, TIMEOUT_MS);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('the demo', () => {
  it('ends well, with every claim as claimed', () => {
    expect(code, errors).toBe(0);
    expect(output).not.toContain('✗');
  });

  it('stores every film, or keeps it as rejected with its reason', () => {
    expect(output).toContain('✓ 3,162 stored + 39 rejected = 3,201');
    expect(output).toMatch(/22 +release_date +after 2011: .* "Dec 24 2016"/);
    expect(output).toMatch(/9 +title +expected string, received number +54/);
  });

  it('syncs what changed, and finds what is gone', () => {
    expect(output).toMatch(/incremental +1 +9 +3 +3 +0 +3 +0\n/);
    expect(output).toMatch(/\+ insert +film 1091 +300/);
    expect(output).toMatch(/~ update +film 2026 +Inception +IMDb 8\.8/);
    expect(output).toMatch(/- delete +film 1830 +Gigli/);
  });

  it('resumes after the last committed page of a killed process', () => {
    const killed = /page (\d+) of 32: process \d+ is killed/.exec(output);
    const page = Number(killed?.[1]);
    expect(page).toBeGreaterThanOrEqual(12);
    expect(page).toBeLessThan(32);
    expect(output).toContain(`✓ the database holds ${page} whole pages: `);
    expect(output).toContain(`the second process asked for pages ${page + 1} to 32 only`);
  });

  it('waits for what the API says, and tells what for', () => {
    expect(output).toMatch(/answered 429 +it said how long to wait/);
    expect(output).toMatch(/answered 503 +attempt 1 failed: backed off/);
    expect(output).toMatch(/Retry-After +"all requests" was closed by the API +2\.\d s/);
    expect(output).toMatch(/a slow page +within http\.timeouts: it was waited for +1\.\d s/);
    expect(output).toContain('4 of them again, none before the time that the API had named');
  });

  it('is plain text where nobody watches, and leaves the database', () => {
    // What colours and cursor movements begin with.
    expect(output).not.toMatch(/[\u001b\r]/);
    expect(output).toContain(`sqlite3 ${join(directory, 'films.db')} "SELECT`);
    expect(existsSync(join(directory, 'films.db'))).toBe(true);
    expect(existsSync(join(directory, 'films.db-wal'))).toBe(false);
  });
});
