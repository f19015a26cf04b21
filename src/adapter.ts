/** For the authors of stores: the contract, what its verbs take and give, and the tests that a store has to pass. */

export { storeContract } from './storage/contract-suite/store-contract.js';
export type { StoreContractOptions } from './storage/contract-suite/store-contract.js';
export type { ContractStore } from './storage/contract-suite/world.js';

export { LeaseLostError, StoreError } from './core/errors.js';
export { compareKeys } from './core/key.js';
export type { JsonObject, JsonValue } from './core/json.js';
export type { Clock, Random } from './core/ports.js';

export type { Lease, Store, StoreEnvironment, StreamRef } from './storage/contract.js';
export type {
  ConnectionRow,
  ConnectionStatus,
  ConnectionStore,
  StoredStatus,
} from './storage/connections.js';
export type {
  ClaimResult,
  PositionState,
  RunCounts,
  RunFilter,
  RunMode,
  RunRow,
  RunStatus,
  RunStore,
  StoredError,
  StreamState,
} from './storage/runs.js';
export type {
  CommitParams,
  CommitResult,
  CommitStore,
  Decide,
  IncomingDelete,
  IncomingRecord,
  IncomingRejected,
  Origin,
  StoredRecord,
  Verdict,
  VersionValue,
} from './storage/commits.js';
export type { PassStore } from './storage/passes.js';
export type { FeedRow, RecordStore } from './storage/records.js';
export type { RejectedRow, RejectedStore } from './storage/rejected.js';
export type { StatsStore, StreamSize } from './storage/stats.js';
export type { TrafficBody, TrafficFilter, TrafficRow, TrafficStore } from './storage/traffic.js';
export type { LogFilter, LogLevel, LogRow, LogStore } from './storage/logs.js';
export type { ConsumerClaim, ConsumerStore } from './storage/consumers.js';
export { isEmptyLedger, ledgerEnd, servePermits } from './storage/permit-ledger.js';
export type { PermitLedger } from './storage/permit-ledger.js';
export type {
  Block,
  PermitGrant,
  PermitGroup,
  PermitReport,
  PermitRule,
  PermitStore,
} from './storage/permits.js';
