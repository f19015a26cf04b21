import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Catalogue, type Film, readFilms } from '../../examples/films-api/catalogue.js';
import { createFilmsApi } from '../../examples/films-api/server.js';
import { startFilmsApi } from '../../examples/films-api/start.js';

const NOW = '2026-02-01T12:00:00Z';

let server: Server;
let base: string;
let log: string[];

beforeEach(async () => {
  log = [];
  const catalogue = new Catalogue(readFilms(), () => new Date(NOW));
  server = createFilmsApi({ catalogue, token: 'demo', log: (line) => log.push(line) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => new Promise((resolve) => server.close(resolve).closeAllConnections()));

function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: 'Bearer demo', ...(init.headers as Record<string, string>) };
  return fetch(`${base}/${path}`, { ...init, headers });
}

function send(method: string, path: string, body: unknown): Promise<Response> {
  return call(path, { method, body: JSON.stringify(body) });
}

const filmsOf = async (response: Response): Promise<Film[]> => (await response.json()) as Film[];

/** All pages, by following `rel="next"`. */
async function pagesOf(path: string): Promise<Film[][]> {
  const pages: Film[][] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const response: Response = await call(next);
    pages.push(await filmsOf(response));
    const target = /<([^>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
    next = target?.slice(base.length + 1);
  }
  return pages;
}

describe('the films API', () => {
  it('answers 401 without the token, and with a wrong one', async () => {
    expect((await fetch(`${base}/films`)).status).toBe(401);
    const response = await call('films', { headers: { authorization: 'Bearer other' } });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('serves all films once, by Link, oldest change first and the id between equals', async () => {
    const pages = await pagesOf('films?per_page=100');
    expect(pages.map((page) => page.length)).toEqual([...Array<number>(32).fill(100), 1]);
    const films = pages.flat();
    expect(new Set(films.map((film) => film.id)).size).toBe(3_201);
    for (const [index, film] of films.slice(1).entries()) {
      const before = films[index]!;
      const inOrder =
        before.updated_at < film.updated_at ||
        (before.updated_at === film.updated_at && before.id < film.id);
      expect(inOrder, `film ${before.id} before ${film.id}`).toBe(true);
    }
    expect(films.some((film, index) => film.updated_at === films[index + 1]?.updated_at)).toBe(
      true,
    );
  });

  it('keeps the data as messy as it is', async () => {
    const films = (await pagesOf('films?per_page=100')).flat();
    expect(films.filter((film) => typeof film['title'] === 'number')).toHaveLength(9);
    expect(films.find((film) => film['title'] === 'Gone with the Wind')).toMatchObject({
      release_date: 'Dec 15 2039',
    });
  });

  it('counts the films, and dates and tags its answers', async () => {
    const response = await call('films?per_page=5');
    expect(await filmsOf(response)).toHaveLength(5);
    expect(response.headers.get('x-total-count')).toBe('3201');
    expect(Date.parse(response.headers.get('date') ?? '')).not.toBeNaN();
    const etag = response.headers.get('etag') ?? '';
    const again = await call('films?per_page=5', { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('filters by the time of the last change, that time included', async () => {
    const all = (await pagesOf('films?per_page=100')).flat();
    const since = all[3_000]!.updated_at;
    const later = (await pagesOf(`films?per_page=100&since=${since}`)).flat();
    expect(later).toEqual(all.filter((film) => film.updated_at >= since));
    expect(later[0]!.updated_at).toBe(since);
    expect(await filmsOf(await call(`films?since=${NOW}`))).toEqual([]);
  });

  it('edits, adds and removes films, and dates the change', async () => {
    expect(await (await send('PATCH', 'films/1', { title: 'New' })).json()).toMatchObject({
      id: 1,
      title: 'New',
      us_gross: 146_083,
      updated_at: NOW,
    });
    const added = await send('POST', 'films', { title: 'Hugo' });
    expect([added.status, added.headers.get('location')]).toEqual([201, '/films/3202']);
    expect((await call('films/2', { method: 'DELETE' })).status).toBe(204);

    const changed = await filmsOf(await call(`films?since=${NOW}`));
    expect(changed.map((film) => [film.id, film['title']])).toEqual([
      [1, 'New'],
      [3_202, 'Hugo'],
    ]);
    expect((await call('films?per_page=1')).headers.get('x-total-count')).toBe('3201');
    expect((await call('films/2')).status).toBe(404);
    expect(log).toContain('DELETE /films/2 204');
  });

  it('never gives an id again', async () => {
    await call('films/3201', { method: 'DELETE' });
    expect((await send('POST', 'films', {})).headers.get('location')).toBe('/films/3202');
  });

  it.each(['films/0', 'films/4000', 'films/x', 'films/1/2', 'actors'])(
    'answers 404 for %s',
    async (path) => {
      expect((await call(path)).status).toBe(404);
    },
  );

  it.each(['page=0', 'page=x', 'per_page=101', 'per_page=-1', 'since=yesterday', 'sort=title'])(
    'answers 400 for ?%s',
    async (query) => {
      const response = await call(`films?${query}`);
      expect(response.status).toBe(400);
      expect(await response.json()).toHaveProperty('error');
    },
  );

  it('answers 400 for a body that is no object of fields, or too long', async () => {
    for (const body of [
      '',
      '{',
      '[]',
      'null',
      '{"id":1}',
      JSON.stringify({ title: 'x'.repeat(70_000) }),
    ]) {
      expect((await call('films/1', { method: 'PATCH', body })).status, body.slice(0, 20)).toBe(
        400,
      );
    }
  });

  it('answers 405 for other methods', async () => {
    expect((await call('films', { method: 'DELETE' })).headers.get('allow')).toBe('GET, POST');
    expect((await send('PUT', 'films/1', {})).status).toBe(405);
  });
});

describe('the films API as a process', () => {
  it('listens, logs, and ends when it is stopped', async () => {
    const api = await startFilmsApi({ latency: 0 });
    await api.change('PATCH', 'films/1', { title: 'New' });
    await expect(api.change('DELETE', 'films/4000')).rejects.toThrow('404');
    await api.stop();
    expect(api.log).toEqual(['PATCH /films/1 200', 'DELETE /films/4000 404']);
    await expect(fetch(api.url)).rejects.toThrow('fetch failed');
  });

  it('ends with the process that started it, even if that is killed', async () => {
    const script = `
      import { startFilmsApi } from './examples/films-api/start.ts';
      console.log((await startFilmsApi({ latency: 0 })).url);`;
    const parent = spawn(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', script],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const closed = once(parent, 'close');
    const [url] = (await once(parent.stdout, 'data')) as [Buffer];
    expect((await fetch(String(url).trim())).status).toBe(401);
    parent.kill('SIGKILL');
    // Both write to this pipe: it closes when both have ended.
    await closed;
    await expect(fetch(String(url).trim())).rejects.toThrow('fetch failed');
  });
});
