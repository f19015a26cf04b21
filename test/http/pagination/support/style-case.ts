import type { PagesOptions } from '../../../../src/connector/http.js';
import { ownValue } from '../../../../src/core/json.js';
import type { Answered, Got } from '../../support/loopback.js';

/** A real API's way of paging: how a connector asks for it, and a server that behaves like it. */
export interface StyleCase {
  /** The row of the corpus. */
  readonly api: string;
  /** A second way of asking for the same. */
  readonly variant?: string;
  readonly path: string;
  readonly options: PagesOptions<unknown>;
  readonly idOf?: (record: unknown) => unknown;
  /** What the list holds, in order. */
  readonly ids: readonly string[];
  /** Made anew for each test: a scroll has a state. */
  readonly server: () => (got: Got) => Answered;
  /** Its bodies are only told of in the row's gotchas. */
  readonly isAside?: boolean;
}

/** Five items in pages of two, where nothing else is said. */
export const FIVE = ['1', '2', '3', '4', '5'] as const;

export function chunks(ids: readonly string[], size: number): readonly (readonly string[])[] {
  const count = Math.ceil(ids.length / size);
  return Array.from({ length: count }, (_, i) => ids.slice(i * size, (i + 1) * size));
}

/** A page of a list in chunks, by its number from 0. */
export function page(list: readonly (readonly string[])[], number: number) {
  return { ids: list[number] ?? [], isLast: number >= list.length - 1, number };
}

export const items = (ids: readonly string[], field = 'id') => ids.map((id) => ({ [field]: id }));

export function param(got: Got, name: string): string | null {
  return got.url.searchParams.get(name);
}

/** A field of the JSON that was posted. */
export function posted(got: Got, ...path: readonly string[]): unknown {
  const json: unknown = JSON.parse(got.body);
  return path.reduce(ownValue, json);
}

export const badRequest = (why: string): Answered => ({ status: 400, body: { error: why } });

export const field = (name: string) => (record: unknown) => ownValue(record, name);

export const idOf = field('id');

/** The id of what is wrapped in a field. */
export const wrappedIdOf = (name: string) => (record: unknown) =>
  ownValue(ownValue(record, name), 'id');
