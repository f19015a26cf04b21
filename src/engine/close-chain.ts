import { isInstantType, readOrderValue } from '../core/order-value.js';
import type { RunMode } from '../storage/runs.js';
import { finish, finishEmpty } from './field-cursor.js';
import type { Part, Run } from './run.js';
import type { Chain, Position } from './stream-state.js';

/** The position after a reading that has succeeded: its chain closed, its cursor where it may be. */
export function closeChain(
  { state, cursor, start }: Run,
  { position }: Part,
  mode: RunMode,
  { chain, ordered }: { readonly chain: Chain; readonly ordered: boolean },
): Position {
  const closed: Position = { ...position, [mode]: null };
  if (chain.drifted) return closed;
  if (cursor.kind === 'token') {
    // A full listing names nothing that is gone: what was deleted since the committed token, only the changes since it tell.
    const { token } = chain;
    return {
      ...closed,
      cursor: mode === 'full' ? (position.cursor ?? token) : (token ?? position.cursor),
    };
  }
  const type = state.orderType;
  if (cursor.kind !== 'field' || type === null) return closed;
  const began = { at: chain.beganAt, serverAt: chain.serverBeganAt };
  const committed = readOrderValue(position.cursor, type);
  if (chain.read === 0) {
    // A full reading that comes back empty may not have been allowed to see what is there.
    const moves = isInstantType(type) && mode === 'incremental';
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
