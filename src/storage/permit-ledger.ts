import type { PermitGrant, PermitGroup, PermitReport, PermitRule, PermitStore } from './permits.js';

/** One limit as a store keeps it: plain JSON. Instants are epoch milliseconds. */
export interface PermitLedger {
  readonly rule: PermitRule;
  /** What counts until an instant, the first to end first. */
  readonly charges: readonly (readonly [end: number, amount: number])[];
  /** What processes have, and until when they may use it. */
  readonly holders: Readonly<Record<string, Held>>;
  /** Who was short, and until when others leave it what it needs. */
  readonly marks: Readonly<Record<string, PermitMark>>;
  /** What is in the bucket and flows out, as of `at`. */
  readonly level: number;
  readonly at: number;
}

interface Held {
  readonly amount: number;
  /** When what is not used comes back. */
  readonly back: number;
  readonly until: number;
}

interface PermitMark {
  readonly place: number;
  readonly since: number;
  readonly need: number;
  readonly ahead: number;
  readonly until: number;
}

/** In how many parts a window is counted. */
const SLOTS = 200;
const ROUNDING = 1e-6;
/** How long a mark outlives the instant at which its process asks again. */
const MARK_MS = 250;
const LONGEST_MARK_MS = 5_000;
/** When nobody can tell when there will be more, asking again soon is the answer. */
const UNKNOWN_MS = 100;

/** A limit that nobody uses. */
function emptyLedger(rule: PermitRule, now: number): PermitLedger {
  return { rule, charges: [], holders: {}, marks: {}, level: 0, at: now };
}

/** Whether the limit is as good as new, and need not be kept. */
export function isEmptyLedger({ charges, holders, marks, level }: PermitLedger): boolean {
  return (
    charges.length === 0 &&
    level === 0 &&
    Object.keys(holders).length === 0 &&
    Object.keys(marks).length === 0
  );
}

/** When the ledger will be as good as new if nobody uses it any more: it need not be kept longer. */
export function ledgerEnd({ rule, charges, holders, marks, level, at }: PermitLedger): number {
  const perMs = rule.kind === 'window' ? rule.perMs : rule.kind === 'bucket' ? rule.delayMs : 0;
  const held = Object.values(holders).map(({ until }) => until + 2 * perMs);
  const marked = Object.values(marks).map(({ until }) => until);
  const ends = Math.max(at, ...held, ...marked, ...charges.map(([end]) => end));
  if (rule.kind !== 'bucket') return ends;
  const amounts = Object.values(holders).map(({ amount }) => amount);
  const inside = [...amounts, ...charges.map(([, amount]) => amount)].reduce(
    (a, b) => a + b,
    level,
  );
  return ends + inside / rule.refillPerMs;
}

/** The ledger without what has ended. */
function ledgerAt(ledger: PermitLedger, now: number): PermitLedger {
  const { rule } = ledger;
  const counts = ([, held]: readonly [string, Held]): boolean => coverEnd(rule, held) > now;
  const held = Object.entries(ledger.holders);
  // A process that does not report any more: its permits may have been used until its lease ended.
  const gone = held.filter((entry) => !counts(entry)).map(([, entry]) => entry);
  const marks = Object.entries(ledger.marks).filter(([, { until }]) => until > now);
  // Nothing counts for longer than from now on: a later end is of a clock that was set back since.
  const latest = rule.kind === 'concurrency' ? now : charge(rule, now, 1)[0];
  const charges = ledger.charges
    .filter(([end]) => end > now)
    .map(([end, amount]) => [Math.min(end, latest), amount] as const);
  const done = [
    ...ledger.charges.slice(0, ledger.charges.length - charges.length),
    ...gone.map((entry) => [coverEnd(rule, entry), entry.amount] as const),
  ];
  const level = rule.kind === 'bucket' ? levelAt(ledger, rule.refillPerMs, done, now) : 0;
  const holders = Object.fromEntries(held.filter(counts));
  return { rule, charges, holders, marks: Object.fromEntries(marks), level, at: now };
}

