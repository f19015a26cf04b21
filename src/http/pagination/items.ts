import type { PagesOptions } from '../../connector/http.js';
import { ConfigError } from '../../core/errors.js';
import { isObject } from '../../core/json.js';
import type { Answer } from '../exchange.js';
import { fieldsOf, saysFailure } from '../rate-limit/envelope.js';
import { isList, lookUp, valueAt } from './body-path.js';
import { describe } from './next.js';
import type { Style } from './style.js';

export interface Listed {
  readonly body: unknown;
  /** Undefined: there is no list where it should be. */
  readonly items: readonly unknown[] | undefined;
  readonly isNull: boolean;
  readonly hasPlace: boolean;
}

type Items = PagesOptions<unknown>['items'];

/** Reads a page's body and the list in it. A body of another type than JSON is given to an `items` function as text. */
export async function readItems(
  { response, received }: Answer,
  where: Items,
  style: Style,
): Promise<Listed> {
  if (received.body.byteLength === 0 && [200, 204, 304].includes(received.status)) {
    return { body: undefined, items: undefined, isNull: false, hasPlace: false };
  }
  const type = response.headers.get('content-type');
  const isText = typeof where === 'function' && type !== null && !/\bjson\b/i.test(type);
  const body: unknown = isText ? await response.text() : await response.json();
  if (typeof where === 'function') {
    const items: unknown = where(body);
    if (isList(items)) return { body, items, isNull: false, hasPlace: true };
    throw new ConfigError(
      `items: the function returned ${describe(items)}; it must return a list, an empty one where the API writes none`,
      {
        context: { path: 'items' },
      },
    );
  }
  const { value, present, parent } =
    where === undefined
      ? { value: style.list?.(body) ?? body, present: true, parent: false }
      : lookUp(body, pathOf(where));
  const isLeftOut = mayBeLeftOut(where) && (value === undefined || value === null);
  return {
    body,
    items: isList(value) ? value : isLeftOut && isPage(body) ? [] : undefined,
    isNull: present && value === null,
    hasPlace: parent && (value === null || value === undefined),
  };
}

function mayBeLeftOut(where: Items): boolean {
  return typeof where === 'string' && where.endsWith('?');
}

/** `items` as a path, without the mark that an empty list is left out. */
function pathOf(where: string): string {
  return mayBeLeftOut(where) ? where.slice(0, -1) : where;
}

function isPage(body: unknown): boolean {
  return isObject(body) && !refusesEmpty(body);
}

/** Why a body without a list is an error, although the style's own fields say that the list ends here. */
export function refusesEmpty(body: unknown): boolean {
  if (saysFailure(fieldsOf(body))) return true;
  return ['error', 'errors', 'fault', 'faults'].some((field) => {
    const value = valueAt(body, field);
    return isList(value)
      ? value.length > 0
      : isObject(value) || (typeof value === 'string' && value !== '') || value === true;
  });
}

export function noList(answer: Answer, { body }: Listed, where: Items): Error {
  if (body === undefined) {
    return answer.error(
      `answered ${answer.received.status} without a body, where a page was expected`,
      'Only numbered pages and offsets end like that, and empty lists by 204: check the path.',
    );
  }
  const place = typeof where === 'string' ? `at '${where}'` : 'for a body';
  const found = describe(typeof where === 'string' ? valueAt(body, pathOf(where)) : body);
  const fields = isObject(body)
    ? `; the body has: ${Object.keys(body).slice(0, 12).join(', ')}`
    : '';
  return answer.error(
    `has ${found} ${place}, where a list was expected${fields}`,
    `Name the field of the list in items; where the API leaves an empty list out, mark it: items: '${typeof where === 'string' ? pathOf(where) : 'data'}?'.`,
  );
}
