/** A process that syncs one connection once, unless it is killed before it has. */
import { type Connector, createSyncer, sqlite } from 'syncline';
import { TestClock } from '../../../support/clock.js';
import { rewired, ticking } from './rewired.js';

/** What a child is started with. */
export interface ChildTask {
  /** The file that exports the connector, and nothing else. */
  readonly module: string;
  readonly file: string;
  readonly loopback: string;
  readonly encryptionKey: string;
  /** Milliseconds of the test's time that have passed. */
  readonly elapsed: number;
}

const task = JSON.parse(process.argv[2] ?? '') as ChildTask;
const exported = (await import(task.module)) as Readonly<Record<string, Connector>>;
const connector = Object.values(exported)[0]!;
const clock = new TestClock();
clock.skip(task.elapsed);
const syncer = createSyncer({
  connectors: [connector],
  store: sqlite(task.file),
  encryptionKey: task.encryptionKey,
  clock,
  http: { fetch: rewired(task.loopback, ticking(clock)) },
});
await syncer.connection(connector, 'acme').sync();
await syncer.stop();
