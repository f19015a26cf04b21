/** Listens once to each signal, however many wait with it: to add and remove listeners one by one would take the square of their number. */
export class AbortGroups<T> {
  readonly #groups = new Map<
    AbortSignal,
    { readonly members: Set<T>; readonly listen: () => void }
  >();
  readonly #aborted: (members: Iterable<T>, reason: unknown) => void;

  constructor(aborted: (members: Iterable<T>, reason: unknown) => void) {
    this.#aborted = aborted;
  }

  add(signal: AbortSignal, member: T): void {
    const known = this.#groups.get(signal);
    if (known) {
      known.members.add(member);
      return;
    }
    const members = new Set([member]);
    const listen = (): void => {
      this.#groups.delete(signal);
      this.#aborted(members, signal.reason);
    };
    this.#groups.set(signal, { members, listen });
    signal.addEventListener('abort', listen, { once: true });
  }

  delete(signal: AbortSignal, member: T): void {
    const group = this.#groups.get(signal);
    if (!group?.members.delete(member) || group.members.size > 0) return;
    signal.removeEventListener('abort', group.listen);
    this.#groups.delete(signal);
  }
}
