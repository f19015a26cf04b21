import {
  callback,
  type Check,
  duration,
  list,
  originText,
  show,
  wholeNumber,
  wrong,
} from '../connector/definition-checks.js';
import { isObject } from '../core/json.js';

/** @throws {ConfigError} naming the option that is no value of its kind; what it may be beyond that is checked where it is read */
export function checkOptions(options: unknown): void {
  if (!isObject(options)) throw wrong('createSyncer', 'expected { connectors, … }');
  fields(OPTIONS)(options, '');
}

/** An object, of whose fields those that are given are checked. */
function fields(checks: Readonly<Record<string, Check>>): Check {
  return (value, path) => {
    if (!isObject(value)) throw wrong(path, `expected an object, found ${show(value)}`);
    for (const [field, check] of Object.entries(checks)) {
      const given = value[field];
      if (given !== undefined) check(given, path === '' ? field : `${path}.${field}`);
    }
  };
}

/** What has all of these functions. */
function having(...functions: readonly string[]): Check {
  return (value, path) => {
    const given = new Object(value);
    const has = (name: string): boolean => typeof Reflect.get(given, name) === 'function';
    if (!functions.every(has))
      throw wrong(path, `expected { ${functions.join(', ')} }, found ${show(value)}`);
  };
}

const encryptionKey: Check = (value, path) => {
  if (typeof value === 'string' || Array.isArray(value)) return;
  // What it is may be a key: only its kind is told.
  const kind = typeof value === 'object' ? 'no text' : `a ${typeof value}`;
  throw wrong(
    path,
    `is ${kind}; give 32 random bytes as hex or base64 (openssl rand -hex 32), or a text of at least 16 characters; for rotation a list, [new, old]`,
  );
};

const OPTIONS: Readonly<Record<string, Check>> = {
  store: having('open', 'close'),
  encryptionKey,
  keys: having('wrap', 'unwrap'),
  logger: having('debug', 'info', 'warn', 'error'),
  concurrency: fields({ runs: wholeNumber, perConnection: wholeNumber }),
  deadlines: fields({ maxRunTime: duration, stallAfter: duration }),
  retention: fields({}),
  traffic: fields({ maxBodyBytes: wholeNumber, maxBytes: wholeNumber, maxAge: duration }),
  http: fields({
    fetch: callback,
    timeouts: fields({ connect: duration, headers: duration, body: duration }),
    maxBytes: wholeNumber,
    lookup: callback,
    maxWait: duration,
    allowedOrigins: (value, path) => {
      list(value, path).forEach((origin, i) => {
        originText(origin, `${path}[${i}]`);
      });
    },
  }),
  limiter: having('acquire', 'block', 'blockedUntil', 'skewMs', 'limits', 'forget', 'close'),
  clock: having('now', 'monotonic', 'sleep'),
  random: callback,
  host: having('load'),
};
