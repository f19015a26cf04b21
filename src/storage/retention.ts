/** Letting go of what is old enough. */
export interface RetentionStore {
  /**
   * Removes the oldest of what is before `before`, `limit` at most: tombstones by when they were buried, as long as no superseded version of
   * their record is kept; superseded versions by when they were superseded; rejected records by when they came. Raises the mark up to which the
   * feed counts as pruned. Returns how many it has removed; fewer than `limit`: that was all.
   */
  pruneRecords(params: {
    readonly kind: 'tombstones' | 'versions' | 'rejected';
    readonly before: number;
    readonly limit: number;
  }): Promise<number>;
}
