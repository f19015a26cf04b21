import { canonicalText } from '../core/canonical-json.js';
import { isObject, type JsonValue } from '../core/json.js';
import type { OrderType, OrderValue } from '../core/order-value.js';
import type { AnyStream } from '../connector/connector.js';
import type { KnownPage } from '../connector/page.js';
import type { RunMode } from '../storage/runs.js';
import { declaredOrderType } from '../commit/order-field.js';

/** What the engine remembers of a stream between runs, beside its positions. */
export interface StreamState {
  /** Tells the cursor's field and type: what is remembered of cursors and their type holds only for these. */
  readonly definition: string;
  /** Tells the whole definition, its order too: what is remembered of a lost order holds only for this. */
  readonly order: string;
  /** The type of the stream's order values, once one was seen. */
  readonly orderType: OrderType | null;
  /** The API did not keep the order that the definition says: the cursor moves only at the end of a reading. */
  readonly unordered: boolean;
  /** The highest schema version that the stream was stored with. */
  readonly version: number;
  /** The connection's config that the cursors belong to. */
  readonly config: string;
  /** The next run reads everything and judges deletions, whatever the stream declares. */
  readonly sweepDue: boolean;
  /** The pass that is open. */
  readonly pass: PassProgress | null;
  /** The full reading of all partitions that is open, where it is no pass: who has been read in it is not read in full again until it ends. */
  readonly round: { readonly id: string; readonly beganAt: number } | null;
  /** How many records the held pass found missing. */
  readonly held: number;
  /** The customer's own fields as JSON Schema; null as long as none were asked for. */
  readonly fields: JsonValue;
  /** The delta token of the stream's deletions feed. */
  readonly feed: JsonValue;
  /** When the stored keys were last probed. */
  readonly probedAt: number | null;
  /** How often records were deleted that no page of the stream named: a page that is unchanged since may hold them. */
  readonly deletedApart: number;
  /** When a full reading, or the first reading, has last completed. */
  readonly fullAt: number | null;
  /** The cursor that the stream was reset to. Until a reading has completed, partitions that were never read begin there, too. */
  readonly resetTo: JsonValue;
}

/** A pass under way: it goes on over runs until everything has been read once. */
export interface PassProgress {
  readonly id: string;
  /** 2: everything is read once more, to confirm what was missing. */
  readonly round: 1 | 2;
  /** The `start` that it was begun with: what lies before it, it has not read. */
  readonly start: JsonValue;
  /** Why it is a pass: the stream's snapshot rule, or a cursor that the API no longer accepted. */
  readonly kind: 'snapshot' | 'sweep';
  /** Why it cannot judge: the list moved while it was read, or a record came whose key cannot be read. */
  readonly disarmed: 'drift' | 'unreadable-key' | null;
  /** Whether anything has been read in it. */
  readonly met: boolean;
  /** Whether all its pages were asked for in ways in which a deletion cannot shift a live record over a page border. */
  readonly stable: boolean;
}

/** What a reading is for: `earlier` fetches what lies before the old `start`, after that was moved back. */
export type ReadingKind = RunMode | 'earlier';

/** A reading of one partition that may go on over several runs. */
export interface Chain {
  /** The `ctx.cursor` that it was begun with. */
  readonly asked: JsonValue;
  /** Where it ends: the old `start`, when only what lies before it is read. */
  readonly until: JsonValue;
  /** The committed cursor when it began. */
  readonly from: JsonValue;
  /** The cursor as this chain has left it: another reading may have moved it since. */
  readonly reached: JsonValue;
  /** When it began by our clock, and by the server's at the first request if it told. */
  readonly beganAt: number;
  readonly serverBeganAt: number | null;
  readonly highest: OrderValue | null;
  /**
   * The server's time when a page first showed a record that was dated later. What is changed from then on up to that date lies before the
   * pages that follow: they do not carry the cursor past this instant.
   */
  readonly limit: number | null;
  /** The list moved while it was read: the cursor stays where the chain began. */
  readonly drifted: boolean;
  /** The newest delta token that its pages brought. */
  readonly token: JsonValue;
  /** How many records it has read. */
  readonly read: number;
  /** Whether the API has said of any of its pages that it is unchanged. */
  readonly unchanged: boolean;
  /** By what its pages can be known again. */
  readonly validators: readonly KnownPage[];
  /** The round of the pass that it was begun in: in another one it proves nothing, and is begun anew. */
  readonly round: string | null;
  /** What the partition said of its last change when it was begun: its first pages show nothing newer. */
  readonly modified: string | number | null;
  /** Where its next part goes on: present when the last committed page named it. */
  readonly resume: { readonly token: JsonValue } | null;
}