/** Until when permits count whose holder does not report again. */
function coverEnd(rule: PermitRule, { until, amount }: Held): number {
  return rule.kind === 'concurrency' ? until : charge(rule, until, amount)[0];
}

/**
 * What `takePermits` does to the ledgers of all keys that are reported, which are replaced in the map. A limit that has none yet has one
 * afterwards.
 */
export function servePermits(
  ledgers: Map<string, PermitLedger>,
  { holder, now, reports, groups }: Parameters<PermitStore['takePermits']>[0],
): readonly PermitGrant[] {
  const leases = new Map(reports.map((report) => [report.key, leaseOf(report, now)]));
  for (const report of reports) {
    const { key, rule } = report;
    const ledger = ledgerAt(ledgers.get(key) ?? emptyLedger(rule, now), now);
    ledgers.set(key, withReport(ledger, holder, report, now));
  }
  return groups.map((group) => {
    const asker = { holder, now, place: group.place, since: group.since };
    const free = group.takes.map(({ key, keep }) => freeFor(ledgers.get(key), asker) - keep);
    const short = group.takes.filter(({ need }, i) => (free[i] ?? 0) + ROUNDING < need);
    if (short.length > 0) return refuse(ledgers, asker, short);
    const granted = group.takes.map(({ need, want }, i) =>
      Math.max(need, Math.min(want, Math.floor(free[i] ?? 0))),
    );
    group.takes.forEach(({ key }, i) => {
      const ledger = ledgers.get(key);
      if (ledger === undefined) return;
      const lease = leases.get(key) ?? { back: now, until: now };
      ledgers.set(key, withHeld(ledger, holder, granted[i] ?? 0, lease));
    });
    return { granted };
  });
}

interface Asker {
  readonly holder: string;
  readonly now: number;
  readonly place: number;
  readonly since: number;
}

type Take = PermitGroup['takes'][number];

/** The ledger, as of `now`, after a process has told what it still has, and what was answered. */
function withReport(
  ledger: PermitLedger,
  holder: string,
  report: PermitReport,
  now: number,
): PermitLedger {
  const { rule, held, answered } = report;
  const { [holder]: _before, ...others } = ledger.holders;
  const { [holder]: _mark, ...marks } = ledger.marks;
  const holders =
    held > 0 ? { ...others, [holder]: { amount: held, ...leaseOf(report, now) } } : others;
  let { charges } = ledger;
  if (rule.kind !== 'concurrency') {
    for (const [at, amount] of answered) {
      // Nothing is answered in the future: clocks differ a little.
      if (amount > 0) charges = withCharge(charges, charge(rule, Math.min(at, now), amount));
    }
  }
  return ledgerAt({ ...ledger, rule, charges, holders, marks }, now);
}

function leaseOf({ useMs, leaseMs }: PermitReport, now: number): Omit<Held, 'amount'> {
  return { back: now + useMs, until: now + leaseMs };
}

function withHeld(
  ledger: PermitLedger,
  holder: string,
  amount: number,
  lease: Omit<Held, 'amount'>,
): PermitLedger {
  const before = ledger.holders[holder]?.amount ?? 0;
  const { [holder]: _mark, ...marks } = ledger.marks;
  const holders = { ...ledger.holders, [holder]: { amount: before + amount, ...lease } };
  return { ...ledger, holders, marks };
}

/** Leaves marks at what is short. */
function refuse(
  ledgers: Map<string, PermitLedger>,
  { holder, now, place, since }: Asker,
  short: readonly Take[],
): PermitGrant {
  let retryAt = now;
  for (const { key, need, keep, ahead } of short) {
    const ledger = ledgers.get(key);
    if (ledger === undefined) continue;
    let at = freeAt(ledger, holder, need + keep, now) ?? now + UNKNOWN_MS;
    // What is kept for more than one could serve others meanwhile: who waits for it has to say so now and then.
    if (ahead > 1) at = Math.min(at, now + LONGEST_MARK_MS);
    retryAt = Math.max(retryAt, at);
    const mark = { place, since, need, ahead, until: at + MARK_MS };
    ledgers.set(key, { ...ledger, marks: { ...ledger.marks, [holder]: mark } });
  }
  return { short: short.map(({ key }) => key), retryAt };
}

