import { ConflictError, type RunMode, type RunResult } from 'syncline';
import type { App, World } from './world.js';

/** Keeps one process up: what it dies over is done again by the next one. */
export class Supervisor {
  readonly #world: World;
  #app: App | undefined;

  constructor(world: World) {
    this.#world = world;
  }

  /** Does a piece of work, in as many processes as it takes. */
  async step<T extends object>(work: (app: App) => Promise<T>): Promise<T> {
    for (;;) {
      const app = this.#up();
      const done = await app.process.live(() => work(app));
      if (done) return done;
      await this.#world.clock.sleep(1_000);
    }
  }

  async connect(): Promise<void> {
    for (const id of this.#world.connections) {
      await this.step(async ({ syncer, connector }) =>
        syncer.connections.create(connector, this.#world.draft(id)).catch((error: unknown) => {
          // The process before died over it, but not before it was done.
          if (error instanceof ConflictError) return {};
          throw error;
        }),
      );
    }
  }

  /** Syncs a stream to the end of its run, which must succeed. */
  async sync(stream: string, mode?: RunMode): Promise<RunResult> {
    const result = await this.trySync(stream, mode);
    if (result.error) throw result.error;
    return result;
  }

  async trySync(stream: string, mode?: RunMode): Promise<RunResult> {
    const [connection = ''] = this.#world.connections;
    return this.step(async (app) =>
      app.stream(connection, stream).sync({ throws: false, ...(mode ? { mode } : {}) }),
    );
  }

  /** Ends the process, so that the next one has what is deployed then. */
  async stop(): Promise<void> {
    await this.#app?.process.live(async () => this.#app?.syncer.stop());
    this.#app?.process.die();
  }

  #up(): App {
    if (!this.#app || this.#app.process.isDead) this.#app = this.#world.start();
    return this.#app;
  }
}
