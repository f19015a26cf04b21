import { bodyBudgets, type BodyBudget, proseBudget } from './body-budget.js';
import { bodyRegions, type BodyRegions, type InnerResponse } from './body-regions.js';
import { resetInFields, waitInFields, waitInProse } from './body-wait.js';
import { type BodyNode, readBody, walkBody } from './body-walk.js';
import { type LimitWords, plainWords } from './limit-words.js';
import { bareCode, moreTelling, refusalIn, refusalInHeaders } from './refusal.js';
import { retryInstant } from './retry-after.js';
import type { RateLimitInput, ResponseClock } from './types.js';

/** What a body says of limits. Instants are epoch milliseconds on the local clock. */
export interface BodySignals {
  /** The refusal that it tells, if any. */
  readonly refusal?: LimitWords;
  /** The words of its error, to judge scope and kind by. */
  readonly context: string;
  readonly retryAt?: number;
  readonly resetAt?: number;
  /** A wait that only a message's prose tells. */
  readonly proseAt?: number;
  readonly budgets: readonly BodyBudget[];
  /** Whether it is JSON, so that what it says is the API's own, not a proxy's page or text. */
  readonly isJson: boolean;
}

const SILENT: BodySignals = { context: '', budgets: [], isJson: false };
const CONTEXT_LEAVES = 60;
const MAX_LEAVES = 300;
/** Characters of texts that are judged together, and of one. */
const MAX_TEXT = 16_384;
const LOOKED_AT = 600;
const MAX_INNER = 100;
/** Data that comes with an order to pause before this method is called again. */
const BACK_OFF: LimitWords = { kind: 'throttle', scope: 'endpoint' };
const XML_TEXT =
  /<(?:\w{1,20}:)?(code|message|error|type|reason|detail|faultstring|errorcode|description|title|h1|(?:short|long|error|exception)message|exceptioncode|errorstring)(?: [^<>]{0,200})?>([^<]{1,600})</gi;

/** Reads what `input.body` says of limits, looking at a bounded part of it. */
export function bodySignals(input: RateLimitInput, clock: ResponseClock): BodySignals {
  try {
    return readSignals(input, clock);
  } catch {
    // A value that throws when it is read (a getter, a revoked proxy) did not come from a response.
    return SILENT;
  }
}

function readSignals(input: RateLimitInput, clock: ResponseClock): BodySignals {
  const body = readBody(input.body);
  const regions = bodyRegions(body, input.status, input.request ?? {});
  if (input.status < 400 && saysNothing(regions)) return SILENT;
  const inner = innerSignals(regions.inner, clock);
  const nodes = walkBody(
    regions.errors.map((error) => (typeof error === 'string' ? textLeaves(error) : error)),
    'error',
  );
  const leaves = leavesOf(nodes);
  const ordered =
    regions.backOff === undefined
      ? undefined
      : waitInFields(
          [{ value: regions.backOff, key: 'backoff', depth: 0, parent: undefined }],
          clock,
        );
  const refusal =
    moreTelling(
      input.status < 400 ? undefined : refusalInHeaders(input.headers),
      refusalIn(leaves, input.status),
    ) ??
    inner.refusal ??
    (ordered === undefined || ordered <= clock.now ? undefined : BACK_OFF);
  const budgetNodes = walkBody(regions.budgets, '');
  const prose = refusal === undefined ? undefined : proseBudget(leaves);
  const budgets = [
    ...bodyBudgets([...nodes, ...budgetNodes], clock),
    ...(prose === undefined ? [] : [prose]),
  ];
  const retryAt =
    waitInFields(nodes, clock) ?? inner.retryAt ?? (refusal === BACK_OFF ? ordered : undefined);
  const resetAt = resetInFields(nodes, clock);
  const proseAt = waitInProse(
    leaves
      .flatMap((leaf) => (typeof leaf.value === 'string' ? [leaf.value] : []))
      .slice(0, CONTEXT_LEAVES),
    clock,
  );
  return {
    ...(refusal === undefined ? {} : { refusal }),
    context: contextOf(leaves),
    ...(retryAt === undefined ? {} : { retryAt }),
    ...(resetAt === undefined ? {} : { resetAt }),
    ...(proseAt === undefined ? {} : { proseAt }),
    budgets,
    isJson: typeof body === 'object',
  };
}

/** Texts and numbers, the shallow first, as many as are judged: errors are short. */
function leavesOf(nodes: readonly BodyNode[]): BodyNode[] {
  const leaves: BodyNode[] = [];
  let room = MAX_TEXT;
  for (const node of nodes) {
    if (typeof node.value !== 'string' && typeof node.value !== 'number') continue;
    leaves.push(node);
    if (typeof node.value === 'string') room -= Math.min(node.value.length, LOOKED_AT);
    if (room <= 0 || leaves.length >= MAX_LEAVES) break;
  }
  return leaves;
}

/** As nearly all successes do. */
function saysNothing({ errors, budgets, inner, backOff }: BodyRegions): boolean {
  return errors.length === 0 && budgets.length === 0 && inner.length === 0 && backOff === undefined;
}

/** XML and plain text as fields, so that the rest sees one form. */
function textLeaves(text: string): unknown {
  if (!text.trimStart().startsWith('<')) return { message: text };
  return [...text.matchAll(XML_TEXT)]
    .slice(0, CONTEXT_LEAVES)
    .map((match) => ({ [match[1] ?? '']: match[2] }));
}

function contextOf(leaves: readonly BodyNode[]): string {
  const texts = leaves.flatMap((leaf) =>
    typeof leaf.value === 'string'
      ? [`${leaf.key === 'domain' ? 'domain ' : ''}${plainWords(bareCode(leaf.value))}`]
      : [],
  );
  return texts.slice(0, CONTEXT_LEAVES).join(' . ').slice(0, 4000);
}

/** The latest wait among the limited answers of a batch. */
function innerSignals(
  inner: readonly InnerResponse[],
  clock: ResponseClock,
): { refusal?: LimitWords; retryAt?: number } {
  let refusal: LimitWords | undefined;
  let retryAt: number | undefined;
  for (const one of inner.slice(0, MAX_INNER)) {
    const told =
      one.status >= 400 && one.status !== 429
        ? refusalIn(walkBody(one.body, 'error').slice(0, CONTEXT_LEAVES), one.status)
        : undefined;
    if (one.status !== 429 && told === undefined) continue;
    refusal = refusal ?? told ?? { kind: 'throttle' };
    const at = retryInstant(headersOf(one.headers), clock);
    if (at !== undefined && (retryAt === undefined || at > retryAt)) retryAt = at;
  }
  return {
    ...(refusal === undefined ? {} : { refusal }),
    ...(retryAt === undefined ? {} : { retryAt }),
  };
}

function headersOf(pairs: InnerResponse['headers']): Headers {
  const headers = new Headers();
  for (const [name, value] of pairs) {
    if (/^[\w-]{1,100}$/.test(name) && /^[\x20-\x7e]{0,500}$/.test(value))
      headers.append(name, value);
  }
  return headers;
}
