import { bodySignals, type BodySignals } from './body-signals.js';
import { responseClock } from './clock-skew.js';
import { documented } from './documented.js';
import { governingPolicy, isExhausted } from './governing-policy.js';
import { headerPolicies, type HeaderPolicies, SILENT, someAboutLimits } from './header-families.js';
import { kindOf } from './kind.js';
import { retryInstant } from './retry-after.js';
import { scopeOf } from './scope.js';
import type { RateLimitInput, RateLimitPolicy, RateLimitSignal } from './types.js';

/**
 * Tells from one response whether the server limits this client, until when, by which policy and who has to pause.
 *
 * It knows `Retry-After`, the `X-RateLimit-*` family in its spellings and units, the IETF `RateLimit` fields, several
 * policies at once, used/limit pairs and what error bodies say; also successes that are limited and 403s that are not.
 * Pure, never throws, and looks at a bounded part of the body. A field that the response does not tell is absent.
 *
 * Units: `now` and `resetAt` are epoch milliseconds on the local clock (a server clock that is off by its `Date` header is
 * corrected for), `retryAfterMs` is a wait in milliseconds without jitter or cap.
 *
 * @example
 * const headers = new Headers({ 'retry-after': '30', 'x-ratelimit-remaining': '0' });
 * detectRateLimit({ status: 429, headers }, { now: clock.now() });
 * // { limited: true, retryAfterMs: 30_000, resetAt: now + 30_000, remaining: 0, scope: 'unknown', kind: 'throttle' }
 *
 * @see RFC 9110 10.2.3 (Retry-After), RFC 6585 4 (429), draft-ietf-httpapi-ratelimit-headers (RateLimit, RateLimit-Policy)
 */
export function detectRateLimit(
  input: RateLimitInput,
  { now }: { readonly now: number },
): RateLimitSignal {
  const clock = responseClock(input.headers, now);
  const body = bodySignals(input, clock);
  const speaks = someAboutLimits(input.headers);
  const headers = speaks ? headerPolicies(input.headers, clock, hasOldEpochs(input)) : SILENT;
  const policies = allPolicies(headers, body);
  const retryAt = speaks ? retryInstant(input.headers, clock) : undefined;
  const limited = isLimited(input, policies, body, retryAt);
  const governing = withOrphanReset(governingPolicy(policies, headers.minor), headers.orphanReset);
  const waitAt = limited ? waitUntil(retryAt, body, policies, governing) : undefined;
  return signal({ input, now, limited, waitAt, retryAt, governing, policies, headers, body });
}

/** GitHub refuses with 403 and an epoch, which may lie in the past after a clock change; others who send delays say a limit too. */
function hasOldEpochs({ status, headers }: RateLimitInput): boolean {
  return (
    status === 403 && (!headers.has('x-ratelimit-limit') || headers.has('x-ratelimit-resource'))
  );
}

function allPolicies(headers: HeaderPolicies, body: BodySignals): readonly RateLimitPolicy[] {
  const told = body.budgets.map((budget) => budget.policy);
  return headers.policies.length === 0
    ? told
    : [
        ...headers.policies,
        ...told.filter((policy) => isExhausted(policy) && body.refusal !== undefined),
      ];
}

function isLimited(
  input: RateLimitInput,
  policies: readonly RateLimitPolicy[],
  body: BodySignals,
  retryAt: number | undefined,
): boolean {
  const { status } = input;
  if (status === 429 || status === 420 || status === 509 || status === 529) return true;
  if (status >= 300 && status < 400) return false;
  // Who is not known is told to log in, whatever the text says of limits.
  if (status === 401) return false;
  if (body.refusal !== undefined) return true;
  if (status < 400) return false;
  if (retryAt !== undefined) return true;
  // 402 where a paid quota is used up; a plain one carries no counter.
  return (
    (status === 402 || status === 403 || status === 503) &&
    policies.some((policy) => isExhausted(policy))
  );
}

