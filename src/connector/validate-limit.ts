import { type Duration, parseDuration } from '../core/duration.js';
import { isObject } from '../core/json.js';
import {
  callback,
  type Check,
  known,
  positive,
  ratio,
  required,
  show,
  wholeNumber,
  wrong,
} from './definition-checks.js';

import { parseLimitMatch } from './limit-match.js';

/** What each kind of limit is declared with, by the field that tells the kind. */
const KINDS = {
  concurrency: { needs: ['concurrency'], takes: [] },
  bucket: { needs: ['bucket', 'refill', 'per'], takes: [] },
  tokens: { needs: ['tokens', 'per'], takes: ['burst', 'reserve'] },
} as const;

/** A request costs one: with less room, none would ever be sent. */
const fromOne: Check = (value, path) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 1)
    throw wrong(path, `expected a number from 1, found ${show(value)}`);
};

const EVERY: Readonly<Record<string, Check>> = {
  scope: (value, path) => {
    if (value !== 'connection' && value !== 'connector' && typeof value !== 'function')
      throw wrong(path, "expected 'connection', 'connector' or a function");
  },
  match: (value, path) => {
    parseLimitMatch(value, path);
  },
  cost: callback,
};

const OWN: Readonly<Record<string, Check>> = {
  tokens: fromOne,
  per: (value, path) => {
    positive(parseDuration(value as Duration, path), path);
  },
  burst: fromOne,
  reserve: ratio,
  bucket: fromOne,
  refill: positive,
  concurrency: wholeNumber,
};

/** @throws {ConfigError} naming the path of what is wrong, also where one limit has fields of two kinds: only one would be kept */
export function validateLimit(limit: unknown, path: string): void {
  if (!isObject(limit)) throw wrong(path, 'expected a limit');
  known(limit, path, { ...EVERY, ...OWN });
  const given = (field: string): boolean => limit[field] !== undefined;
  const kind = (['concurrency', 'bucket', 'tokens'] as const).find(given) ?? 'tokens';
  const { needs, takes } = KINDS[kind];
  required(limit, path, ['scope', ...needs]);
  const fields: readonly string[] = [...needs, ...takes];
  const other = Object.keys(OWN).find((field) => given(field) && !fields.includes(field));
  if (other !== undefined)
    throw wrong(`${path}.${other}`, `does not go with '${kind}'; declare a second limit for it`);
}
