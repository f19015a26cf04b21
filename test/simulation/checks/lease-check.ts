import type { Store } from 'syncline';
import type { Write } from '../world/store-server.js';
import { must } from './violation.js';

type Lease = Parameters<Store['renewLease']>[0]['lease'];

interface Holder {
  readonly token: number;
  readonly run: string;
  until: number;
  isReleased: boolean;
}

/** I3: only the run that holds a stream's lease, by the latest token, commits to it. */
export class LeaseCheck {
  readonly #holders = new Map<string, Holder>();

  check(
    { verb, params, process }: Write,
    outcome: { readonly value?: unknown; readonly error?: unknown },
  ): void {
    if (verb === 'claimRun') this.#claimed(params as Claim, outcome.value as Claimed | undefined);
    if (verb === 'requestCancel') this.#cancelled(params as Cancel, outcome.value);
    if (verb === 'resetStream' && outcome.value === true) this.#reset(params as Reset);
    const lease = leaseOf(params);
    if (!lease) return;
    const holder = this.#holders.get(idOf(lease));
    const isHolder = holder?.token === lease.token && !holder.isReleased;
    if (outcome.error === undefined) {
      must(isHolder, 'I3', () => {
        return `process ${process.id} did ${verb} with token ${lease.token}, but the holder is ${show(holder)}`;
      });
      this.#moves(holder, verb, params);
    } else if (nameOf(outcome.error) === 'LeaseLostError') {
      must(
        !isHolder,
        'I3',
        () => `${verb} of run ${lease.run} was refused, though it holds the lease`,
      );
    }
  }

  /** Whether a run holds its stream's lease. */
  holds(lease: Lease): boolean {
    const holder = this.#holders.get(idOf(lease));
    return holder?.token === lease.token && !holder.isReleased;
  }

  #claimed({ now, leaseMs }: Claim, claimed: Claimed | undefined): void {
    if (claimed?.kind !== 'claimed') return;
    const { lease } = claimed;
    const before = this.#holders.get(idOf(lease));
    must(
      !before || before.token < lease.token,
      'I3',
      () => `token ${lease.token} was given out twice`,
    );
    must(!before || before.isReleased || before.until <= now, 'I3', () => {
      return `run ${lease.run} was given the lease while it was held: ${show(before)}`;
    });
    const { token, run } = lease;
    this.#holders.set(idOf(lease), { token, run, until: now + leaseMs, isReleased: false });
  }

  /** A run that nobody works on any more is ended at once. */
  #cancelled({ now }: Cancel, ids: unknown): void {
    for (const holder of this.#holders.values()) {
      const isAsked = Array.isArray(ids) && ids.includes(holder.run);
      if (isAsked && holder.until <= now) holder.isReleased = true;
    }
  }

  /** A stream that is begun anew belongs to nobody. */
  #reset({ ref, now }: Reset): void {
    const holder = this.#holders.get(pathOf(ref));
    if (!holder || holder.isReleased) return;
    must(holder.until <= now, 'I3', () => `reset was done while it was held: ${show(holder)}`);
    holder.isReleased = true;
  }

  #moves(holder: Holder, verb: string, params: unknown): void {
    if (verb === 'finishRun' || verb === 'releaseRun') holder.isReleased = true;
    if (verb !== 'renewLease') return;
    const { now, leaseMs } = params as Claim;
    holder.until = now + leaseMs;
  }
}

type Cancel = Parameters<Store['requestCancel']>[0];
type Reset = Parameters<Store['resetStream']>[0];
type Claim = Parameters<Store['claimRun']>[0];
type Claimed = Awaited<ReturnType<Store['claimRun']>>;

function leaseOf(params: unknown): Lease | undefined {
  const { lease } = (params ?? {}) as { readonly lease?: Lease | null };
  return lease ?? undefined;
}

function idOf({ ref }: Lease): string {
  return pathOf(ref);
}

function pathOf({ connection, stream }: Lease['ref']): string {
  return `${connection}/${stream}`;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function show(holder: Holder | undefined): string {
  return holder ? `run ${holder.run} with token ${holder.token}` : 'nobody';
}
