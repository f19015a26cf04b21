import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** A film as the API holds it: what the data set says, however odd, with an id and the time of its last change. */
export interface Film {
  readonly id: number;
  readonly updated_at: string;
  readonly [field: string]: unknown;
}

export type Fields = Readonly<Record<string, unknown>>;

const MAX_FILMS = 10_000;
const FIRST_CHANGE = Date.UTC(2024, 0, 8, 9);

/** The films, in memory. Every change moves `updated_at`. */
export class Catalogue {
  readonly #films: Map<number, Film>;
  readonly #now: () => Date;
  #sorted: readonly Film[] | undefined;
  #lastId: number;

  constructor(films: Iterable<Film>, now: () => Date = () => new Date()) {
    this.#films = new Map([...films].map((film) => [film.id, film]));
    this.#now = now;
    this.#lastId = Math.max(0, ...this.#films.keys());
  }

  /** Those changed at `since` or later, by the time of their last change; the id decides between equals, so that no page border is blurred. */
  changedSince(since: Date | undefined): readonly Film[] {
    this.#sorted ??= [...this.#films.values()].sort(byChange);
    if (since === undefined) return this.#sorted;
    return this.#sorted.filter((film) => Date.parse(film.updated_at) >= since.getTime());
  }

  get(id: number): Film | undefined {
    return this.#films.get(id);
  }

  /** Undefined when the catalogue is full. */
  add(fields: Fields): Film | undefined {
    return this.#films.size < MAX_FILMS ? this.#put(++this.#lastId, fields) : undefined;
  }

  edit(id: number, fields: Fields): Film | undefined {
    const film = this.#films.get(id);
    return film && this.#put(id, { ...film, ...fields });
  }

  remove(id: number): boolean {
    this.#sorted = undefined;
    return this.#films.delete(id);
  }

  #put(id: number, fields: Fields): Film {
    const film = { ...fields, id, updated_at: toSeconds(this.#now()) };
    this.#films.set(id, film);
    this.#sorted = undefined;
    return film;
  }
}

/**
 * The 3,201 films of `vega-datasets`, values as they are: numbers as titles, ratings that are null, releases in 2046. The names of the fields
 * become those of an API (`US Gross`: `us_gross`), and each film gets an id and a plausible time of its last change, the same ones every time.
 */
export function readFilms(): readonly Film[] {
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  const file = new URL('../data/movies.json', `file://${entry}`);
  const films = JSON.parse(readFileSync(file, 'utf8')) as readonly Fields[];
  return films.map((film, index) => ({
    id: index + 1,
    ...Object.fromEntries(Object.entries(film).map(([name, value]) => [fieldName(name), value])),
    updated_at: changedAt(index, films.length),
  }));
}

/** Changes are in no order of ids, and come three at a time: batches at the same second are what real page borders cut through. */
function changedAt(index: number, count: number): string {
  const rank = (index * 1237) % count;
  return toSeconds(new Date(FIRST_CHANGE + Math.floor(rank / 3) * 24_681_000));
}

function fieldName(name: string): string {
  return name.toLowerCase().replaceAll(' ', '_');
}

function toSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

function byChange(a: Film, b: Film): number {
  return a.updated_at < b.updated_at ? -1 : a.updated_at > b.updated_at ? 1 : a.id - b.id;
}
