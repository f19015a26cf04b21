import type { StreamHandle } from 'syncline';
import type { Item } from '../world/connector.js';
import type { RemoteStream } from '../world/remote-stream.js';
import type { StreamSpec } from '../world/stream-spec.js';
import type { StreamRef } from './mirror.js';

/** A stream of one connection, as the checks look at it: at the remote, and as an app sees it. */
export interface Watched {
  readonly spec: StreamSpec;
  readonly remote: RemoteStream;
  readonly ref: StreamRef;
  readonly stream: StreamHandle<Item>;
  readonly skewMs: number;
  readonly now: () => number;
  readonly looks: () => boolean;
}
