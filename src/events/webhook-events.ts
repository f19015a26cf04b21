import type { ConnectionScope, ConnectorScope, Failure } from './event-base.js';

interface Delivery extends ConnectionScope {
  /** The delivery's id, as the API gave it or as it was derived from the body. */
  readonly delivery: string;
}

/** Received webhooks: `webhook.*`. */
export interface WebhookEvents {
  /** A delivery was verified and is stored: it will be processed, whatever happens to this process. */
  'webhook.received': Delivery & {
    /** Bytes of its body. */
    readonly bytes: number;
  };

  /** A delivery came again that is stored already: answered with success, and not processed twice. */
  'webhook.duplicate': Delivery;

  /** A request was turned away: nothing of it is stored. */
  'webhook.refused': ConnectorScope & {
    readonly reason: 'signature' | 'connection' | 'method' | 'size' | 'body';
    /** What it was answered with. */
    readonly status: number;
  };

  /** A delivery was processed: what it brought is committed. */
  'webhook.processed': Delivery & {
    readonly attempt: number;
    /** Records and deletions that it brought. */
    readonly records: number;
    readonly deletes: number;
    /** Milliseconds since it was received. */
    readonly ageMs: number;
  };

  /** A delivery could not be processed. */
  'webhook.failed': Delivery &
    Failure & {
      readonly attempt: number;
      /** When it is tried again; null: never, it is kept as failed. */
      readonly retryAt: Date | null;
    };

  /** A subscription was made or renewed at the API. */
  'webhook.subscribed': ConnectionScope & {
    readonly renewed: boolean;
    /** When it ends unless renewed; null: never. */
    readonly expiresAt: Date | null;
  };

  /** A subscription could not be made or renewed. */
  'webhook.subscription_failed': ConnectionScope & Failure & { readonly retryAt: Date };
}
