/** What a sync waited for, and why: gathered from the syncer's events. */
import type { Syncer } from 'syncline';
import { dim, seconds, table, yellow } from '../terminal.js';

export interface Waits {
  /** Milliseconds that were waited for what the API said of its limits. */
  readonly limitMs: number;
  readonly retries: number;
  /** A row for each wait. */
  show(slowestMs: number): void;
  stop(): void;
}

export function watchWaits(syncer: Syncer, connection: string): Waits {
  const rows: [what: string, why: string, waited: string][] = [];
  let limitMs = 0;
  let retries = 0;
  const offs = [
    syncer.on('http.retry', (event) => {
      if (event.connection !== connection) return;
      retries += 1;
      const refused = event.delayMs === 0;
      rows.push([
        yellow(`answered ${event.status ?? 'nothing'}`),
        refused
          ? 'it said how long to wait'
          : `attempt ${event.attempt} failed: backed off, with jitter`,
        refused ? '' : seconds(event.delayMs),
      ]);
    }),
    syncer.on('limit.admitted', (event) => {
      if (event.connection !== connection) return;
      limitMs += event.waitedMs;
      rows.push(['Retry-After', `"${event.limit}" was closed by the API`, seconds(event.waitedMs)]);
    }),
  ];
  return {
    get limitMs() {
      return limitMs;
    },
    get retries() {
      return retries;
    },
    show(slowestMs) {
      const slow = ['a slow page', 'within http.timeouts: it was waited for', seconds(slowestMs)];
      table([['what', 'why', 'waited'].map(dim), ...rows, slow]);
    },
    stop() {
      for (const off of offs) off();
    },
  };
}
