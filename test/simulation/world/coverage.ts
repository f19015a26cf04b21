import type { ServedPage } from 'syncline/testing';

/** What has happened in a world, or in many: each feature with how often. */
export class Coverage {
  readonly #counts = new Map<string, number>();

  count(feature: string, times = 1): void {
    this.#counts.set(feature, (this.#counts.get(feature) ?? 0) + times);
  }

  countPage({ versions, request }: ServedPage): void {
    const keys = new Set(versions.map(({ key }) => key));
    if (keys.size < versions.length) this.count('page: repeats');
    const isEarlier = request.url.searchParams.has('until');
    if (isEarlier) this.count('page: of a stretch before an old start');
  }

  add(other: Coverage): void {
    for (const [feature, times] of other.#counts) this.count(feature, times);
  }

  /** Those of some features that have never happened. */
  missing(features: readonly string[]): readonly string[] {
    return features.filter((feature) => !this.#counts.has(feature));
  }

  toString(): string {
    const lines = [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
    return lines.map(([feature, times]) => `${String(times).padStart(8)}  ${feature}`).join('\n');
  }
}
