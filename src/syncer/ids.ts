import type { Random } from '../core/ports.js';

/** A new run's id: it sorts by time, and no other process makes the same one. */
export function runId(now: number, random: Random): string {
  return `run_${now.toString(36).padStart(9, '0')}${chance(random)}${chance(random)}`;
}

/** Tells this process apart in leases. */
export function processId(random: Random): string {
  return `process_${chance(random)}${chance(random)}`;
}

/** 50 random bits as text. */
function chance(random: Random): string {
  return Math.floor(random() * 2 ** 50)
    .toString(36)
    .padStart(10, '0');
}
