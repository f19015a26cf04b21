import type { Failure } from './event-base.js';

interface Consumer {
  /** The consumer's name. */
  readonly consumer: string;
  readonly connector: string;
  readonly stream: string;
}

interface Batch extends Consumer {
  /** The sequence numbers of its first and last change. */
  readonly from: number;
  readonly to: number;
  /** How many changes. */
  readonly changes: number;
  readonly attempt: number;
}

/** Durable readers of the change feed: `consumer.*`. */
export interface ConsumerEvents {
  /** This process reads for the consumer now. */
  'consumer.started': Consumer & {
    /** It goes on after this sequence number. */
    readonly offset: number;
  };

  /** This process no longer reads for the consumer. */
  'consumer.stopped': Consumer & {
    /** `stop`: by `stop()` · `lost`: another process took it over. */
    readonly reason: 'stop' | 'lost';
  };

  /** The handler has succeeded with a batch, and the offset is stored. */
  'consumer.committed': Batch & {
    /** Milliseconds that the handler took. */
    readonly durationMs: number;
  };

  /** The handler failed with a batch; it gets the same changes again. */
  'consumer.failed': Batch & Failure & { readonly retryAt: Date };

  /** A change that the handler failed with every time was given to `onPoison`, and is passed by. */
  'consumer.poison': Consumer &
    Failure & {
      readonly seq: number;
      readonly key: string;
      readonly attempt: number;
    };

  /** The consumer is far behind. */
  'consumer.lag': Consumer & {
    /** Sequence numbers between its offset and the newest change; the changes are at most so many. */
    readonly behind: number;
    /** Milliseconds since the oldest change that it has not handled was committed. */
    readonly ageMs: number;
  };

  /** The consumer had fallen behind what is kept, or was replayed: it gets everything from `offset`, with `ctx.reset` where changes are missing. */
  'consumer.reset': Consumer & {
    readonly reason: 'pruned' | 'replay';
    readonly offset: number;
  };
}
