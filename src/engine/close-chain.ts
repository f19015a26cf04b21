import { isInstantType, readOrderValue } from '../core/order-value.js';
import { finish, finishEmpty } from './field-cursor.js';
import type { Part, Run } from './run.js';
import { earliestStart } from './earlier-start.js';
import type { Chain, Position, ReadingKind } from './stream-state.js';

/** The position after a reading that has succeeded: its chain closed, its cursor where it may be. */
export function closeChain(
  { state, cursor, start }: Run,
  { position }: Part,
  kind: ReadingKind,
  { chain, ordered }: { readonly chain: Chain; readonly ordered: boolean },
): Position {
  // What lies before the old start is read once: its pages are not asked for again.
  const { validators } = kind === 'earlier' ? position : chain;
  const open: Position = { ...position, [kind]: null, validators };
  if (chain.drifted) return open;
  const closed =
    kind === 'incremental'
      ? open
      : { ...open, start: earliestStart(position.start, chain.asked, state.orderType) };
  if (kind === 'earlier') return closed;
  if (cursor.kind === 'token') {
    // A full listing names nothing that is gone: what was deleted since the committed token, only the changes since it tell.
    const { token } = chain;
    return {
      ...closed,
      cursor: kind === 'full' ? (position.cursor ?? token) : (token ?? position.cursor),
    };
  }
  const type = state.orderType;
  if (cursor.kind !== 'field' || type === null) return closed;
  const began = { at: chain.beganAt, serverAt: chain.serverBeganAt };
  const committed = readOrderValue(position.cursor, type);
  if (chain.read === 0) {
    // A full reading that comes back empty may not have been allowed to see what is there; one with unchanged pages is not empty.
    const moves = isInstantType(type) && kind === 'incremental' && !chain.unchanged;
    return moves
      ? { ...closed, cursor: finishEmpty(committed, type, began, committed ?? start) }
      : closed;
  }
  const { highest } = chain;
  return {
    ...closed,
    cursor: finish({ cursor: committed, from: null, highest, ordered }, type, began),
  };
}
