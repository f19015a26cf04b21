import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  admit,
  CLOSED,
  type CircuitState,
  failed,
  FAILURES_TO_OPEN,
  toldNothing,
  worked,
} from '../../src/http/circuit/state.js';
import { limitedWorld } from '../support/limited-world.js';

function openAt(now: number): CircuitState {
  let state = CLOSED;
  for (let i = 0; i < FAILURES_TO_OPEN; i++) state = failed(state, false, now);
  return state;
}

describe('the state of a circuit', () => {
  test('opens after so many failures in a row, and one success begins the count anew', () => {
    let state = CLOSED;
    for (let i = 1; i < FAILURES_TO_OPEN; i++) state = failed(state, false, 0);
    expect(state).toEqual({ kind: 'closed', failures: FAILURES_TO_OPEN - 1 });
    expect(worked(state, false)).toBe(CLOSED);
    expect(failed(state, false, 7)).toMatchObject({ kind: 'open', since: 7, until: 30_007 });
  });

  test('lets one request through when its time is over, which decides', () => {
    const open = openAt(0);
    expect(admit(open, 29_999).leave).toBe('refused');
    const probe = admit(open, 30_000);
    expect(probe.leave).toBe('probe');
    expect(admit(probe.state, 30_001).leave).toBe('refused');
    expect(worked(probe.state, true)).toBe(CLOSED);
    expect(failed(probe.state, true, 31_000)).toMatchObject({ kind: 'open', until: 91_000 });
    // It was cancelled: the next one is the probe.
    expect(admit(toldNothing(probe.state, true), 30_002).leave).toBe('probe');
    // What was sent before it opened decides nothing.
    expect(worked(probe.state, false)).toBe(probe.state);
    expect(failed(probe.state, false, 31_000)).toBe(probe.state);
  });

  test('never has two probes under way, whatever happens', () => {
    const step = fc.constantFrom('ask', 'worked', 'failed', 'nothing');
    fc.assert(
      fc.property(fc.array(fc.tuple(step, fc.nat(200_000))), (steps) => {
        let state = openAt(0);
        let now = 0;
        let probes = 0;
        for (const [what, ms] of steps) {
          now += ms;
          if (what === 'ask') {
            const asked = admit(state, now);
            state = asked.state;
            if (asked.leave === 'probe') probes += 1;
          } else if (probes > 0) {
            probes -= 1;
            if (what === 'worked') state = worked(state, true);
            else if (what === 'failed') state = failed(state, true, now);
            else state = toldNothing(state, true);
          }
          expect(probes).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

test('a host that fails is left alone, tried with one request, and used again', async () => {
  const world = limitedWorld();
  world.respond = () => new Response('', { status: 500 });
  await world.connect();
  while (world.told('circuit.opened').length === 0) await world.sync();
  const asked = world.seen.length;
  const refused = await world.sync();
  expect(refused.error).toMatchObject({ name: 'NetworkError', context: { circuit: 'open' } });
  expect(world.seen).toHaveLength(asked);
  await world.clock.advance(30_000);
  world.respond = () => Response.json([{ id: 1 }]);
  expect((await world.sync()).status).toBe('succeeded');
  expect(world.told('circuit.half_open')).toMatchObject([{ connector: 'api', host: 'api.test' }]);
  expect(world.told('circuit.closed')).toHaveLength(1);
});

test.each([400, 404, 429])('%i is no failure of the host', async (status) => {
  const world = limitedWorld();
  world.respond = () => new Response('', { status });
  await world.connect();
  for (let i = 0; i < 8; i++) await world.sync();
  expect(world.told('circuit.opened')).toEqual([]);
});
