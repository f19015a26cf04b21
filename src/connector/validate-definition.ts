import { isObject } from '../core/json.js';
import {
  callback,
  type Check,
  duration,
  fieldName,
  fieldOrCallback,
  type Fields,
  known,
  list,
  oneOf,
  originText,
  ratio,
  required,
  schema,
  show,
  text,
  wholeNumber,
  wrong,
} from './definition-checks.js';
import { validateLimit } from './validate-limit.js';
import { inputFields } from './schema.js';

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/** Throws a `ConfigError` that names the path of the first thing that is wrong in a connector's definition. */
export function validateDefinition(definition: unknown): void {
  if (!isObject(definition)) throw wrong('definition', 'expected an object');
  known(definition, '', CONNECTOR);
  required(definition, '', ['name', 'streams']);
  for (const [name, stream] of Object.entries(definition['streams'] as Fields)) {
    validateAfter(stream, `streams.${name}`, name, definition['streams'] as Fields);
  }
}

const CONNECTOR: Readonly<Record<string, Check>> = {
  name: (value, path) => {
    if (typeof value !== 'string' || !NAME.test(value))
      throw wrong(
        path,
        'expected letters, digits, - and _, 64 at most, beginning with a letter or digit',
      );
  },
  baseUrl: (value, path) => {
    if (typeof value === 'function') return;
    if (typeof value !== 'string' || !URL.canParse(value) || !/^https?:/.test(value))
      throw wrong(path, 'expected an http or https address, or a function that returns one');
  },
  allowedOrigins: (value, path) => {
    list(value, path).forEach((origin, i) => {
      originText(origin, `${path}[${i}]`);
    });
  },
  config: schema,
  auth: (value, path) => {
    if (!isObject(value) || typeof value['apply'] !== 'function')
      throw wrong(path, 'expected bearer(), basic(), apiKey() or customAuth()');
  },
  headers: (value, path) => {
    if (!isObject(value) || Object.values(value).some((header) => typeof header !== 'string'))
      throw wrong(path, 'expected an object of header values');
  },
  limits: (value, path) => {
    list(value, path).forEach((limit, i) => {
      validateLimit(limit, `${path}[${i}]`);
    });
  },
  network: oneOf('public', 'any'),
  rateLimit: callback,
  check: callback,
  configChanged: callback,
  streams: (value, path) => {
    if (!isObject(value) || Object.keys(value).length === 0)
      throw wrong(path, 'expected an object with at least one stream');
    for (const [name, stream] of Object.entries(value)) {
      if (!NAME.test(name))
        throw wrong(`${path}.${name}`, 'expected a name of letters, digits, - and _, 64 at most');
      validateStream(stream, `${path}.${name}`);
    }
  },
};

const STREAM: Readonly<Record<string, Check>> = {
  schema,
  key: (value, path) => {
    const valid =
      typeof value === 'function' ||
      fieldName(value) ||
      (Array.isArray(value) && value.length > 0 && value.every(fieldName));
    if (!valid) throw wrong(path, 'expected a field name, a list of field names, or a function');
  },
  pull: callback,
  fields: callback,
  cursor: validateCursor,
  modified: fieldOrCallback,
  deletions: (value, path) => {
    const rules: readonly unknown[] = Array.isArray(value) ? value : [value];
    rules.forEach((rule, i) => {
      validateDeletions(rule, Array.isArray(value) ? `${path}[${i}]` : path);
      const kind = isObject(rule) ? rule['kind'] : undefined;
      const before = rules.slice(0, i).some((other) => isObject(other) && other['kind'] === kind);
      if (kind !== 'flag' && before)
        throw wrong(`${path}[${i}]`, `there is a rule of the kind ${show(kind)} already`);
    });
  },
  after: (value, path) => {
    list(value, path);
  },
  full: (value, path) => {
    if (!isObject(value)) throw wrong(path, "expected { every }, as in { every: '7d' }");
    known(value, path, { every: duration });
    required(value, path, ['every']);
  },
  partitions: callback,
  partition: schema,
  partitionConcurrency: wholeNumber,
  schedule: (value, path) => {
    if (!isObject(value)) throw wrong(path, 'expected { every } or { cron }');
    known(value, path, { every: duration, cron: text, timezone: text, jitter: duration });
    if ('every' in value === 'cron' in value)
      throw wrong(path, "expected either 'every' or 'cron'");
  },
  invalid: (value, path) => {
    if (value === 'quarantine' || value === 'fail') return;
    if (!isObject(value)) throw wrong(path, "expected 'quarantine', 'fail' or { maxRatio }");
    known(value, path, { maxRatio: ratio });
    required(value, path, ['maxRatio']);
  },
  volatile: (value, path) => {
    list(value, path);
  },
  version: wholeNumber,
  history: oneOf(true, false),
};

