import type { ConnectionStatus, StoredStatus } from '../storage/connections.js';

/** What happens to a connection. `refuse`: the API has refused its credentials · `renew`: it gets others. */
export type StatusEvent = 'pause' | 'resume' | 'refuse' | 'renew';

/** Pausing and refused credentials know nothing of each other: neither ends the other. */
const NEXT: Readonly<Record<StoredStatus, Readonly<Record<StatusEvent, StoredStatus>>>> = {
  active: {
    pause: 'paused',
    resume: 'active',
    refuse: 'needs_reauth',
    renew: 'active',
  },
  paused: {
    pause: 'paused',
    resume: 'active',
    refuse: 'paused_refused',
    renew: 'paused',
  },
  needs_reauth: {
    pause: 'paused_refused',
    resume: 'needs_reauth',
    refuse: 'needs_reauth',
    renew: 'active',
  },
  paused_refused: {
    pause: 'paused_refused',
    resume: 'needs_reauth',
    refuse: 'paused_refused',
    renew: 'paused',
  },
};

export function nextStatus(status: StoredStatus, event: StatusEvent): StoredStatus {
  return NEXT[status][event];
}

/** Whether the API has refused the credentials that the connection has. */
export function isRefused(status: StoredStatus): boolean {
  return NEXT[status].refuse === status;
}

/** A status as the app sees it. */
export function shownStatus(status: StoredStatus): ConnectionStatus {
  return status === 'paused_refused' ? 'paused' : status;
}
