import type { Catalogue, Film } from './catalogue.js';

const MAX_PER_PAGE = 100;
const PARAMETERS = ['since', 'page', 'per_page'];

/** What was asked is wrong in itself; the message goes to the client. */
export class BadRequest extends Error {}

export interface ListPage {
  readonly films: readonly Film[];
  /** How many there are on all pages. */
  readonly total: number;
  /** The `Link` header; undefined when there is one page only. */
  readonly link: string | undefined;
}

/** One page of `GET /films?since=…&page=…&per_page=…`. @throws {BadRequest} */
export function listFilms(catalogue: Catalogue, url: URL): ListPage {
  const unknown = [...url.searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) throw new BadRequest(`unknown parameter '${unknown}'`);
  const perPage = readNumber(url, 'per_page', 30, MAX_PER_PAGE);
  const page = readNumber(url, 'page', 1, Number.MAX_SAFE_INTEGER);
  const all = catalogue.changedSince(readDate(url, 'since'));
  return {
    films: all.slice((page - 1) * perPage, page * perPage),
    total: all.length,
    link: linkHeader(url, page, Math.ceil(all.length / perPage)),
  };
}

function linkHeader(url: URL, page: number, lastPage: number): string | undefined {
  const targets: [rel: string, page: number][] = [];
  if (page < lastPage) targets.push(['next', page + 1], ['last', lastPage]);
  if (page > 1) targets.push(['first', 1], ['prev', page - 1]);
  if (targets.length === 0) return undefined;
  return targets.map(([rel, number]) => `<${withPage(url, number)}>; rel="${rel}"`).join(', ');
}

function withPage(url: URL, page: number): string {
  const target = new URL(url);
  target.searchParams.set('page', String(page));
  return target.href;
}

function readNumber(url: URL, name: string, otherwise: number, max: number): number {
  const text = url.searchParams.get(name);
  if (text === null) return otherwise;
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max) throw new BadRequest(`'${name}' must be from 1 to ${max}`);
  return value;
}

function readDate(url: URL, name: string): Date | undefined {
  const text = url.searchParams.get(name);
  if (text === null) return undefined;
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time)) throw new BadRequest(`'${name}' must be like 2024-01-31T12:00:00Z`);
  return new Date(time);
}
