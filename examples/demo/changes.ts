import type { StreamHandle } from 'syncline';
import type { RunningFilmsApi } from '../films-api/start.js';
import type { Film } from '../films.js';

/** What somebody did to the films at the API. */
export interface Done {
  readonly edited: number;
  readonly added: number;
  readonly removed: number;
}

const RATINGS = { Inception: 8.8, 'Toy Story 3': 8.3, Avatar: 7.9 };
const NEW_FILMS = [
  { title: 'Hugo', release_date: 'Nov 23 2011', director: 'Martin Scorsese' },
  { title: 'The Artist', release_date: 'Nov 25 2011', director: 'Michel Hazanavicius' },
];
const REMOVED = ['Gigli', 'Catwoman', 'Showgirls'];

/** Edits, adds and removes films, and repairs one that was rejected: its title, 300, is a number. All through the API's HTTP interface. */
export async function changeFilms(api: RunningFilmsApi, stored: StreamHandle<Film>): Promise<Done> {
  const ids = new Map<string, number>();
  for await (const film of stored.records()) ids.set(film.title, film.id);
  const path = (title: string): string => `films/${ids.get(title) ?? `unknown: ${title}`}`;

  for (const [title, rating] of Object.entries(RATINGS)) {
    await api.change('PATCH', path(title), { imdb_rating: rating });
  }
  for (const film of NEW_FILMS) {
    await api.change('POST', 'films', {
      ...film,
      mpaa_rating: 'PG',
      imdb_rating: null,
      us_gross: 0,
    });
  }
  for (const title of REMOVED) await api.change('DELETE', path(title));
  for await (const { key, raw } of stored.rejected()) {
    if (titleOf(raw) === 300) await api.change('PATCH', `films/${key ?? ''}`, { title: '300' });
  }
  return { edited: Object.keys(RATINGS).length, added: NEW_FILMS.length, removed: REMOVED.length };
}

function titleOf(raw: unknown): unknown {
  return typeof raw === 'object' && raw !== null && 'title' in raw ? raw.title : undefined;
}
