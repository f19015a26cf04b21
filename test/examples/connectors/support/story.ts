import type { Connector, Syncer } from 'syncline';
import { sqlite } from 'syncline';
import { expect } from 'vitest';
import { type Answered, type Got, loopback } from '../../../http/support/loopback.js';
import { TestClock } from '../../../support/clock.js';
import { gate } from '../../../support/gate.js';
import { collect, tempFile, testSyncer } from '../../../support/syncer.js';
import { MEANT_HOST, rewired, ticking } from './rewired.js';
import { Victim } from './victim.js';

const ENCRYPTION_KEY = '0123456789abcdef0123456789abcdef';
/** After this a dead process's lease is over. */
const LEASE_MS = 60_000;

/** An API as its documentation describes it; the test changes what it holds. */
export interface ExampleApi {
  answer(got: Got): Answered;
  /** What the database is to hold: each stream's records as its schema puts them out, in any order. */
  truth(): Readonly<Record<string, readonly object[]>>;
}

/** A story starts processes, on machines that may be busy. */
export const STORY_MS = 120_000;

export type Kind = 'insert' | 'update' | 'delete';
/** Kinds of changes by stream and key. */
export type Changes = Readonly<Record<string, Readonly<Record<string, Kind>>>>;

/** A connector between a loopback API and a database, in processes that are killed and go on. */
export class Story<Api extends ExampleApi> {
  readonly api: Api;
  readonly clock: TestClock;
  readonly syncer: Syncer;
  /** Everything that was asked, in order. */
  readonly requests: Got[] = [];
  readonly #connector: Connector;
  readonly #file: string;
  readonly #loopback: string;
  readonly #followed = new Map<string, number>();
  readonly #seen = new Map<string, number>();
  readonly #arrivals: { readonly count: number; readonly arrived: () => void }[] = [];
  readonly #tick: () => Promise<void>;
  #isDead = false;

  static async open<Api extends ExampleApi>(
    connector: Connector,
    makeApi: (clock: TestClock) => Api,
  ): Promise<Story<Api>> {
    const clock = new TestClock();
    const api = makeApi(clock);
    const answer: { with?: (got: Got) => Promise<Answered | undefined> } = {};
    const { origin } = await loopback((got) => answer.with?.(got));
    const story = new Story(connector, api, clock, origin);
    answer.with = (got) => story.#answer(got);
    return story;
  }

  private constructor(connector: Connector, api: Api, clock: TestClock, origin: string) {
    this.api = api;
    this.clock = clock;
    this.#connector = connector;
    this.#loopback = origin;
    this.#file = tempFile();
    this.#tick = ticking(clock);
    this.syncer = testSyncer([connector], {
      store: sqlite(this.#file),
      clock,
      encryptionKey: ENCRYPTION_KEY,
      http: { fetch: rewired(origin) },
    }).syncer;
  }

  /** Lets a child process sync, kills it while its n-th request is under way, and goes on in this process after something has happened. */
  async syncKilledAt(request: number, meanwhile: () => void = () => undefined): Promise<void> {
    const { passed, open } = gate();
    this.#arrivals.push({ count: this.requests.length + request, arrived: open });
    const victim = new Victim({
      module: new URL(`../../../../examples/connectors/${this.#connector.name}.ts`, import.meta.url)
        .href,
      file: this.#file,
      loopback: this.#loopback,
      encryptionKey: ENCRYPTION_KEY,
      elapsed: this.clock.monotonic(),
    });
    await victim.killAt(passed);
    this.#isDead = false;
    this.clock.skip(LEASE_MS);
    meanwhile();
    await this.#follow();
    await this.sync();
  }

  async sync(mode?: 'full'): Promise<void> {
    const options = mode === undefined ? {} : { mode };
    const results = await this.syncer.connection(this.#connector, 'acme').sync(options);
    expect(results.map(({ status }) => status)).toEqual(results.map(() => 'succeeded'));
    expect(results.map(({ counts }) => counts.rejected)).toEqual(results.map(() => 0));
    await this.#follow();
  }

  /** Lets time pass while something waits for it. */
  async passing<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const ended = work.finally(() => (isDone = true));
    ended.catch(() => undefined);
    while (!isDone) await this.#tick();
    return ended;
  }

  /** Compares all stored records with the API's own, and what the feed has told since the last call. */
  async expectTold(...changes: readonly Changes[]): Promise<void> {
    for (const [stream, expected] of Object.entries(this.api.truth())) {
      const stored = await collect(this.#stream(stream).records());
      expect({ stream, records: sorted(stored) }).toEqual({ stream, records: sorted(expected) });
    }
    const told = changes.flatMap((kinds) =>
      Object.entries(kinds).flatMap(([stream, keys]) =>
        Object.entries(keys).map(([key, kind]) => `${stream} ${kind} ${key}`),
      ),
    );
    expect(Object.fromEntries(this.#followed)).toEqual(
      Object.fromEntries(told.map((change) => [change, 1])),
    );
    this.#followed.clear();
  }

  /** What one sees who reads the feed after each process: every change is to be told once. */
  async #follow(): Promise<void> {
    for (const stream of Object.keys(this.api.truth())) {
      const after = this.#seen.get(stream) ?? 0;
      for await (const { seq, kind, key } of this.#stream(stream).changes({ after })) {
        const change = `${stream} ${kind} ${key}`;
        this.#followed.set(change, (this.#followed.get(change) ?? 0) + 1);
        this.#seen.set(stream, seq);
      }
    }
  }

  #stream(name: string) {
    return this.syncer.connection(this.#connector, 'acme').stream(name);
  }

  async #answer(got: Got): Promise<Answered | undefined> {
    await this.#tick();
    const host = got.headers[MEANT_HOST];
    const meant = new URL(`https://${String(host)}${got.url.pathname}${got.url.search}`);
    const asked = { ...got, url: meant };
    this.requests.push(asked);
    const [next] = this.#arrivals;
    if (next?.count === this.requests.length) {
      this.#arrivals.shift();
      this.#isDead = true;
      next.arrived();
    }
    // Nobody is there any more who could be answered.
    if (this.#isDead) return undefined;
    const { headers, ...answered } = this.api.answer(asked);
    const date = new Date(this.clock.now()).toUTCString();
    return { ...answered, headers: { date, ...headers } };
  }
}

/** All keys of a list with the same kind of change. */
export function each(
  kind: Kind,
  keys: readonly (string | number)[],
): Readonly<Record<string, Kind>> {
  return Object.fromEntries(keys.map((key) => [String(key), kind]));
}

function sorted(records: readonly unknown[]): readonly unknown[] {
  return records
    .map((record) => ({ record, text: JSON.stringify(Object.entries(record as object).sort()) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ record }) => record);
}
