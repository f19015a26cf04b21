import { type RunResult, StoreError, type StreamHandle, SynclineError } from 'syncline';
import type { Dice } from '../world/dice.js';
import type { App, World } from '../world/world.js';

/** Errors that a storm may bring; any other is a defect. */
const EXPECTED: ReadonlySet<string> = new Set([
  'HTTP',
  'NETWORK',
  'RATE_LIMIT',
  'TIMEOUT',
  'ABORTED',
  'LEASE_LOST',
  'VALIDATION',
  'CONFLICT',
  'CURSOR_EXPIRED',
  'PARTITIONS',
]);

/** Somebody who runs a process of the app, starts it again when it has died, and asks it for this and that. */
export class Operator {
  readonly #world: World;
  readonly #dice: Dice;
  #app: App | undefined;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#dice = world.dice.fork(name);
  }

  get app(): App | undefined {
    return this.#app;
  }

  async work(until: number): Promise<void> {
    const { clock } = this.#world;
    while (clock.now() < until) {
      const app = await this.#up();
      const asked = Array.from({ length: this.#dice.between(1, 2) }, () => this.#ask(app));
      await Promise.all(asked.map((work) => app.process.live(work)));
      await clock.sleep(this.#dice.between(0, 15_000));
    }
    this.#app?.process.resume();
    await this.#app?.process.live(async () => this.#app?.syncer.stop());
    this.#app?.process.die();
  }

  async #up(): Promise<App> {
    if (this.#app && !this.#app.process.isDead) return this.#app;
    if (this.#app) await this.#world.clock.sleep(this.#dice.between(200, 20_000));
    this.#app = this.#world.start();
    await this.#app.process.live(async () => connect(this.#world, this.#app));
    return this.#app;
  }

  /** What is asked for is decided before it is done: who dies must not change what others ask. */
  #ask(app: App): () => Promise<void> {
    const dice = this.#dice;
    const connection = dice.pick(this.#world.connections);
    const { name, deletions } = dice.pick(this.#world.streams);
    const stream = app.stream(connection, name);
    const patience = dice.between(100, 20_000);
    const what = dice.random();
    return async () => {
      try {
        if (what < 0.5) this.#check(await stream.sync({ throws: false }));
        else if (what < 0.6) this.#check(await stream.sync({ throws: false, mode: 'full' }));
        else if (what < 0.65) this.#check(await stream.sync({ throws: false, deadline: patience }));
        else if (what < 0.7) await this.#syncImpatiently(app, connection, name, patience);
        else if (what < 0.82) await this.#syncAll(app, connection);
        else if (what < 0.88) await stream.replayRejected();
        else if (what < 0.93) await approve(stream);
        else if (what < 0.95) await stream.cancel();
        // What a feed has told before it is begun anew, it does not tell again.
        else if (what < 0.97 && !deletions.includes('feed')) await stream.reset();
        else for await (const change of stream.changes()) checkSeq(change.seq);
      } catch (error) {
        checkError(error, this.#world);
      }
    };
  }

  async #syncImpatiently(
    app: App,
    connection: string,
    name: string,
    patience: number,
  ): Promise<void> {
    const controller = new AbortController();
    const { clock } = app.process;
    void clock.sleep(patience).then(() => {
      controller.abort();
    });
    const { signal } = controller;
    this.#check(await app.stream(connection, name).sync({ throws: false, signal }));
  }

  async #syncAll({ syncer, connector }: App, connection: string): Promise<void> {
    const results = await syncer.connection(connector, connection).sync({ throws: false });
    for (const result of results) this.#check(result);
  }

  #check({ error }: RunResult): void {
    if (error) checkError(error, this.#world);
  }
}

export async function connect(world: World, app: App | undefined): Promise<void> {
  for (const id of world.connections) {
    await app?.syncer.connections.create(app.connector, world.draft(id)).catch((error: unknown) => {
      checkError(error, world);
    });
  }
}

/** What another process approves, or replaces, at the same time is not there any more. */
async function approve(stream: StreamHandle<unknown>): Promise<void> {
  try {
    await stream.approveDeletions();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

function checkError(error: unknown, { secrets }: World): void {
  secrets.thrown(error);
  if (!(error instanceof SynclineError) || !EXPECTED.has(error.code)) throw error;
}

/** A reader that looks at numbers only. */
function checkSeq(seq: number): void {
  if (!Number.isSafeInteger(seq) || seq < 1) throw new Error(`a change was numbered ${seq}`);
}
