import { setImmediate } from 'node:timers/promises';
import { type Connector, createSyncer, type Store, type StreamHandle, type Syncer } from 'syncline';
import {
  type FakeApi,
  fakeApi,
  type FakeChange,
  type FakeList,
  virtualClock,
  type VirtualClock,
} from 'syncline/testing';
import { Checks } from '../checks/checks.js';
import { SecretCheck } from '../checks/secret-check.js';
import type { Watched } from '../checks/watched.js';
import { type Backend, backend } from './backend.js';
import { Canary, ENCRYPTION_KEY } from './canary.js';
import { connectorOf, type Deployment, type Item } from './connector.js';
import { Coverage } from './coverage.js';
import { Dice } from './dice.js';
import { detailOf } from './event-detail.js';
import { Internet } from './internet.js';
import { type StopWay, StoreServer, type Write } from './store-server.js';
import { RemoteStream } from './remote-stream.js';
import type { Release, StreamSpec } from './stream-spec.js';
import { Trace } from './trace.js';
import type { App, WorldOptions } from './world-options.js';

export type { App, WorldOptions } from './world-options.js';

/** A simulated world: a remote API, a store, and processes that sync between them, on a clock that waits for nobody. */
export class World {
  readonly clock: VirtualClock;
  readonly api: FakeApi;
  readonly dice: Dice;
  readonly trace = new Trace();
  readonly coverage = new Coverage();
  readonly secrets: SecretCheck;
  readonly server: StoreServer;
  readonly connections: readonly string[];
  readonly streams: readonly StreamSpec[];
  readonly remotes: readonly RemoteStream[];
  /** What new processes have: the first deployment has a schema that refuses some records, later ones begin to read from earlier on. */
  release: Release = 'first';
  readonly #options: WorldOptions;
  readonly #backend: Backend;
  readonly #observed: Store;
  readonly #checks: Checks;
  readonly #canary: Canary;
  readonly #internet: Internet;
  readonly #watched: Watched[] = [];
  #observer: Syncer | undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(options: WorldOptions) {
    const { seed, streams, connections = ['acme'], store = 'memory', skewMs = 0 } = options;
    this.#options = options;
    this.streams = streams;
    this.connections = connections;
    this.dice = new Dice(seed);
    this.clock = virtualClock({ turn: setImmediate, turns: 12 });
    this.api = fakeApi({
      clock: this.clock,
      skewMs,
      date: options.date ?? true,
      latencyMs: options.apiLatencyMs ?? (() => 5),
    });
    this.#canary = new Canary(options.auth ?? 'none', connections, this.dice.fork('secrets'));
    this.secrets = new SecretCheck(this.#canary);
    // Before all others: it sees every request.
    this.#internet = new Internet({
      ...{ api: this.api, clock: this.clock, skewMs, canary: this.#canary },
      ...{ limit: options.limit, fate: options.fate, dice: this.dice.fork('gateway') },
      unheard: (request) => {
        this.#checks.abandoned(request);
      },
      failed: (error) => {
        this.#fail(error);
      },
      count: (feature) => {
        this.coverage.count(feature);
      },
    });
    this.remotes = connections.flatMap((connection) =>
      streams.map((spec) => this.#remoteOf(`${connection}/${spec.name}`, spec)),
    );
    this.#backend = backend(store);
    this.#observed = this.#backend.connect();
    this.#checks = new Checks(this.#observed);
    this.server = new StoreServer(this.#backend, {
      stops: (write) => this.#stops(write),
      check: (write, outcome) => this.#checks.check(write, outcome),
      failed: (error) => {
        this.#fail(error);
      },
      latency: async () => {
        const ms = options.storeLatencyMs?.() ?? 0;
        if (ms > 0) await this.clock.sleep(ms);
      },
    });
    this.api.onPage((page) => {
      this.#note(
        `page of ${page.list.path}: ${page.versions.map((v) => `${v.key}@${v.seq}`).join(' ')}`,
      );
      this.coverage.countPage(page);
      this.#checks.served(page);
    });
  }

  /** Lets a story take its course; rejects when a promise was broken on the way. */
  async run(story: () => Promise<void>): Promise<void> {
    const failure = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    try {
      await this.#observe();
      await this.clock.run(Promise.race([story(), failure]));
      if (this.#observer) await this.secrets.kept(this.#observer, this.#backend.bytes());
    } catch (error) {
      const told = error instanceof Error ? error : new Error(String(error));
      told.message += `\n  in world '${this.dice.seed}', after:\n${this.trace.toString()}`;
      // The trace tells more than where the check was called from.
      told.stack = told.message;
      throw told;
    } finally {
      this.#backend.remove();
    }
  }

  list(connection: string, stream: string): FakeList {
    return this.api.list(`${connection}/${stream}`);
  }

  /** Writes a record at the remote; its `rev` says which change of the list it is. */
  put(list: FakeList, id: string, name: string | number, change: FakeChange = {}): void {
    const { stamp, visibleAfterMs = 0 } = change;
    if (visibleAfterMs > 0) this.coverage.count('remote: late');
    if (stamp === null) this.coverage.count('remote: undated');
    if (stamp && stamp > this.api.now()) this.coverage.count('remote: dated ahead');
    list.put({ id, rev: list.seq + 1, name }, change);
    this.#note(`remote ${list.path}: put ${id}@${list.seq}`);
  }

  /** A record is computed anew: it differs, and its date does not. */
  recompute(list: FakeList, id: string, name: string): void {
    const stamp = list.versions(id).at(-1)?.sortBy ?? null;
    this.put(list, id, name, { stamp });
    this.coverage.count('remote: recomputed');
  }

  remove(list: FakeList, id: string, change: FakeChange = {}): void {
    if (!list.remove(id, change)) return;
    this.#note(`remote ${list.path}: remove ${id}@${list.seq}`);
    this.coverage.count('remote: removed');
  }

  /** A partition is not listed any more; or it is again. */
  turn(remote: RemoteStream, partition: string): void {
    const isThere = remote.listed.includes(partition);
    this.#note(`remote ${remote.path}: ${partition} ${isThere ? 'vanishes' : 'appears'}`);
    this.coverage.count(`remote: partition ${isThere ? 'vanishes' : 'appears'}`);
    if (isThere) remote.vanish(partition);
    else remote.appear(partition);
  }

  /** The API refuses what it handed out before. */
  expire(list: FakeList, part: 'page' | 'cursor'): void {
    this.api.expire(list.path, part);
    this.coverage.count(`remote: ${part} tokens expire`);
    this.#note(`remote ${list.path}: ${part} tokens expire`);
  }

  /** It refuses the tokens of the deletions feed. */
  expireFeed(remote: RemoteStream): void {
    if (!remote.spec.deletions.includes('feed')) return;
    remote.deletions.expire();
    this.coverage.count('remote: feed tokens expire');
    this.#note(`remote ${remote.path}: feed tokens expire`);
  }

  /** Starts a process with the app as it is deployed now. */
  start(): App {
    const process = this.#internet.start();
    const connector = connectorOf(this.#deployed(this.release));
    const { bodies } = this.#options;
    const syncer = createSyncer({
      connectors: [connector],
      store: this.server.connect(process),
      clock: process.clock,
      host: process.host,
      random: this.dice.fork(`process ${process.id}`).random,
      http: { fetch: process.fetch },
      encryptionKey: ENCRYPTION_KEY,
      ...(bodies === undefined ? {} : { traffic: { bodies } }),
    });
    syncer.onAny((event) => {
      this.#guarded(() => {
        this.secrets.told('an event', event);
      });
      // What listeners do to each other is no part of the story.
      if (process.isDead || event.type.startsWith('health.')) return;
      const { type, connection = '', stream = '' } = event;
      this.coverage.count(`event ${type}`);
      if ('reason' in event) this.coverage.count(`event ${type}: ${event.reason}`);
      this.#note(`${process.id} ${type} ${connection}/${stream}${detailOf(event)}`);
    });
    this.#options.onStart?.(syncer);
    this.#note(`${process.id} starts`);
    const stream: App['stream'] = (connection, name) =>
      streamOf(syncer, connector, connection, name);
    return { process, syncer, connector, stream };
  }

  /** What a connection is created with. */
  draft(id: string): {
    readonly id: string;
    readonly config: undefined;
    readonly credentials: unknown;
  } {
    return { id, config: undefined, credentials: this.#canary.credentialsOf(id) };
  }

  /** I4: what every stream has must be what its remote has. */
  async mustConverge(): Promise<void> {
    for (const watched of this.#watched) await this.#checks.converged(watched);
  }

  #deployed(release: Release): Deployment {
    const { limit } = this.#options;
    return { specs: this.streams, release, limit, auth: this.#canary.auth() };
  }

  /** A check that throws ends the world. */
  #guarded(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.#fail(error);
    }
  }

  #stops(write: Write): StopWay | undefined {
    const { n, process, verb } = write;
    const way = this.#options.stops?.(write);
    if (way !== undefined) this.coverage.count(`dies: ${way}`);
    const isQuiet = way === undefined && QUIET.has(verb);
    if (!isQuiet) this.#note(`${process.id} write ${n}: ${verb}${way ? `, stops: ${way}` : ''}`);
    return way;
  }

  /** A syncer that only looks, by whose eyes the checks see the store as an app does. */
  async #observe(): Promise<void> {
    const connector = connectorOf(this.#deployed('last'));
    const observer = createSyncer({
      connectors: [connector],
      store: this.#observed,
      clock: this.clock,
      random: this.dice.fork('observer').random,
    });
    this.#observer = observer;
    await this.#observed.open({ clock: this.clock, random: () => 0 });
    const dice = this.dice.fork('looks');
    for (const remote of this.remotes) {
      const { spec } = remote;
      const [connection = ''] = remote.path.split('/');
      const watched: Watched = {
        ...{ spec, remote, skewMs: this.#options.skewMs ?? 0 },
        ref: { connector: 'sim', connection, stream: spec.name },
        stream: streamOf(observer, connector, connection, spec.name),
        now: () => this.clock.now(),
        looks: () => dice.chance(this.#options.looks ?? 0.2),
      };
      this.#watched.push(watched);
      this.#checks.watch(watched);
    }
  }

  #remoteOf(path: string, spec: StreamSpec): RemoteStream {
    const dice = this.dice.fork(`repeats ${path}`);
    const repeats = (): boolean => dice.chance(0.1);
    return new RemoteStream(this.api, path, spec, { now: () => this.clock.now(), repeats });
  }

  #note(line: string): void {
    this.trace.add(`  ${(this.clock.monotonic() / 1_000).toFixed(3)}s ${line}`);
  }
}

/** What happens all the time. */
const QUIET: ReadonlySet<string> = new Set(['claimConsumer']);

function streamOf(
  syncer: Syncer,
  connector: Connector,
  connection: string,
  name: string,
): StreamHandle<Item> {
  return syncer.connection(connector, connection).stream(name) as StreamHandle<Item>;
}
