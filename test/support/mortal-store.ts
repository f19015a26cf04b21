import type { Store } from 'syncline';

/** When a process dies: before a commit reaches the store, or after, before it learns of it. */
export type Death = 'before' | 'after';

export interface MortalStore {
  readonly store: Store;
  /** How many commits the process has made. */
  readonly commits: () => number;
  readonly isDead: () => boolean;
}

/** A store as a process sees it that dies at its n-th commit: from then on nothing reaches the store, and nothing is answered. */
export function mortalStore(inner: Store, nth: number, death: Death): MortalStore {
  let commits = 0;
  let dead = false;
  const never = (): Promise<never> => new Promise<never>(() => undefined);
  const store = new Proxy(inner, {
    get(target, verb) {
      if (verb === 'open' || verb === 'close') return async () => Promise.resolve();
      const method: unknown = Reflect.get(target, verb);
      if (!isVerb(method)) return method;
      return async (params: unknown): Promise<unknown> => {
        if (dead) return never();
        if (verb !== 'commit') return method.call(target, params);
        commits += 1;
        if (commits !== nth) return method.call(target, params);
        dead = true;
        if (death === 'after') await method.call(target, params);
        return never();
      };
    },
  });
  return { store, commits: () => commits, isDead: () => dead };
}

function isVerb(value: unknown): value is (params: unknown) => Promise<unknown> {
  return typeof value === 'function';
}
