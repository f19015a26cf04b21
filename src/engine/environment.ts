import type { JsonValue } from '../core/json.js';
import type { Breathe, Clock, Random } from '../core/ports.js';
import type { AnyDefinition, AnyStream } from '../connector/connector.js';
import type { HttpClient } from '../connector/http.js';
import type { Conditions } from '../http/client-options.js';
import type { Emit } from '../events/emitter.js';
import type { Parking, Priority } from '../limiter/limiter.js';
import type { ConnectionRow } from '../storage/connections.js';
import type { Store, StreamRef } from '../storage/contract.js';

/** What the engine works with; made once by the composition root. */
export interface EngineEnvironment {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly breathe: Breathe;
  readonly emit: Emit;
  readonly openHttp: OpenHttp;
  /** What was thrown, without secrets: connectors may throw what an API has repeated. */
  readonly redactError: (thrown: unknown) => unknown;
  readonly deadlines: { readonly maxRunTime: number; readonly stallAfter: number };
}

/** Opens HTTP for a connection, in the name of a run or of `check`. */
export type OpenHttp = (target: HttpTarget, options: HttpScope) => HttpClient;

export interface HttpTarget {
  readonly connector: AnyDefinition;
  readonly connection: ConnectionRow;
  /** The connection's config, as its schema put it out. */
  readonly config: unknown;
  /** What the last `check` of the connection returned. */
  readonly account: unknown;
}

export interface HttpScope {
  readonly stream?: string;
  readonly run?: string;
  readonly signal: AbortSignal;
  /** Called before each request; throws when no more may be sent. */
  readonly guard: () => void;
  /** What the requests are made for: who goes first when they wait for a limit. */
  readonly priority: Priority;
  /** Told of waits that are long. */
  readonly park?: Parking;
  /** Where `pages` goes on. */
  readonly resume?: JsonValue;
  /** What conditional `pages` are asked with. */
  readonly conditions?: Conditions;
  /** What comes are credentials: nothing of it is recorded. */
  readonly secretResponses?: boolean;
  readonly observe: (exchange: ObservedExchange) => void;
}

/** An HTTP exchange as far as a run looks at it. */
export interface ObservedExchange {
  readonly requestedAt: number;
  /** From the response's `Date` header. */
  readonly serverTime: number | undefined;
  readonly attempt: number;
  /** Undefined when no response came in full. */
  readonly status: number | undefined;
}

/** What a run works on. */
export interface RunTarget extends HttpTarget {
  readonly ref: StreamRef;
  readonly stream: AnyStream;
}
