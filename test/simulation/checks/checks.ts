import { isDeepStrictEqual } from 'node:util';
import type { Store } from 'syncline';
import type { ServedPage } from 'syncline/testing';
import { type Item, outputOf } from '../world/connector.js';
import type { RemoteStream } from '../world/remote-stream.js';
import type { Write } from '../world/store-server.js';
import { CountCheck } from './count-check.js';
import { LeaseCheck } from './lease-check.js';
import { rawOf } from './presence.js';
import { type Commit, StreamWatch } from './stream-watch.js';
import { must } from './violation.js';
import type { Watched } from './watched.js';

/** All that is checked after each write to the store. */
export class Checks {
  readonly #store: Store;
  readonly #leases = new LeaseCheck();
  readonly #counts: CountCheck;
  readonly #streams = new Map<string, StreamWatch>();
  /** Which process was last given the lease of a stream, and by which token. */
  readonly #holders = new Map<string, { readonly process: number; readonly token: number }>();
  #head = 0;

  /** @param store the processes' store, as the checks have it: nothing of theirs waits for it */
  constructor(store: Store) {
    this.#store = store;
    this.#counts = new CountCheck(store);
  }

  watch(watched: Watched): void {
    const { connection, stream } = watched.ref;
    this.#streams.set(`${connection}/${stream}`, new StreamWatch(this.#store, watched));
  }

  served(page: ServedPage): void {
    const path = page.list.path.split('/').slice(0, 2).join('/');
    const process = Number(page.request.headers.get('x-process'));
    const holder = this.#holders.get(path);
    const token = holder?.process === process ? holder.token : undefined;
    this.#streams.get(path)?.served(page, token);
  }

  /** Nothing of what was answered to a request is known to the process that sent it. */
  abandoned(request: string): void {
    for (const stream of this.#streams.values()) stream.abandoned(request);
  }

  async check(
    write: Write,
    outcome: { readonly value?: unknown; readonly error?: unknown },
  ): Promise<void> {
    this.#leases.check(write, outcome);
    if (outcome.error !== undefined) return;
    const { verb, params, process } = write;
    await this.#counts.check(write, outcome.value);
    if (verb === 'claimRun') this.#claimed(process.id, outcome.value as Claimed);
    if (verb === 'openPass')
      this.#of((params as OpenPass).lease.ref)?.passOpened(params as OpenPass);
    if (verb !== 'commit') return;
    const commit = params as Commit;
    await this.#of(commit.ref)?.committed(process, commit, this.#head);
    this.#head = (outcome.value as Committed).seq;
  }

  /** I4: at rest, after a run that has completed, the store has what the remote has. */
  async converged(watched: Watched): Promise<void> {
    const { remote: there, stream, ref } = watched;
    const local = new Map<string, Item>();
    for await (const item of stream.records()) local.set(item.id, item);
    const remote = remoteOf(there);
    const watch = this.#of(ref);
    const wrong = [...new Set([...local.keys(), ...remote.keys()])]
      .filter((key) => !isDeepStrictEqual(local.get(key), remote.get(key)))
      .filter((key) => watch?.isExcused(key) !== true);
    must(wrong.length === 0, 'I4', () => {
      const show = (item: Item | undefined): string => (item ? `@${item.rev}` : 'nothing');
      const each = (key: string): string =>
        `${key} is ${show(local.get(key))} here and ${show(remote.get(key))} there`;
      return `${pathOf(ref)} differs from the remote: ${wrong.map(each).join(', ')}`;
    });
    const left = await this.#store.listRejected({ ref, limit: 1 });
    must(left.length === 0, 'I13', () => `${left[0]?.key ?? ''} is valid now, but still rejected`);
  }

  #claimed(process: number, claim: Claimed): void {
    if (claim.kind !== 'claimed') return;
    const { ref, token } = claim.lease;
    this.#holders.set(pathOf(ref), { process, token });
  }

  #of(ref: Commit['ref']): StreamWatch | undefined {
    return this.#streams.get(pathOf(ref));
  }
}

type Claimed = Awaited<ReturnType<Store['claimRun']>>;
type Committed = Awaited<ReturnType<Store['commit']>>;
type OpenPass = Parameters<Store['openPass']>[0];

function pathOf({ connection, stream }: Commit['ref']): string {
  return `${connection}/${stream}`;
}

function remoteOf({ lists }: RemoteStream): ReadonlyMap<string, Item> {
  const remote = new Map<string, Item>();
  for (const version of [...lists.values()].flatMap((list) => list.visible())) {
    const raw = rawOf(version);
    if (raw && !version.removed) remote.set(raw.id, outputOf(raw));
  }
  return remote;
}
