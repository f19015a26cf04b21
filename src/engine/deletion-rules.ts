import type { AnyStream } from '../connector/connector.js';
import type { Deletions } from '../connector/deletions.js';

/** The ways in which a stream's deletions are found, as a list. */
export function deletionRules({
  deletions,
}: AnyStream): readonly Deletions<unknown, unknown, unknown>[] {
  if (deletions === undefined) return [];
  return 'kind' in deletions ? [deletions] : deletions;
}