function validateStream(stream: unknown, path: string): void {
  if (!isObject(stream)) throw wrong(path, 'expected a stream: { schema, key, pull, … }');
  known(stream, path, STREAM);
  required(stream, path, ['schema', 'key', 'pull']);
  const fields = inputFields(stream['schema'] as Parameters<typeof inputFields>[0]);
  const named: readonly (readonly [string, unknown])[] = [
    ...(Array.isArray(stream['key'])
      ? stream['key'].map((field, i) => [`key[${i}]`, field] as const)
      : [['key', stream['key']] as const]),
    ['cursor.field', isObject(stream['cursor']) ? stream['cursor']['field'] : undefined],
    ['modified', stream['modified']],
  ];
  for (const [where, field] of named) {
    if (fields && typeof field === 'string' && !fields.includes(field)) {
      throw wrong(
        `${path}.${where}`,
        `'${field}' is not in the schema; it has: ${fields.join(', ')}`,
      );
    }
  }
}

function validateCursor(value: unknown, path: string): void {
  if (value === 'token') return;
  if (!isObject(value)) throw wrong(path, "expected { field, … } or 'token'");
  if (value['type'] === 'token') {
    known(value, path, { type: text, expired: callback });
    return;
  }
  known(value, path, {
    field: fieldOrCallback,
    type: oneOf('iso', 'epoch-s', 'epoch-ms', 'number', 'string'),
    order: oneOf('ascending', 'unordered'),
    overlap: duration,
    start: (start, where) => {
      if (!['string', 'number', 'function'].includes(typeof start))
        throw wrong(where, "expected a value of the field's kind, or a function that returns one");
    },
    expired: callback,
  });
  required(value, path, ['field']);
  if (value['type'] === 'string' && value['overlap'] !== undefined)
    throw wrong(`${path}.overlap`, 'a text has no distance; leave it out, or declare another type');
  if (value['type'] === 'number' && typeof value['overlap'] === 'string')
    throw wrong(`${path}.overlap`, 'a numeric cursor overlaps by a number, not by a duration');
  if (
    value['type'] === 'number' &&
    value['order'] !== 'ascending' &&
    value['overlap'] === undefined
  ) {
    throw wrong(
      `${path}.overlap`,
      "an unordered number cursor needs one: how far below the highest number may a record still appear? Write 0 if never, or order: 'ascending'",
    );
  }
}

function validateDeletions(rule: unknown, path: string): void {
  if (!isObject(rule))
    throw wrong(path, "expected { kind: 'flag' | 'feed' | 'snapshot' | 'probe', … }");
  switch (rule['kind']) {
    case 'flag':
      known(rule, path, { kind: text, when: callback });
      required(rule, path, ['when']);
      return;
    case 'snapshot':
      known(rule, path, {
        kind: text,
        every: duration,
        maxDeleteRatio: ratio,
        confirm: callback,
        stable: oneOf(true, false),
      });
      return;
    case 'feed':
      known(rule, path, { kind: text, pull: callback });
      required(rule, path, ['pull']);
      return;
    case 'probe':
      known(rule, path, { kind: text, every: duration, maxDeleteRatio: ratio, check: callback });
      required(rule, path, ['check']);
      return;
    default:
      throw wrong(
        `${path}.kind`,
        `${show(rule['kind'])} is not a kind of deletion; there are 'flag', 'feed', 'snapshot' and 'probe'`,
      );
  }
}

/** Streams named in `after` exist, and none waits for itself by way of others. */
function validateAfter(stream: unknown, path: string, name: string, streams: Fields): void {
  const before = new Set<unknown>();
  const visit = (current: unknown): void => {
    const after = isObject(current) && Array.isArray(current['after']) ? current['after'] : [];
    for (const other of after as readonly unknown[]) {
      if (typeof other !== 'string' || !Object.hasOwn(streams, other)) {
        throw wrong(
          `${path}.after`,
          `${show(other)} is not a stream; there are: ${Object.keys(streams).join(', ')}`,
        );
      }
      if (other === name) throw wrong(`${path}.after`, `'${name}' would wait for itself`);
      if (before.has(other)) continue;
      before.add(other);
      visit(streams[other]);
    }
  };
  visit(stream);
}