function capacityOf(rule: PermitRule): number {
  return rule.kind === 'window' ? rule.tokens : rule.kind === 'bucket' ? rule.size : rule.slots;
}

function used({ charges, holders, level }: PermitLedger): number {
  const held = Object.values(holders).reduce((sum, { amount }) => sum + amount, 0);
  return charges.reduce((sum, [, amount]) => sum + amount, held) + level;
}

/** What a holder may have: all that is free but what those before it are waiting for. */
function freeFor(ledger: PermitLedger | undefined, { holder, place, since }: Asker): number {
  if (ledger === undefined) return 0;
  let promised = 0;
  for (const [name, mark] of Object.entries(ledger.marks)) {
    if (name === holder) continue;
    if (mark.place < place) promised += mark.ahead;
    else if (mark.place === place && mark.since < since) promised += mark.need;
  }
  return capacityOf(ledger.rule) - used(ledger) - promised;
}

/** When so much may be free: charges end, and what other processes have may come back unused at the end of their lease. */
function freeAt(
  ledger: PermitLedger,
  holder: string,
  amount: number,
  now: number,
): number | undefined {
  const { rule, charges, level } = ledger;
  let lacking = amount - (capacityOf(rule) - used(ledger));
  const others = Object.entries(ledger.holders).flatMap(([name, held]) =>
    name === holder ? [] : [held],
  );
  const candidates = others.flatMap(({ back }) => (back > now ? [back + 1] : []));
  for (const [name, { until }] of Object.entries(ledger.marks)) {
    if (name !== holder) candidates.push(until);
  }
  if (rule.kind === 'concurrency') candidates.push(now + UNKNOWN_MS);
  if (rule.kind === 'bucket' && lacking > 0 && level > 0) {
    candidates.push(now + Math.min(lacking, level) / rule.refillPerMs);
  }
  const ending = others.map((held) => [coverEnd(rule, held), held.amount] as const);
  for (const [end, charged] of [...charges, ...ending].sort(([x], [y]) => x - y)) {
    if (lacking <= ROUNDING) break;
    lacking -= charged;
    if (lacking <= ROUNDING) candidates.push(end);
  }
  return candidates.length === 0 ? undefined : Math.max(now + 1, Math.min(...candidates));
}

/** What an answer, or the end of a lease, counts from there on; in slots, so that a ledger stays small. */
function charge(
  rule: Exclude<PermitRule, { readonly kind: 'concurrency' }>,
  at: number,
  amount: number,
): readonly [number, number] {
  const ms = rule.kind === 'window' ? rule.perMs : rule.delayMs;
  if (ms === 0) return [at, amount];
  const slot = ms / SLOTS;
  return [(Math.floor(at / slot) + 1) * slot + ms, amount];
}

function withCharge(
  charges: readonly (readonly [number, number])[],
  [end, amount]: readonly [number, number],
): readonly (readonly [number, number])[] {
  const at = charges.findIndex(([other]) => other >= end);
  const found = at < 0 ? undefined : charges[at];
  if (found?.[0] === end) return charges.with(at, [end, found[1] + amount]);
  return charges.toSpliced(at < 0 ? charges.length : at, 0, [end, amount]);
}

function levelAt(
  { level, at }: PermitLedger,
  perMs: number,
  done: readonly (readonly [number, number])[],
  now: number,
): number {
  let left = level;
  let from = Math.min(at, now);
  for (const [end, amount] of [...done].sort(([x], [y]) => x - y)) {
    left = Math.max(0, left - Math.max(0, end - from) * perMs) + amount;
    from = Math.max(from, end);
  }
  return Math.max(0, left - Math.max(0, now - from) * perMs);
}
