import type { JsonValue } from '../core/json.js';
import { readOrderValue } from '../core/order-value.js';
import type { OrderField } from '../commit/order-field.js';
import type { PageRecords } from '../commit/page-records.js';
import { advance, type Advanced } from './field-cursor.js';
import { addValidator, forgetPage } from './page-validators.js';
import type { PulledPage } from './pull-pages.js';
import type { Part, Run } from './run.js';
import type { Chain, PassProgress, Position, ReadingKind } from './stream-state.js';

/** What a page leads a reading to. */
export interface Advance {
  readonly chain: Chain;
  readonly position: Position;
  /** Whether the API still keeps the order that is declared. */
  readonly ordered: boolean;
  /** It does not, as of this page. */
  readonly lost: boolean;
}

/** What a reading knows when a page comes. */
export interface Advancing {
  readonly kind: ReadingKind;
  readonly chain: Chain;
  readonly ordered: boolean;
  /** Where the cursor goes back to when the order is lost. */
  readonly from: JsonValue;
  /** The server's time when the page was requested. */
  readonly serverTime: number;
  /** A key came twice at one cursor value, or the list moved so that records may have been passed over. */
  readonly twice: boolean;
}

/** The cursor that a page allows, and the chain as it stands after it. */
export function advancePart(
  run: Run,
  part: Part,
  order: OrderField,
  page: PulledPage,
  records: PageRecords,
  before: Advancing,
): Advance {
  const limit = Math.min(before.serverTime, before.chain.limit ?? Infinity);
  const progress = moveCursor(run, part, order, records, { ...before, serverTime: limit });
  const token = page.cursor ?? before.chain.token;
  const cursor = run.cursor.kind === 'token' ? tokenCursor(part, before, token) : progress.cursor;
  const condition = page.origin?.condition;
  const chain: Chain = {
    ...before.chain,
    reached: cursor,
    highest: progress.highest,
    limit: progress.future ? limit : before.chain.limit,
    drifted: before.chain.drifted || before.twice,
    token,
    read: before.chain.read + page.records.length + page.deletes.length,
    unchanged: before.chain.unchanged || condition?.unchanged === true,
    validators: addValidator(before.chain.validators, condition),
    resume: page.resume === undefined ? null : { token: page.resume },
  };
  return {
    chain,
    position: { ...forgetPage(part.position, condition), cursor, [before.kind]: chain },
    ordered: progress.ordered,
    lost: before.ordered && !progress.ordered && !before.twice,
  };
}

function moveCursor(
  run: Run,
  part: Part,
  { type }: OrderField,
  records: PageRecords,
  { kind, chain, ordered, from, serverTime, twice }: Advancing,
): Advanced {
  const back = readOrderValue(from, type);
  const before: Advanced = {
    cursor: readOrderValue(part.position.cursor, type),
    from: back,
    highest: chain.highest,
    ordered,
    future: false,
  };
  if (run.cursor.kind !== 'field' || type === undefined) return before;
  const versions = records.seen.map((record) => record.version);
  const after = advance(before, versions, type, serverTime);
  // What lies before the old start says nothing about how far the stream has been read.
  if (kind === 'earlier') return { ...after, cursor: before.cursor };
  return twice ? { ...after, ordered: false, cursor: back } : after;
}

/** A delta token covers all pages up to its own; but while everything is read again, the one that is committed stays until the end. */
function tokenCursor(part: Part, { kind, chain }: Advancing, token: JsonValue): JsonValue {
  const { cursor } = part.position;
  return kind === 'full' && chain.from !== null ? cursor : (token ?? cursor);
}

/** The pass after a page: what the page has shown about its being trustworthy. */
export function advancePass(
  pass: PassProgress,
  page: {
    readonly met: boolean;
    readonly stable: boolean;
    readonly disarms: PassProgress['disarmed'];
  },
): PassProgress {
  const met = pass.met || page.met;
  const stable = pass.stable && page.stable;
  const disarmed = pass.disarmed ?? page.disarms;
  const same = met === pass.met && stable === pass.stable && disarmed === pass.disarmed;
  return same ? pass : { ...pass, met, stable, disarmed };
}
