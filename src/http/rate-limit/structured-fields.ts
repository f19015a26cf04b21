import { count } from './decimal.js';
import { resetInstant } from './reset-instant.js';
import type { RateLimitPolicy, ResponseClock } from './types.js';

const MAX_ITEMS = 32;

interface Item {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Reads the `RateLimit` and `RateLimit-Policy` fields of draft-ietf-httpapi-ratelimit-headers: `"name";r=50;t=30` with
 * `"name";q=100;w=60` (draft 8 on), and `limit=100, remaining=50, reset=45` with `100;w=60` (draft 7).
 */
export function structuredPolicies(
  rateLimit: string | null,
  policy: string | null,
  clock: ResponseClock,
): RateLimitPolicy[] {
  const quotas = items(policy ?? '').flatMap((item) => quotaOf(item));
  const current =
    rateLimit === null
      ? []
      : (combinedPolicy(rateLimit, clock) ??
        items(rateLimit).flatMap((item) => currentOf(item, clock)));
  // An exhausted partition is as much a policy as another of the same name, so each current item stays its own.
  const taken = new Set<RateLimitPolicy>();
  const merged = current.map((state) => {
    const quota =
      quotas.find((q) => q.name === state.name && !taken.has(q)) ??
      quotas.find((q) => q.name === state.name) ??
      unnamedMatch(quotas, state, current.length);
    if (quota === undefined) return state;
    taken.add(quota);
    return { ...quota, ...state, name: quota.name };
  });
  return [...merged, ...quotas.filter((quota) => !taken.has(quota))];
}

/** Draft 7 names no policy: it is the one with the same limit, or the only one. */
function unnamedMatch(
  quotas: readonly RateLimitPolicy[],
  state: RateLimitPolicy,
  states: number,
): RateLimitPolicy | undefined {
  if (state.name !== 'default' || states !== 1) return undefined;
  return (
    quotas.find((quota) => quota.limit === state.limit) ??
    (quotas.length === 1 && state.limit === undefined ? quotas[0] : undefined)
  );
}

function quotaOf(item: Item): RateLimitPolicy[] {
  const get = (name: string): string | undefined => item.parameters.get(name);
  const bare = count(item.name);
  const limit = positive(get('q')) ?? (bare !== undefined && bare > 0 ? bare : undefined);
  if (limit === undefined) return [];
  const seconds = positive(get('w'));
  const unit = unquote(get('qu') ?? '');
  return [
    {
      name: bare === undefined ? item.name : 'default',
      limit,
      ...(seconds === undefined ? {} : { windowMs: seconds * 1000 }),
      ...(unit === '' || unit === 'requests' ? {} : { unit }),
    },
  ];
}

function currentOf(item: Item, clock: ResponseClock): RateLimitPolicy[] {
  const remaining = count(item.parameters.get('r') ?? '');
  const resetAt = resetInstant(item.parameters.get('t') ?? '', clock);
  if (remaining === undefined && resetAt === undefined) return [];
  return [state(item.name, undefined, remaining, resetAt)];
}

function combinedPolicy(text: string, clock: ResponseClock): RateLimitPolicy[] | undefined {
  const named = new Map(
    split(text, ',')
      .flatMap((part) => split(part, ';'))
      .map((part) => pair(part)),
  );
  if (!named.has('remaining') && !named.has('limit')) return undefined;
  const limit = positive(named.get('limit'));
  return [
    state(
      'default',
      limit,
      count(named.get('remaining') ?? ''),
      resetInstant(named.get('reset') ?? '', clock),
    ),
  ];
}

function state(
  name: string,
  limit: number | undefined,
  remaining: number | undefined,
  resetAt: number | undefined,
): RateLimitPolicy {
  return {
    name,
    ...(limit === undefined ? {} : { limit }),
    ...(remaining === undefined ? {} : { remaining }),
    ...(resetAt === undefined ? {} : { resetAt }),
  };
}

function items(text: string): Item[] {
  return split(text, ',')
    .filter((part) => part !== '')
    .slice(0, MAX_ITEMS)
    .map((part) => {
      const [name = '', ...parameters] = split(part, ';');
      return {
        name: unquote(name).slice(0, 128),
        parameters: new Map(parameters.map((parameter) => pair(parameter))),
      };
    });
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0
    ? [text.trim().toLowerCase(), '']
    : [text.slice(0, at).trim().toLowerCase(), text.slice(at + 1).trim()];
}

function positive(text: string | undefined): number | undefined {
  const value = count(unquote(text ?? ''));
  return value !== undefined && value > 0 ? value : undefined;
}

/** Splits at a separator that stands outside quotes. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\' && quoted) at += 1;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}

function unquote(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > 1 && trimmed.startsWith('"') && trimmed.endsWith('"')
    ? trimmed.slice(1, -1).replace(/\\(.)/g, '$1')
    : trimmed;
}
