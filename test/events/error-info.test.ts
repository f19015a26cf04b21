import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HttpError, NetworkError, SynclineError, ValidationError } from '../../src/core/errors.js';
import { toErrorInfo } from '../../src/events/error-info.js';

function roundTrip(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('toErrorInfo', () => {
  test('a Syncline error keeps its code, context and causes', () => {
    const system = Object.assign(new Error('connect ECONNREFUSED'), {
      code: 'ECONNREFUSED',
      port: 80,
    });
    const error = new NetworkError('no answer', {
      cause: new TypeError('fetch failed', { cause: system }),
      context: { connector: 'github', run: 'r1' },
    });
    const info = toErrorInfo(error);
    expect(info).toMatchObject({
      name: 'NetworkError',
      code: 'NETWORK',
      message: 'no answer',
      retryable: true,
      context: { connector: 'github', run: 'r1' },
      cause: {
        name: 'TypeError',
        code: 'UNKNOWN',
        retryable: false,
        cause: { code: 'ECONNREFUSED', context: { port: 80 } },
      },
    });
    expect(info.stack).toContain('no answer');
    expect(roundTrip(info)).toEqual(info);
  });

  test('an HttpError shows its status, but neither headers nor body', () => {
    const error = new HttpError('refused', {
      status: 403,
      headers: new Headers({ 'set-cookie': 'session=secret-one' }),
      body: 'secret-two',
    });
    const info = toErrorInfo(error);
    expect(info.context).toEqual({ status: 403 });
    expect(JSON.stringify(info)).not.toContain('secret');
  });

  test('a ValidationError shows its issues', () => {
    const issues = [{ message: 'expected string', path: ['user', 0] }];
    expect(toErrorInfo(new ValidationError('wrong', { issues })).context).toEqual({ issues });
  });

  test('an AggregateError is explained by its first error', () => {
    const error = new AggregateError([new Error('first'), new Error('second')], 'all failed');
    expect(toErrorInfo(error)).toMatchObject({
      message: 'all failed',
      cause: { message: 'first' },
    });
  });

  test.each([
    ['text', 'text'],
    [undefined, 'thrown: "undefined"'],
    [null, 'thrown: null'],
    [7n, 'thrown: "7"'],
    [Symbol('s'), 'thrown: "Symbol(s)"'],
    [() => 1, 'thrown: "[function]"'],
    [{ a: 1 }, 'thrown: {"a":1}'],
    [[1], 'thrown: [1]'],
  ])('what is no error: %s', (thrown, message) => {
    expect(toErrorInfo(thrown)).toEqual({
      name: 'Error',
      code: 'UNKNOWN',
      message,
      retryable: false,
      context: {},
    });
  });

  test('cycles of causes and contexts end', () => {
    const context: Record<string, unknown> = { n: 1 };
    context['self'] = context;
    const error = new SynclineError('round', { context });
    Object.defineProperty(error, 'cause', { value: error });
    const info = toErrorInfo(error);
    expect(info.context).toEqual({ n: 1, self: '[circular]' });
    let causes = 0;
    for (let at = info.cause; at; at = at.cause) causes++;
    expect(causes).toBe(5);
  });

  test('getters, proxies and prototypes that throw', () => {
    const hostile = new Error('hidden');
    // V8 reads the name when it first needs the stack.
    expect(hostile.stack).toContain('hidden');
    for (const field of ['name', 'code', 'stack', 'cause', 'context', 'retryable', 'status']) {
      Object.defineProperty(hostile, field, {
        get() {
          throw new Error('no');
        },
      });
    }
    expect(toErrorInfo(hostile)).toMatchObject({
      name: 'Error',
      code: 'UNKNOWN',
      message: 'hidden',
    });
    const trap = (): never => {
      throw new Error('no');
    };
    const proxy = new Proxy({}, { get: trap, ownKeys: trap, getPrototypeOf: trap, has: trap });
    expect(toErrorInfo(proxy).message).toBe('thrown: "[unreadable]"');
    const { proxy: revoked, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(toErrorInfo(revoked).message).toBe('thrown: "[unreadable]"');
  });

  test('is bounded', () => {
    const big = 'x'.repeat(1_000_000);
    const cause = new Error(big, { cause: new Error(big) });
    const error = new SynclineError(big, {
      cause,
      context: { big, list: Array(1_000_000).fill(big) },
    });
    expect(JSON.stringify(toErrorInfo(error)).length).toBeLessThan(60_000);
  });

  test('never throws and always gives what JSON can hold', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withMap: true,
          withTypedArray: true,
          withNullPrototype: true,
          withDate: true,
        }),
        (thrown) => {
          const info = toErrorInfo(thrown);
          expect(roundTrip(info)).toEqual(info);
          const inContext = toErrorInfo(Object.assign(new Error('m'), { context: { thrown } }));
          expect(roundTrip(inContext)).toEqual(inContext);
        },
      ),
      { numRuns: 500 },
    );
  });
});
