import { describe, expect, test } from 'vitest';
import {
  endedBy,
  isEnded,
  nextStatus,
  type RunEvent,
  TRANSITIONS,
} from '../../src/engine/run-machine.js';
import type { RunStatus } from '../../src/storage/runs.js';

const NO = 'refused';

/** The table as SPEC.md tells it: states down, events across. */
const EVENTS: readonly RunEvent[] = [
  'claim',
  'park',
  'admit',
  'orphan',
  'complete',
  'fail',
  'cancel',
  'skip',
];
const TABLE: Readonly<Record<RunStatus, readonly (RunStatus | typeof NO)[]>> = {
  queued: ['running', NO, NO, NO, NO, 'failed', 'cancelled', 'skipped'],
  running: ['running', 'waiting', NO, 'queued', 'succeeded', 'failed', 'cancelled', NO],
  waiting: ['running', NO, 'running', 'queued', NO, 'failed', 'cancelled', NO],
  succeeded: [NO, NO, NO, NO, NO, NO, NO, NO],
  failed: [NO, NO, NO, NO, NO, NO, NO, NO],
  cancelled: [NO, NO, NO, NO, NO, NO, NO, NO],
  skipped: [NO, NO, NO, NO, NO, NO, NO, NO],
};
const STATES = Object.keys(TABLE) as RunStatus[];

describe('the run’s state machine', () => {
  test.each(STATES)('every event in the state %s leads where the table says', (state) => {
    expect(EVENTS.map((event) => TRANSITIONS[state][event])).toEqual(TABLE[state]);
  });

  test('an event that cannot happen is a defect that says so', () => {
    expect(() => nextStatus('succeeded', 'fail')).toThrow(/a run that is succeeded cannot fail/);
    expect(() => nextStatus('queued', 'complete')).toThrow(/defect/);
  });

  test('a state has ended when nothing can happen in it', () => {
    const ended = STATES.filter((state) =>
      EVENTS.every((event) => TRANSITIONS[state][event] === NO),
    );
    expect(STATES.filter(isEnded)).toEqual(ended);
  });

  test('only an event that ends a run ends it', () => {
    expect(endedBy('running', 'complete')).toBe('succeeded');
    expect(endedBy('queued', 'skip')).toBe('skipped');
    expect(() => endedBy('running', 'park')).toThrow(/does not end/);
  });
});