function withOrphanReset(
  policy: RateLimitPolicy | undefined,
  resetAt: number | undefined,
): RateLimitPolicy | undefined {
  if (resetAt === undefined || policy?.resetAt !== undefined) return policy;
  return { ...(policy ?? { name: 'default' }), resetAt };
}

/** `Retry-After` and its like first, then the reset of what is exhausted; a limit with something left did not refuse. */
function waitUntil(
  retryAt: number | undefined,
  body: BodySignals,
  policies: readonly RateLimitPolicy[],
  governing: RateLimitPolicy | undefined,
): number | undefined {
  if (retryAt !== undefined) return retryAt;
  if (body.retryAt !== undefined) return body.retryAt;
  const affordable = body.budgets.flatMap((budget) => budget.affordableAt ?? []);
  if (affordable.length > 0) return Math.max(...affordable);
  if (
    governing?.resetAt !== undefined &&
    (isExhausted(governing) || governing.remaining === undefined)
  )
    return governing.resetAt;
  const others = policies
    .filter((policy) => isExhausted(policy))
    .flatMap((policy) => policy.resetAt ?? []);
  if (others.length > 0) return Math.max(...others);
  return body.resetAt ?? body.proseAt;
}

interface Verdict {
  readonly input: RateLimitInput;
  readonly now: number;
  readonly limited: boolean;
  readonly waitAt: number | undefined;
  readonly retryAt: number | undefined;
  readonly governing: RateLimitPolicy | undefined;
  readonly policies: readonly RateLimitPolicy[];
  readonly headers: HeaderPolicies;
  readonly body: BodySignals;
}

function signal(verdict: Verdict): RateLimitSignal {
  const { limited, now, waitAt, governing, policies } = verdict;
  const retryAfterMs = waitAt === undefined ? undefined : Math.max(0, Math.ceil(waitAt - now));
  const resetAt = governing?.resetAt ?? waitAt;
  return {
    limited,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(resetAt === undefined ? {} : { resetAt }),
    ...(governing?.limit === undefined ? {} : { limit: governing.limit }),
    ...(governing?.remaining === undefined ? {} : { remaining: governing.remaining }),
    ...scopeAndKind(verdict, retryAfterMs),
    ...(policies.length > 1 || policies.some((policy) => hasMore(policy)) ? { policies } : {}),
  };
}

function hasMore(policy: RateLimitPolicy): boolean {
  return (
    policy.windowMs !== undefined || policy.unit !== undefined || policy.ratePerSecond !== undefined
  );
}

function scopeAndKind(
  verdict: Verdict,
  retryAfterMs: number | undefined,
): Pick<RateLimitSignal, 'scope' | 'kind'> {
  const { input, now, limited, governing, headers, body } = verdict;
  const { status, request } = input;
  const { labels, names: headerNames } = headers;
  const { context, refusal } = body;
  const known = documented({ status, headerNames, context, path: request?.path ?? '' });
  const scope =
    known.scope ??
    scopeOf({
      status,
      labels,
      headerNames,
      context,
      limited,
      governing,
      spokenError: body.isJson && refusal !== undefined,
      namedByHeader: headers.policies.length > 0 && !headers.structured,
      bodyBudget: body.budgets.length > 0 && headers.policies.length === 0,
      refusalScope: context === '' ? refusal?.scope : undefined,
      resetIsInstant: (input.headers.get('x-rate-limit-reset') ?? '').length >= 10,
    });
  if (!limited) return { scope, kind: 'none' };
  if (known.kind !== undefined) return { scope, kind: known.kind };
  const blocks = governing !== undefined && !((governing.remaining ?? 0) > 0);
  const exhausted = blocks && isExhausted(governing) ? governing : undefined;
  const untilResetMs =
    blocks && governing.resetAt !== undefined ? governing.resetAt - now : undefined;
  const ratePerSecond = governing?.ratePerSecond !== undefined && governing.limit === undefined;
  return {
    scope,
    kind: kindOf({
      status,
      labels,
      headerNames,
      context,
      refusal,
      exhausted,
      retryAfterMs,
      untilResetMs,
      ratePerSecond,
    }),
  };
}