/** A chain that a later run can go on with. */
export type OpenChain = Chain & { readonly resume: { readonly token: JsonValue } };

/** What the engine remembers of a partition: how far it has been read, and the readings that are under way. */
export interface Position {
  /** The committed cursor; null before there is one. */
  readonly cursor: JsonValue;
  readonly incremental: Chain | null;
  readonly full: Chain | null;
  readonly earlier: Chain | null;
  /** The `start` from which on it has been read; null: from the very beginning. */
  readonly start: JsonValue;
  /** The round of the pass in which it was last read to its end. */
  readonly passed: string | null;
  /** What the partition said of its last change before it was last read to its end; null: it is not skipped. */
  readonly modified: string | number | null;
  /** By what the pages of the latest reading can be known again: the content of each is committed. */
  readonly validators: readonly KnownPage[];
}

export const START: Position = {
  cursor: null,
  incremental: null,
  full: null,
  earlier: null,
  start: null,
  passed: null,
  modified: null,
  validators: [],
};

/** The state of a stream as stored, brought in line with its present definition. */
export function openState(
  stored: JsonValue | undefined,
  stream: AnyStream,
  config: JsonValue,
): StreamState {
  const definition = cursorDefinition(stream);
  const order = `${definition}:${declaredOrder(stream)}`;
  const known = isObject(stored) ? (stored as Partial<StreamState>) : {};
  const same = known.definition === definition;
  return {
    definition,
    order,
    orderType: declaredOrderType(stream) ?? (same ? (known.orderType ?? null) : null),
    unordered: known.order === order && known.unordered === true,
    version: Math.max(stream.version ?? 1, known.version ?? 1),
    config: known.config ?? canonicalText(config),
    sweepDue: known.sweepDue === true,
    pass: known.pass ?? null,
    round: known.round ?? null,
    held: known.held ?? 0,
    fields: known.fields ?? null,
    feed: known.feed ?? null,
    probedAt: known.probedAt ?? null,
    deletedApart: known.deletedApart ?? 0,
    fullAt: known.fullAt ?? null,
    resetTo: same ? (known.resetTo ?? null) : null,
  };
}

/** Whether the stored state belongs to another cursor than the one that is defined now: then no stored position says anything. */
export function isRedefined(stored: JsonValue | undefined, state: StreamState): boolean {
  return isObject(stored) && stored['definition'] !== state.definition;
}

/** A position as stored; the beginning, when there is none. */
export function openPosition(stored: JsonValue | undefined): Position {
  return isObject(stored) ? { ...START, ...(stored as Partial<Position>) } : START;
}

/** State and positions in the form that stores keep. */
export function toJson(value: StreamState | Position): JsonValue {
  return { ...value } as unknown as JsonValue;
}

/** Whether a chain has a token to go on from, in the same round of the same pass. */
export function hasResume(chain: Chain | null, round: string | null): chain is OpenChain {
  return chain !== null && chain.resume !== null && chain.round === round;
}

/** The round of full reading that a reading is part of, as positions remember it. */
export function roundOf(
  { pass, round }: Pick<StreamState, 'pass' | 'round'>,
  kind: ReadingKind,
): string | null {
  if (kind !== 'full') return null;
  return pass ? `${pass.id}:${pass.round}` : (round?.id ?? null);
}

/** What a cursor's meaning depends on: with another field or type the stored one says nothing. */
function cursorDefinition({ cursor }: AnyStream): string {
  if (cursor === undefined) return 'none';
  if (cursor === 'token' || cursor.type === 'token') return 'token';
  const field = typeof cursor.field === 'function' ? 'function' : cursor.field;
  return `field:${field}:${cursor.type ?? 'auto'}`;
}

function declaredOrder({ cursor }: AnyStream): string {
  return typeof cursor === 'object' && cursor.type !== 'token' ? (cursor.order ?? 'unordered') : '';
}
