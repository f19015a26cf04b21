import type { BackendKind } from '../world/backend.js';
import type { Coverage } from '../world/coverage.js';
import { Dice } from '../world/dice.js';
import { FATES } from '../world/gateway.js';
import { CRASH_WAYS } from '../world/store-server.js';
import { countsItems, type StreamSpec } from '../world/stream-spec.js';
import { type App, World, type WorldOptions } from '../world/world.js';
import { draw, type Draw } from './draw.js';
import { countDrawn } from './features.js';
import { connect, Operator } from './operator.js';
import { Remote } from './remote.js';
import { Subscriber } from './subscriber.js';

/** Longer than any record stays invisible, or is dated ahead. */
const REST_MS = 1_300_000;

/** Plays a world of chance: a storm, then rest. Returns the fingerprint of all that happened. */
export async function playRandomWorld(
  seed: string,
  store: BackendKind,
  { coverage, ...more }: Pick<WorldOptions, 'onStart'> & { readonly coverage?: Coverage } = {},
): Promise<string> {
  const dice = new Dice(`${seed}/draw`);
  const drawn = draw(dice);
  const latency = dice.fork('latency');
  let storms = true;
  const crashes = dice.fork('crashes');
  const faults = dice.fork('faults');
  const world = new World({
    ...drawn.options,
    ...more,
    seed,
    store,
    apiLatencyMs: () => latency.between(1, drawn.apiLatencyMs),
    storeLatencyMs: () => latency.between(0, drawn.storeLatencyMs),
    fate: () => {
      if (!storms) return undefined;
      if (isDown(world, drawn)) return faults.pick(['unreachable', 'error'] as const);
      return faults.chance(drawn.faults) ? faults.pick(FATES) : undefined;
    },
    stops: () => (storms && crashes.chance(drawn.crashes) ? crashes.pick(CRASH_WAYS) : undefined),
  });
  await world.run(async () => {
    await storm(world, drawn);
    storms = false;
    await rest(world);
  });
  countDrawn(world.coverage, drawn);
  coverage?.add(world.coverage);
  return world.trace.fingerprint();
}

/** In the middle of the storm. */
function isDown({ clock }: World, { outageMs, stormMs }: Draw): boolean {
  return outageMs > 0 && Math.abs(clock.monotonic() - stormMs / 2) < outageMs / 2;
}

async function storm(world: World, drawn: Draw): Promise<void> {
  const until = world.clock.now() + drawn.stormMs;
  const remote = new Remote(world);
  remote.fill();
  const operators = ['first', 'second'].map((name) => new Operator(world, name));
  await Promise.all([
    edit(world, remote, drawn, until),
    disturb(world, operators, until),
    deploy(world, drawn),
    ...operators.map((operator) => operator.work(until)),
  ]);
  remote.mend();
}

async function edit(world: World, remote: Remote, { calmMs }: Draw, until: number): Promise<void> {
  const dice = world.dice.fork('edit');
  while (world.clock.now() < until) {
    remote.burst();
    await world.clock.sleep(dice.between(1, calmMs));
  }
}

/** Pauses processes for longer than their lease, and kills them at any time. */
async function disturb(world: World, operators: readonly Operator[], until: number): Promise<void> {
  const dice = world.dice.fork('disturb');
  while (world.clock.now() < until) {
    await world.clock.sleep(dice.between(3_000, 60_000));
    const process = dice.pick(operators).app?.process;
    if (dice.chance(0.3)) process?.die();
    else {
      process?.pause();
      await world.clock.sleep(dice.between(500, 40_000));
      process?.resume();
    }
  }
}

/** The corrected schema comes with processes that start later; those with the old one go on for a while. */
async function deploy(world: World, { stormMs }: Draw): Promise<void> {
  await world.clock.sleep(stormMs / 3);
  world.release = 'second';
  await world.clock.sleep(stormMs / 3);
  world.release = 'last';
}

async function rest(world: World): Promise<void> {
  await world.clock.sleep(REST_MS);
  const app = world.start();
  await connect(world, app);
  const subscribers = world.streams.map((spec) => new Subscriber(spec));
  for (const subscriber of subscribers) await subscriber.subscribe(app);
  for (const connection of world.connections) {
    for (const spec of world.streams) await settle(world, app, connection, spec);
  }
  await world.mustConverge();
  await world.clock.sleep(5_000);
  for (const subscriber of subscribers) await subscriber.mustAgree(app, world.connections);
  await app.syncer.stop();
}

/** One run that completes; a full one where deletions, or the way of paging, ask for it. */
async function settle(world: World, app: App, connection: string, spec: StreamSpec): Promise<void> {
  const stream = app.stream(connection, spec.name);
  await stream.replayRejected();
  const looks = spec.deletions.includes('snapshot');
  const mode = looks || countsItems(spec) ? 'full' : 'incremental';
  let continues = false;
  const goesOn = (): void => {
    continues = true;
  };
  const off = app.syncer.on('run.*', (event) => {
    // Who only waited for a limit has read nothing before.
    continues ||= event.type === 'run.resumed' && event.after !== 'waiting';
    if (event.type !== 'run.started') return;
    // What is gone since the committed token, the next delta tells; a full reading judges only what was stored when its pass was begun.
    continues ||= event.continues || (spec.cursor === 'token' && event.mode === 'full');
  });
  // A partition that has to be read from its beginning leaves the pass to the next run, and a list that seems to move does not let it judge.
  const offExpired = app.syncer.on('cursor.expired', goesOn);
  const offAbandoned = app.syncer.on('deletion.abandoned', goesOn);
  for (let runs = 1; ; runs++) {
    continues = false;
    // Whoever asks for no mode gets the full reading that is due.
    const result = await stream.sync(mode === 'full' ? { mode } : {});
    // What goes on with a reading, or a pass, of the storm has not read all of it at rest; nor may a run of the storm be joined. Of partitions
    // a run does not tell whether it goes on with their readings.
    const isWeaker = mode === 'full' && result.mode === 'incremental';
    const isTwice = looks || spec.partitions !== undefined || spec.fullEveryMs !== undefined;
    if (!continues && !isWeaker && !(isTwice && runs === 1)) break;
    // What was computed anew comes with the full reading that is due by then.
    await world.clock.sleep(spec.fullEveryMs ?? 0);
  }
  off();
  offExpired();
  offAbandoned();
  await stream.approveDeletions();
}
