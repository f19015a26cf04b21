import fc from 'fast-check';

/** The same examples each time; others with another SEED. */
fc.configureGlobal({ seed: Number(process.env['SEED'] ?? 20_260_101) });

/** Milliseconds of the years that APIs write, to the first and the last. */
const FIRST = Date.UTC(2000, 0, 1) - 2_000 * 31_556_952_000;
const LAST = Date.UTC(9_999, 11, 31, 23, 59, 59);
const anyMs = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2100, 0, 1) }) },
  { weight: 1, arbitrary: fc.integer({ min: FIRST, max: LAST }) },
);

const offsets = fc.oneof(
  fc.constantFrom(
    'Z',
    'z',
    '',
    '+00:00',
    '-00:00',
    '+0000',
    '+05:30',
    '-0330',
    '+14',
    '-12:00',
    '+23:59',
  ),
);

/** The offset of an ISO text in minutes. */
function minutesOf(offset: string): number {
  if (offset === '' || offset.toUpperCase() === 'Z') return 0;
  const hours = Number(offset.slice(1, 3));
  const minutes = offset.length > 3 ? Number(offset.slice(-2)) : 0;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

/** An ISO text together with what it says: exact, in nanoseconds. */
export interface WrittenInstant {
  readonly text: string;
  readonly nanos: bigint;
}

/** ISO texts in every form that is read, each with its meaning by a way of reckoning of its own. */
export const isoTexts: fc.Arbitrary<WrittenInstant> = fc
  .record({
    ms: anyMs,
    offset: offsets,
    separator: fc.constantFrom('T', ' ', 't'),
    digits: fc.integer({ min: 0, max: 9 }),
    nanos: fc.integer({ min: 0, max: 999_999_999 }),
    precision: fc.constantFrom('second', 'second', 'second', 'minute', 'day'),
  })
  .map(({ ms, offset, separator, digits, nanos, precision }) => {
    const seconds = Math.floor(ms / 1_000);
    const local = new Date(seconds * 1_000).toISOString();
    const day = local.slice(-24, -14);
    if (precision === 'day') {
      return { text: day, nanos: BigInt(Date.parse(`${day}T00:00:00Z`)) * 1_000_000n };
    }
    const shift = BigInt(minutesOf(offset)) * 60_000_000_000n;
    if (precision === 'minute') {
      const text = `${day}${separator}${local.slice(-13, -8)}${offset}`;
      return { text, nanos: BigInt(Math.floor(seconds / 60)) * 60_000_000_000n - shift };
    }
    const fraction = String(nanos).padStart(9, '0').slice(0, digits);
    const text = `${day}${separator}${local.slice(-13, -5)}${digits === 0 ? '' : `.${fraction}`}${offset}`;
    return {
      text,
      nanos: BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0')) - shift,
    };
  })
  .filter(({ text }) => /^\d{4}-/.test(text));

/** Numbers and numeric texts of any length, with their exact value: units over ten to the power of 30. */
export const numerics: fc.Arbitrary<{ readonly value: string | number; readonly exact: bigint }> =
  fc.oneof(
    fc.integer().map((value) => ({ value, exact: BigInt(value) * 10n ** 30n })),
    fc
      .bigInt({ min: -(10n ** 40n), max: 10n ** 40n })
      .map((value) => ({ value: value.toString(), exact: value * 10n ** 30n })),
    fc
      .record({
        whole: fc.bigInt({ min: 0n, max: 10n ** 25n }),
        fraction: fc.stringMatching(/^\d{1,20}$/),
        minus: fc.boolean(),
      })
      .map(({ whole, fraction, minus }) => {
        const exact = whole * 10n ** 30n + BigInt(fraction.padEnd(30, '0'));
        return { value: `${minus ? '-' : ''}${whole}.${fraction}`, exact: minus ? -exact : exact };
      }),
  );

/** Any JSON, with odd names and texts, but nothing that is written as null. */
export const json = fc.jsonValue({ noUnicodeString: false, maxDepth: 4 });
