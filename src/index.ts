export { defineConnector } from './connector/define-connector.js';
export { apiKey, basic, bearer } from './connector/auth.js';
export type {
  ApiKeyCredentials,
  Auth,
  AuthContext,
  AuthRequest,
  BasicCredentials,
  BearerCredentials,
  RefreshContext,
} from './connector/auth.js';
export { customAuth } from './connector/custom-auth.js';
export type { CustomAuthOptions } from './connector/custom-auth.js';
export type { KeyOwner, KeyProvider } from './auth/key-provider.js';
export type { Connector, ConnectorDefinition } from './connector/connector.js';
export type {
  CheckContext,
  ConnectionInfo,
  ConnectorContext,
  Log,
  PullContext,
  StreamContext,
} from './connector/context.js';
export type {
  HttpClient,
  HttpPage,
  HttpResponse,
  NextRequest,
  PageRequest,
  PagesOptions,
  Pagination,
  RequestOptions,
  ResponsePromise,
  SearchParam,
} from './connector/http.js';
export type {
  BucketLimit,
  ConcurrencyLimit,
  Limit,
  LimitedRequest,
  LimitScope,
  OwnRateLimit,
  RateLimitHook,
  WindowLimit,
} from './connector/limits.js';
export type {
  Deletions,
  FeedContext,
  FeedDeletions,
  FeedPage,
  FlagDeletions,
  MissingKeys,
  ProbeDeletions,
  SnapshotDeletions,
} from './connector/deletions.js';
export type { AlsoPage, Key, Page } from './connector/page.js';
export type { InputOf, OutputOf, Schema } from './connector/schema.js';
export type {
  CursorType,
  CursorValue,
  FieldCursor,
  InvalidPolicy,
  Partition,
  PartitionInput,
  PartitionOf,
  Schedule,
  StreamDefinition,
  TokenCursor,
} from './connector/stream.js';
export type { Change } from './consumers/change.js';
export type {
  ConsumeContext,
  ConsumeHandler,
  ConsumeOptions,
  Consumer,
} from './consumers/consumer.js';
export type { WaitOptions } from './core/abortable.js';
export type { Duration } from './core/duration.js';
export {
  AbortedError,
  AuthError,
  ConfigError,
  ConflictError,
  CursorExpiredError,
  HttpError,
  LeaseLostError,
  NetworkError,
  RateLimitError,
  StoreError,
  SynclineError,
  TimeoutError,
  ValidationError,
} from './core/errors.js';
export type {
  ErrorContext,
  HttpErrorOptions,
  SynclineErrorOptions,
  ValidationErrorOptions,
  ValidationIssue,
} from './core/errors.js';
export type { JsonObject, JsonValue } from './core/json.js';
export type { Clock, Host, HostLoad, Random } from './core/ports.js';
export type { EventListener, Off } from './events/emitter.js';
export type { ErrorInfo } from './events/error-info.js';
export type {
  AnyEvent,
  EventFamily,
  EventMap,
  EventName,
  EventOf,
  EventPattern,
  SynclineEvent,
} from './events/event-map.js';
export { PartitionsError } from './engine/partitions.js';
export { sqlite } from './sqlite.js';
export { detectRateLimit } from './http/rate-limit/detect.js';
export type {
  RateLimitInput,
  RateLimitKind,
  RateLimitPolicy,
  RateLimitScope,
  RateLimitSignal,
  ResponseClock,
} from './http/rate-limit/types.js';
export type { Distribution } from './http/metrics/distribution.js';
export type { HttpMetricsSnapshot, HttpSeries } from './http/metrics/http-metrics.js';
export type {
  AcquireOptions,
  Answer,
  BlockTarget,
  Limiter,
  LimitPolicy,
  LimitSignal,
  LimitState,
  Parking,
  Permit,
  PermitRequest,
  Priority,
  Wait,
} from './limiter/limiter.js';
export type { JsonType } from './quality/json-fields.js';
export type { FieldQuality, RejectedSeen, Seen, TypeSeen } from './quality/profile.js';
export type { BodyPolicy } from './http/traffic.js';
export type { Store } from './storage/contract.js';
export type { TrafficBody } from './storage/traffic.js';
export type { RunCounts, RunMode, RunStatus } from './storage/runs.js';
export { ConnectionHandle, ConnectionSyncError } from './syncer/connection-handle.js';
export { Connections } from './syncer/connections.js';
export type { Connection, ConnectionDraft, NewConnection } from './syncer/connection-types.js';
export type { LimitFilter, LimitUse } from './syncer/limit-use.js';
export type { Metrics } from './syncer/create-syncer.js';
export { createSyncer, Syncer } from './syncer/create-syncer.js';
export { toHar } from './syncer/har.js';
export type { Har, HarEntry } from './syncer/har.js';
export type {
  HttpOptions,
  Logger,
  RetentionOptions,
  SyncerOptions,
  TrafficLogOptions,
} from './syncer/options.js';
export type { TrafficExchange } from './syncer/traffic-log.js';
export type { Progress } from './syncer/progress.js';
export type { StreamQuality } from './syncer/quality.js';
export type { RejectedRecord, ReplayResult } from './syncer/rejected.js';
export type { RunResult } from './syncer/run-result.js';
export { StreamHandle } from './syncer/stream-handle.js';
export type { ChangesOptions } from './syncer/stream-handle.js';
export type {
  ConnectionStats,
  ConnectorStats,
  Stats,
  StreamStats,
  SyncerStats,
} from './syncer/stats.js';
export type { SyncOptions } from './syncer/sync-stream.js';
