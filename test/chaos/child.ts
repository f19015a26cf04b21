/** A process that syncs without end, until it is killed. Told what to do by its first argument, tells what it did line by line. */
import { writeSync } from 'node:fs';
import { createSyncer, sqlite } from 'syncline';
import { seeded } from '../support/random.js';
import { chaosConnector, type ChaosStyle } from './connector.js';
import { fastClock, PATIENT } from './fast-clock.js';

/** What a child is started with. */
export interface ChildTask {
  readonly file: string;
  readonly baseUrl: string;
  readonly origin: number;
  readonly seed: number;
  readonly style: ChaosStyle;
}

/** A line that a child writes. */
export type ChildLine =
  | { readonly type: 'ready' }
  | {
      readonly type: 'page';
      readonly run: string;
      readonly attempt: number;
      readonly seq: number;
      readonly cursor: string | null;
    }
  | { readonly type: 'ended'; readonly status: string; readonly error: string | null };

function tell(line: ChildLine): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

const task = JSON.parse(process.argv[2] ?? '') as ChildTask;
const random = seeded(task.seed);
const connector = chaosConnector(task.baseUrl, task.style);
const syncer = createSyncer({
  connectors: [connector],
  store: sqlite(task.file, PATIENT.sqlite),
  clock: fastClock(task.origin),
  random,
  http: PATIENT.http,
});
syncer.on('page.committed', ({ run, attempt = 0, seq, cursor }) => {
  tell({ type: 'page', run, attempt, seq, cursor: typeof cursor === 'string' ? cursor : null });
});
const rows = syncer.connection(connector, 'acme').stream('rows');
await rows.count();
tell({ type: 'ready' });
for (;;) {
  const { status, error } = await rows.sync({
    mode: random() < 0.4 ? 'full' : 'incremental',
    throws: false,
  });
  tell({ type: 'ended', status, error: error?.message ?? null });
}
