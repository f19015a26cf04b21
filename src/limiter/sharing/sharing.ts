import type { Clock, Random } from '../../core/ports.js';
import type { PermitRule, PermitStore } from '../../storage/permits.js';
import type { Gauge } from '../gauge.js';
import type { Scopes } from '../scopes.js';

export interface SharingOptions {
  /** Names this process among those that share the store. */
  readonly owner: string;
  /** Opens the store when it is first needed. */
  readonly store: () => Promise<PermitStore>;
}

export interface SharingHooks {
  readonly clock: Clock;
  readonly random: Random;
  readonly scopes: () => Scopes;
  readonly look: (gauge: Gauge) => void;
  readonly refuse: (gauge: Gauge, reason: unknown) => void;
}

export class Sharing {
  constructor(_options: SharingOptions, _hooks: SharingHooks) {}
  attach(_gauge: Gauge, _rule: PermitRule | undefined): void {}
  report(_gauge: Gauge): void {}
  async close(): Promise<void> {}
}
