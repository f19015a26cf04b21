/** A promise of the engine's that a world found broken. */
export class Violation extends Error {
  override readonly name = 'Violation';

  constructor(
    readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I8' | 'I9' | 'I13' | 'I15',
    message: string,
  ) {
    super(`${invariant}: ${message}`);
  }
}

export function must(
  holds: boolean,
  invariant: Violation['invariant'],
  message: () => string,
): asserts holds {
  if (!holds) throw new Violation(invariant, message());
}
