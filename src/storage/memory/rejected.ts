import type { RejectedStore } from '../rejected.js';
import type { Tables } from './tables.js';

export function rejectedVerbs(tables: Tables): RejectedStore {
  return {
    listRejected: ({ ref, after, limit }) =>
      tables.work(() =>
        (tables.stream(ref)?.rejected ?? [])
          .filter(({ row }) => after === undefined || Number(row.id) > Number(after))
          .slice(0, limit)
          .map(({ row }) => structuredClone(row)),
      ),
  };
}
