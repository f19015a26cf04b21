import { ConfigError } from './errors.js';

/** A length of time: milliseconds, or a number with a unit such as `'500ms' '30s' '5m' '1h' '7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/**
 * Milliseconds of a duration.
 *
 * @param path where the duration was written, for the error message
 * @throws {ConfigError} when it is negative, not finite, or not in the form of {@link Duration}
 * @example parseDuration('5m', 'schedule.every') // 300000
 */
export function parseDuration(value: Duration, path: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  const match = typeof value === 'string' ? PATTERN.exec(value) : null;
  const unit = UNITS[match?.[2] ?? ''];
  if (match && unit !== undefined) return Number(match[1]) * unit;
  throw new ConfigError(
    `${path}: ${JSON.stringify(value)} is not a duration; write milliseconds or a number with ms, s, m, h or d, as in '30s'`,
    { context: { path } },
  );
}
