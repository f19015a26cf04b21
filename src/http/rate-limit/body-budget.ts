import { thousandths } from './decimal.js';
import { durationFromText } from './duration-text.js';
import { resetInFields } from './body-wait.js';
import type { BodyNode } from './body-walk.js';
import type { RateLimitPolicy, ResponseClock } from './types.js';

/** A budget that a body describes, and the wait until what was asked for is affordable. */
export interface BodyBudget {
  readonly policy: RateLimitPolicy;
  readonly affordableAt?: number;
}

const BLOCK = /\b(?:rate limits?|throttl\w*|complexity|cost|quota|budget|api usage|limits?)\b/;

/** The budgets in a body: GraphQL cost blocks (`throttleStatus`, `rateLimit`, `complexity`) and fields such as `budget_left`. */
export function bodyBudgets(nodes: readonly BodyNode[], clock: ResponseClock): BodyBudget[] {
  const byParent = new Map<BodyNode, BodyNode[]>();
  for (const node of nodes) {
    if (node.parent === undefined) continue;
    const siblings = byParent.get(node.parent);
    if (siblings === undefined) byParent.set(node.parent, [node]);
    else siblings.push(node);
  }
  const budgets: BodyBudget[] = [];
  for (const [parent, fields] of byParent) {
    const inBlock = BLOCK.test(parent.key);
    const named = inBlock ? fields : fields.filter((field) => BLOCK.test(field.key));
    const budget = budgetOf(named, fields, parent, byParent, clock);
    if (budget !== undefined) budgets.push(budget);
    if (budgets.length >= 16) break;
  }
  return budgets;
}

function budgetOf(
  named: readonly BodyNode[],
  fields: readonly BodyNode[],
  parent: BodyNode,
  byParent: ReadonlyMap<BodyNode, BodyNode[]>,
  clock: ResponseClock,
): BodyBudget | undefined {
  const besides = parent.parent === undefined ? [] : (byParent.get(parent.parent) ?? []);
  const limit = numberAt(
    named,
    /\b(?:limit|max|maximum|maximum available|total|allowed|capacity)$|^max(?:imum)? (?:\w+ ){0,3}requests$/,
    /\b(?:remaining|left)\b/,
  );
  const left =
    numberAt(
      named,
      /\b(?:remaining|left|currently available|available|after)$/,
      /\b(?:max|maximum|retry)\b/,
    ) ?? numberAt(limit === undefined ? [] : besides, /^remaining (?:requests|calls)$/);
  const used = numberAt(named, /\b(?:used|consumed)$/, /\b(?:remaining)\b/);
  const remaining =
    left ?? (limit !== undefined && used !== undefined ? Math.max(0, limit - used) : undefined);
  if (
    remaining === undefined ||
    (limit === undefined &&
      !/\b(?:complexity|rate limit|budget)\b/.test(
        `${parent.key} ${named.map((one) => one.key).join(' ')}`,
      ))
  )
    return undefined;
  const restore = numberAt(fields, /\b(?:restore|refill|leak) rate$/);
  const requested =
    numberAt(besides, /^requested (?:\w+ )?cost$/) ?? numberAt(fields, /^requested (?:\w+ )?cost$/);
  const affordableAt =
    restore === undefined || requested === undefined
      ? undefined
      : affordable(requested - remaining, restore, clock);
  const resetAt = resetInFields(fields, clock);
  const windowMs = windowIn(fields);
  const policy: RateLimitPolicy = {
    name: parent.key.replace(/ /g, '-') || 'budget',
    ...(limit === undefined ? {} : { limit }),
    remaining,
    ...(windowMs === undefined ? {} : { windowMs }),
    ...(resetAt === undefined ? {} : { resetAt }),
    ...(restore === undefined ? {} : { ratePerSecond: restore }),
  };
  return affordableAt === undefined ? { policy } : { policy, affordableAt };
}

/** A window that is written as a duration: `PT24H`, `15m`. */
function windowIn(fields: readonly BodyNode[]): number | undefined {
  for (const { key, value } of fields)
    if (typeof value === 'string' && /\b(?:window|interval|period)$/.test(key))
      return durationFromText(value);
  return undefined;
}

function affordable(missing: number, perSecond: number, clock: ResponseClock): number | undefined {
  if (perSecond <= 0 || missing <= 0) return undefined;
  const ms = thousandths((missing / perSecond).toFixed(6));
  return ms === undefined ? undefined : clock.now + ms;
}

function numberAt(fields: readonly BodyNode[], name: RegExp, unless?: RegExp): number | undefined {
  for (const field of fields) {
    if (typeof field.value !== 'number' || !Number.isFinite(field.value)) continue;
    if (field.key.length <= 64 && name.test(field.key) && unless?.test(field.key) !== true)
      return field.value;
  }
  return undefined;
}

/** A budget told in words: "budget remaining 19986 out of 1000000", "0 of 100 requests remaining". */
export function proseBudget(nodes: readonly BodyNode[]): BodyBudget | undefined {
  for (const node of nodes) {
    if (typeof node.value !== 'string') continue;
    const text = node.value.slice(0, 600);
    const match =
      /\bremaining:? (\d{1,15}) (?:out )?of (\d{1,15})\b/i.exec(text) ??
      /\b(\d{1,15}) (?:out )?of (\d{1,15}) (?:\w{1,20} )?(?:remaining|left)\b/i.exec(text);
    if (match !== null)
      return { policy: { name: 'budget', limit: Number(match[2]), remaining: Number(match[1]) } };
  }
  return undefined;
}
