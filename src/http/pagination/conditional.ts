import type { PagesOptions } from '../../connector/http.js';
import type { PageCondition, Validator } from '../../connector/page.js';
import { ConfigError } from '../../core/errors.js';
import { rawJson } from '../../core/raw-json.js';
import type { Conditions } from '../client-options.js';
import type { Answer, Exchange } from '../exchange.js';
import { instantFromText } from '../rate-limit/instant-text.js';
import type { ListRequest } from './list-request.js';
import { storedPlace, type Place } from './restart.js';
import type { Style } from './style.js';
import { textHash } from './text-hash.js';

/** A longer one is no tag but a body: it would be stored with every page. */
const MAX_LENGTH = 1_000;
const HEADERS = ['if-none-match', 'if-modified-since'] as const;

/** The validators of one reading. */
export interface Validators {
  /** A page's request, told from all others. */
  address(request: ListRequest, place: Place, exchange: Exchange, options: Asking): string;
  find(address: string): Validator | undefined;
  /** The page has come anew: by the old one it must not be asked for again. */
  forget(address: string): void;
}

type Asking = Pick<PagesOptions<unknown>, 'items' | 'pagination'>;

export function createValidators({ scope, known }: Conditions): Validators {
  const validators = new Map(known.map((page) => [page.address, page]));
  let read: string | undefined;
  return {
    address({ url, searchParams, headers }, place, exchange, { items, pagination }) {
      const { href } = exchange.address(url, searchParams);
      const at = storedPlace({ ...place, page: undefined });
      read ??= scope();
      return textHash(rawJson([read, href, headers, at, items, pagination]));
    },
    find: (address) => validators.get(address),
    forget: (address) => {
      validators.delete(address);
    },
  };
}

/** @throws {ConfigError} when the list is not asked for with GET: the condition of another method would be a precondition, and never a 304 */
export function checkConditional(conditional: boolean | undefined, { method }: ListRequest): void {
  if (conditional !== true || method.toUpperCase() === 'GET') return;
  throw new ConfigError(
    `conditional: a ${method.toUpperCase()} request has no unchanged answer (304); leave it out, or ask with GET`,
    { context: { path: 'conditional' } },
  );
}

/** The headers that make a request conditional, unless the connector has made it so itself. */
export function conditionHeaders(
  validator: Validator | undefined,
  request: ListRequest,
): Readonly<Record<string, string>> {
  if (validator === undefined || isConditional(request)) return {};
  const { etag, lastModified } = validator;
  return {
    ...(etag === undefined ? {} : { [HEADERS[0]]: etag }),
    ...(lastModified === undefined ? {} : { [HEADERS[1]]: lastModified }),
  };
}

/** Whether the connector's own headers ask for a 304. */
export function isConditional({ headers }: ListRequest): boolean {
  return Object.entries(headers).some(
    ([name, value]) =>
      value !== undefined && HEADERS.some((header) => header === name.toLowerCase()),
  );
}

/** @throws {HttpError} for a 304 that nobody has asked for: which content is meant, nobody knows */
export function unaskedNotModified(answer: Answer): Error {
  return answer.error(
    'answered 304 (not modified) to a request without a condition',
    'A cache between here and the API may do so: send the header cache-control: no-cache.',
  );
}

/** What a page that has come says for the next time. @param page `largest`: the most items that a page of its list has had before */
export function conditionOf(
  address: string,
  answer: Answer,
  page: { readonly after: Place | undefined; readonly count: number; readonly largest: number },
  style: Style,
  request: ListRequest,
): PageCondition {
  const { after, count, largest } = page;
  const next = after === undefined ? null : storedPlace(after);
  const isTrusted =
    answer.received.status === 200 &&
    !(next === null && style.tellsNextInHeaders === true && isFull(count, largest, request));
  const kept = isTrusted ? entityTags(answer) : {};
  const has = kept.etag !== undefined || kept.lastModified !== undefined;
  return { address, unchanged: false, validator: has ? { ...kept, next } : null };
}

function entityTags({ received }: Answer): Omit<Validator, 'next'> {
  const { headers, serverTime, requestedAt } = received;
  const etag = headers.get('etag') ?? '';
  const lastModified = headers.get('last-modified') ?? '';
  const modifiedAt = instantFromText(lastModified, requestedAt);
  // Within the second that it names the content may change again, and the date stay (RFC 9110, 8.8.2.2).
  const isPast =
    serverTime !== undefined && modifiedAt !== undefined && serverTime - modifiedAt >= 1_000;
  return {
    ...(etag === '' || etag.length > MAX_LENGTH ? {} : { etag }),
    ...(isPast ? { lastModified } : {}),
  };
}

/**
 * Whether a last page is as long as pages get. Where the headers alone name the next page, the one after it may come into being while the
 * body of this one stays, and its tag too.
 */
function isFull(count: number, largest: number, { url, searchParams }: ListRequest): boolean {
  if (count === 0) return false;
  const own = url instanceof URL ? [...url.searchParams.values()] : [];
  const inPath =
    typeof url === 'string' ? [...new URLSearchParams(url.split('?')[1]).values()] : [];
  const sizes = [...Object.values(searchParams), ...own, ...inPath].map(Number);
  return (largest > 0 && count >= largest) || sizes.includes(count);
}
