import type { Store } from 'syncline';
import type { Item, Raw } from '../world/connector.js';

export type StreamRef = Parameters<Store['getPosition']>[0]['ref'];
type FeedRow = Awaited<ReturnType<Store['readFeed']>>['rows'][number];
export type Row = FeedRow & { readonly receivedAt: number };

export interface Update {
  readonly changes: readonly { readonly before: Row | undefined; readonly after: Row }[];
  /** Versions that were kept as rejected until now. */
  readonly answered: readonly Raw[];
}

/** The store's rows of one stream, as they were after the latest commit. */
export class Mirror {
  readonly rows = new Map<string, Row>();
  readonly ref: StreamRef;
  /** The newest rejected version of each key. */
  rejected: ReadonlyMap<string, Raw> = new Map();
  /** By partition. */
  positions: ReadonlyMap<string, PositionView> = new Map();
  readonly #store: Store;
  readonly #isVolatile: boolean;
  #head = 0;

  /** @param isVolatile whether rows may differ without being told as changed */
  constructor(store: Store, ref: StreamRef, isVolatile: boolean) {
    this.#store = store;
    this.#isVolatile = isVolatile;
    this.ref = ref;
  }

  /** Reads what has changed. Returns each changed row, as it was and as it is; and what is not kept as rejected any more. */
  async update(): Promise<Update> {
    const { ref } = this;
    const { rows, upTo } = await this.#store.readFeed({ ...ref, after: this.#head, limit: 1e6 });
    this.#head = this.#isVolatile ? 0 : upTo;
    const kept = await this.#store.listRejected({ ref, limit: 1e6 });
    const rejected = this.rejected;
    this.rejected = new Map(kept.map(({ key, raw }) => [key ?? '', JSON.parse(raw) as Raw]));
    const answered = [...rejected.values()].filter(
      ({ id, rev }) => this.rejected.get(id)?.rev !== rev,
    );
    const positions = await this.#store.listPositions({ ref, limit: 1e6 });
    this.positions = new Map(
      positions.map(({ partition, position }) => [partition, viewOf(position)]),
    );
    const changes: { readonly before: Row | undefined; readonly after: Row }[] = [];
    for (const row of rows) {
      const before = this.rows.get(row.key);
      if (before?.seq === row.seq && before.data === row.data) continue;
      const after = await this.#dated(row);
      this.rows.set(row.key, after);
      changes.push({ before, after });
    }
    return { changes, answered };
  }

  async #dated(row: FeedRow): Promise<Row> {
    const stored = await this.#store.getRecord({ ref: this.ref, key: row.key });
    if (!stored) throw new Error(`${row.key} is in the feed and not in the store`);
    return { ...row, receivedAt: stored.receivedAt };
  }

  live(): readonly Row[] {
    return [...this.rows.values()].filter(({ deleted }) => !deleted);
  }
}

/** What a position says to its watchers: the cursor, and all the rest as a text that shows whether it has moved. */
export interface PositionView {
  readonly cursor: unknown;
  readonly chains: string;
}

function viewOf(position: unknown): PositionView {
  if (typeof position !== 'object' || position === null) return { cursor: null, chains: '' };
  const { cursor = null, ...chains } = position as { readonly cursor?: unknown };
  return { cursor, chains: JSON.stringify(chains) };
}

/** The list's change that a row shows. */
export function revOf(row: Pick<Row, 'data'>): number {
  return (JSON.parse(row.data) as Item).rev;
}
