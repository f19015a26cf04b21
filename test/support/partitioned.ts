import { defineConnector, type Page } from 'syncline';
import { rowSchema, type RowInput } from './shop.js';

/** One partition of a remote: its rows, and what a reading of it meets. */
export interface RemotePart {
  readonly rows: Map<string, RowInput>;
  modified?: string | number;
  /** Refuses to be read. */
  fails?: Error;
  /** Breaks off after its first page. */
  breaks?: Error;
}

/** What a partition was asked for. */
export interface PartRead {
  readonly partition: string;
  readonly cursor: unknown;
  readonly resume: unknown;
}

/** A remote of many lists, each pulled by its own partition of the stream `rows`. */
export class PartitionedRemote {
  readonly parts = new Map<string, RemotePart>();
  readonly reads: PartRead[] = [];
  pageSize = 2;

  put(partition: string, row: RowInput): void {
    const part = this.parts.get(partition) ?? { rows: new Map<string, RowInput>() };
    part.rows.set(row.id, row);
    this.parts.set(partition, part);
  }

  /** What was asked for since the last call. */
  asked(): readonly PartRead[] {
    return this.reads.splice(0);
  }

  get rowCount(): number {
    return [...this.parts.values()].reduce((sum, { rows }) => sum + rows.size, 0);
  }

  connector({ concurrency = 4, snapshot = false } = {}) {
    return defineConnector({
      name: 'hand',
      streams: {
        rows: {
          schema: rowSchema,
          key: 'id',
          cursor: { field: 'updated', order: 'ascending', overlap: 0, type: 'iso' },
          ...(snapshot ? { deletions: { kind: 'snapshot', maxDeleteRatio: 1 } } : {}),
          partitions: () => this.#list(),
          partitionConcurrency: concurrency,
          pull: (ctx) =>
            this.#pull(ctx.partition.key.toString(), ctx.cursor ?? undefined, ctx.resume),
        },
      },
    });
  }

  async *#list() {
    await Promise.resolve();
    for (const [key, { modified }] of this.parts) {
      yield modified === undefined ? { key } : { key, modified };
    }
  }

  async *#pull(
    partition: string,
    cursor: string | number | undefined,
    resume: unknown,
  ): AsyncGenerator<Page<RowInput>> {
    this.reads.push({ partition, cursor, resume });
    const part = this.parts.get(partition);
    const all = [...(part?.rows.values() ?? [])]
      .filter(({ updated }) => cursor === undefined || String(updated) >= String(cursor))
      .sort((a, b) => (String(a.updated) < String(b.updated) ? -1 : 1));
    await Promise.resolve();
    if (part?.fails) throw part.fails;
    for (let from = Number(resume ?? 0); from < all.length; from += this.pageSize) {
      const next = from + this.pageSize;
      yield {
        records: all.slice(from, next),
        ...(next < all.length ? { resume: next } : {}),
      };
      if (part?.breaks) throw part.breaks;
    }
  }
}
