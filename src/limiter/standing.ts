import { type Gauge, type Waiter, WaitLane } from './gauge.js';
import { Turns } from './queue/turns.js';

/** Puts a waiter into its lane. A lane that is empty goes to the limit that it has to wait for; else that is known already. */
export function enqueue(waiter: Waiter, blocker: Gauge, now: number): void {
  const { route, place } = waiter;
  const lanes = (route.lanes ??= []);
  const lane = (lanes[place] ??= new WaitLane(place, route.gauges[1] ?? route));
  lane.add(waiter);
  waiter.lane = lane;
  if (lane.at === undefined) stand(lane, blocker, now);
  else if (lane.head() === waiter) lane.at.turns?.update(lane, now);
}

/** Takes the first of a lane out of it; `served`: what it is given of the limit. */
export function stepOut(lane: WaitLane, now: number, served?: number): void {
  const turns = lane.at?.turns;
  const waiter = lane.shift();
  if (waiter) waiter.lane = undefined;
  if (served === undefined) turns?.update(lane, now);
  else turns?.served(lane, served, now);
  if (lane.size === 0) leave(lane, waiter);
}

/** An empty lane is forgotten; `waiter` was the last in it. */
export function leave(lane: WaitLane, waiter: Waiter | undefined): void {
  if (lane.at?.turns?.has(lane) === true) lane.at.turns.remove(lane);
  lane.at = undefined;
  const lanes = waiter?.route.lanes;
  if (lanes?.[lane.place] === lane) lanes[lane.place] = undefined;
}

/** The lane's first has to wait for another limit. */
export function moveTo(lane: WaitLane, gauge: Gauge, now: number): void {
  lane.at?.turns?.remove(lane);
  stand(lane, gauge, now);
}

function stand(lane: WaitLane, gauge: Gauge, now: number): void {
  lane.at = gauge;
  (gauge.turns ??= new Turns<Waiter, WaitLane>()).add(lane, now);
}
