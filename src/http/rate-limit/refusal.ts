import type { BodyNode } from './body-walk.js';
import { limitWords, type LimitWords, plainWords } from './limit-words.js';
import { isCallLimit, isStockLimit } from './stock-limits.js';

/** Fields that name a thing or a place, not what is wrong with it. */
const ASIDE =
  /\b(?:domain|fields?|param|parameters?|property|attribute|pointer|path|instance|request|url|uri|href|links?|docs|documentation|help)$/;
/** What names the field that was not valid. */
const FIELD_KEY =
  /^(?:field|field name|field path|param|parameter|property|property name|attribute|pointer|loc)$/;
const CONNECTIONS = /\btoo many (?:\w+ )?(?:connections|clients|sessions|open files)\b/;

/** What an error's texts and numbers say of a refusal for load, quota or concurrency. */
export function refusalIn(leaves: readonly BodyNode[], status: number): LimitWords | undefined {
  let first: LimitWords | undefined;
  let others: Others | undefined;
  for (const leaf of leaves) {
    const found = ASIDE.test(leaf.key) ? undefined : refusalOf(leaf);
    if (found === undefined) continue;
    others ??= othersIn(leaves, status);
    if (isOfOther(leaf, others)) continue;
    first = moreTelling(first, found);
  }
  return first;
}

/** A code may say only "limited" where the message beside it says by what. */
export function moreTelling(
  first: LimitWords | undefined,
  second: LimitWords | undefined,
): LimitWords | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return first.kind === 'throttle' && second.kind !== 'throttle' ? { ...first, ...second } : first;
}

/** What else an error may be about, though it uses a limit's words. */
interface Others {
  /** Some text tells of a limit of what is kept. */
  readonly stock: boolean;
  /** Objects that say which field is not valid. */
  readonly fields: ReadonlySet<BodyNode>;
  /** The server has run out of something itself. */
  readonly serverFailed: boolean;
}

function othersIn(leaves: readonly BodyNode[], status: number): Others {
  const fields = new Set<BodyNode>();
  if (status === 400 || status === 422) {
    for (const { key, value, parent } of leaves) {
      if (parent === undefined || !FIELD_KEY.test(key) || typeof value !== 'string') continue;
      fields.add(parent);
      // JSON:API names it one level deeper, in `source`.
      if (key === 'pointer' && parent.parent !== undefined) fields.add(parent.parent);
    }
  }
  const stock = leaves.some(
    ({ value }) => typeof value === 'string' && isStockLimit(plainWords(value)),
  );
  return { stock, fields, serverFailed: status === 500 || status === 502 || status === 504 };
}

function isOfOther({ value, parent }: BodyNode, others: Others): boolean {
  if (parent !== undefined && others.fields.has(parent)) return true;
  if (typeof value !== 'string' || !(others.stock || others.serverFailed)) return false;
  const words = plainWords(value);
  return (others.stock && !isCallLimit(words)) || (others.serverFailed && CONNECTIONS.test(words));
}

function refusalOf(leaf: BodyNode): LimitWords | undefined {
  if (
    typeof leaf.value === 'number' ||
    (typeof leaf.value === 'string' && /^\d{1,6}$/.test(leaf.value))
  ) {
    const coded =
      /\b(?:code|status|errno|errcode|error)$/.test(leaf.key) &&
      /^\d{0,2}429\d?$/.test(String(leaf.value));
    return coded ? { kind: 'throttle' } : undefined;
  }
  if (typeof leaf.value !== 'string') return undefined;
  const isCode = !/\s/.test(leaf.value) && leaf.value.length <= 200;
  return limitWords(isCode ? bareCode(leaf.value) : leaf.value, isCode);
}

/** Gateways put an error's code into a header: `x-amzn-errortype`, `x-mashery-error-code`. */
export function refusalInHeaders(headers: Headers): LimitWords | undefined {
  for (const [name, value] of headers) {
    if (!/(?:^|-)error-?(?:code|type|reason|name)?$/.test(name) || value.length > 200) continue;
    const told = limitWords(bareCode(value), true);
    if (told !== undefined) return told;
  }
  return undefined;
}

/** The code in `com.amazonaws.x#Code`, `https://…/problems#code` and `Code:http://…`. */
export function bareCode(text: string): string {
  const afterHash = text.slice(text.lastIndexOf('#') + 1);
  if (/^https?:/i.test(afterHash)) return afterHash.replace(/\/+$/, '').split('/').at(-1) ?? '';
  return afterHash.split(/:(?=https?:)/)[0] ?? '';
}
