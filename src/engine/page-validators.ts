import { rawJson } from '../core/raw-json.js';
import { describeInput } from '../connector/schema.js';
import type { KnownPage, PageCondition } from '../connector/page.js';
import type { Conditions } from '../http/client-options.js';
import type { Part, Run } from './run.js';
import type { Chain, Position, ReadingKind } from './stream-state.js';

/** How many pages of a reading are remembered: they are written with each of its commits. */
const MAX_PAGES = 50;

/**
 * What the pages of a reading may be asked with. Where everything has to be seen, nothing: in a pass, which judges by what it meets, and in a
 * full reading of what could have been read by its cursor.
 */
export function conditionsOf(run: Run, part: Part, kind: ReadingKind, chain: Chain): Conditions {
  const { target, state, cursor } = run;
  const { stream, connector } = target;
  const scope = (): string => {
    const { schema, version = 1 } = stream;
    const { fields, deletedApart } = state;
    return rawJson([describeInput(schema), version, fields, deletedApart, connector.headers]);
  };
  const asksForAll = kind !== 'incremental' && (state.pass !== null || cursor.kind !== 'none');
  return { scope, known: asksForAll ? [] : [...part.position.validators, ...chain.validators] };
}

/** A chain's validators with a page's own. */
export function addValidator(
  validators: readonly KnownPage[],
  condition: PageCondition | undefined,
): readonly KnownPage[] {
  if (condition === undefined) return validators;
  const { address, validator } = condition;
  const others = without(validators, address);
  return validator === null || others.length >= MAX_PAGES
    ? others
    : [...others, { ...validator, address }];
}

/** The position once a page has come anew: what was known of it before speaks of content that is no longer the stored one. */
export function forgetPage(position: Position, condition: PageCondition | undefined): Position {
  if (condition === undefined || condition.unchanged) return position;
  const { address } = condition;
  const forget = (chain: Chain | null): Chain | null =>
    chain && { ...chain, validators: without(chain.validators, address) };
  return {
    ...position,
    incremental: forget(position.incremental),
    full: forget(position.full),
    earlier: forget(position.earlier),
    validators: without(position.validators, address),
  };
}

function without(validators: readonly KnownPage[], address: string): readonly KnownPage[] {
  return validators.filter((page) => page.address !== address);
}
