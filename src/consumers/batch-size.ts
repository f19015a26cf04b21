import { ConfigError } from '../core/errors.js';

/** How many changes a reader gets at a time. @throws {ConfigError} when it is no whole number from 1 on: none at a time would never come to an end */
export function batchSize(given: number, where: string): number {
  if (Number.isSafeInteger(given) && given >= 1) return given;
  throw new ConfigError(
    `${where}: expected batch to be a whole number of at least 1, found ${String(given)}`,
    { context: { path: 'batch' } },
  );
}
