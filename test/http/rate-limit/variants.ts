import type { RateLimitInput, RateLimitSignal } from '../../../src/http/rate-limit/types.js';

/** The local clock of every variant. */
export const NOW = Date.UTC(2026, 2, 2, 10, 15, 30);

export interface Variant {
  readonly name: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly request?: RateLimitInput['request'];
  /** What must hold; `null` for a field that must be absent. Fields not named may be anything. */
  readonly expected: {
    readonly [K in keyof Omit<RateLimitSignal, 'policies'>]?: RateLimitSignal[K] | null;
  };
}

const epoch = (seconds: number): string => String(NOW / 1000 + seconds);
const iso = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();

/** Shapes that are in no fixture: other spellings, units and bodies of the same kinds. */
export const VARIANTS: readonly Variant[] = [
  {
    name: 'four fields by hour and day, the day exhausted (Tumblr)',
    status: 429,
    headers: {
      'X-Ratelimit-Perhour-Limit': '1000',
      'X-Ratelimit-Perhour-Remaining': '900',
      'X-Ratelimit-Perhour-Reset': '60',
      'X-Ratelimit-Perday-Limit': '5000',
      'X-Ratelimit-Perday-Remaining': '0',
      'X-Ratelimit-Perday-Reset': '7200',
    },
    expected: { limited: true, retryAfterMs: 7_200_000, limit: 5000, remaining: 0, kind: 'quota' },
  },
  {
    name: 'words glued after the family (Imgur)',
    status: 200,
    headers: {
      'X-RateLimit-UserLimit': '2000',
      'X-RateLimit-UserRemaining': '1999',
      'X-RateLimit-UserReset': epoch(3600),
      'X-RateLimit-ClientLimit': '12500',
      'X-RateLimit-ClientRemaining': '12499',
    },
    expected: { limited: false, limit: 2000, remaining: 1999, resetAt: NOW + 3_600_000 },
  },
  {
    name: 'vendor before the family, ISO resets (Anthropic)',
    status: 429,
    headers: {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '12',
      'anthropic-ratelimit-requests-reset': iso(9),
      'anthropic-ratelimit-input-tokens-limit': '40000',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': iso(41),
    },
    body: {
      type: 'error',
      error: { type: 'rate_limit_error', message: 'This request would exceed your rate limit' },
    },
    expected: { limited: true, retryAfterMs: 41_000, limit: 40000, remaining: 0, kind: 'throttle' },
  },
  {
    name: 'overloaded with its own status',
    status: 529,
    body: { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    expected: { limited: true, retryAfterMs: null, kind: 'throttle' },
  },
  {
    name: 'window at the end of the name (Cerebras)',
    status: 429,
    headers: {
      'x-ratelimit-limit-requests-day': '14400',
      'x-ratelimit-remaining-requests-day': '14000',
      'x-ratelimit-reset-requests-day': '33011.38',
      'x-ratelimit-limit-tokens-minute': '60000',
      'x-ratelimit-remaining-tokens-minute': '0',
      'x-ratelimit-reset-tokens-minute': '11.382',
    },
    expected: { limited: true, retryAfterMs: 11_382, limit: 60000, remaining: 0, kind: 'throttle' },
  },
  {
    name: 'durations in both units (Groq)',
    status: 429,
    headers: {
      'x-ratelimit-limit-requests': '14400',
      'x-ratelimit-remaining-requests': '14370',
      'x-ratelimit-reset-requests': '2m59.56s',
      'x-ratelimit-limit-tokens': '18000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '766ms',
    },
    expected: { limited: true, retryAfterMs: 766, remaining: 0 },
  },
  {
    name: 'pairs of limit and seconds with counts (Riot)',
    status: 429,
    headers: {
      'X-App-Rate-Limit': '20:1,100:120',
      'X-App-Rate-Limit-Count': '1:1,100:120',
      'X-Rate-Limit-Type': 'application',
      'Retry-After': '87',
    },
    expected: {
      limited: true,
      retryAfterMs: 87_000,
      limit: 100,
      remaining: 0,
      scope: 'app',
      kind: 'throttle',
    },
  },
  {
    name: 'a JSON header (Trakt)',
    status: 429,
    headers: {
      'X-Ratelimit': `{"name":"AUTHED_API_GET_LIMIT","period":300,"limit":1000,"remaining":0,"until":"${iso(42)}"}`,
      'Retry-After': '42',
    },
    expected: {
      limited: true,
      retryAfterMs: 42_000,
      limit: 1000,
      remaining: 0,
      resetAt: NOW + 42_000,
    },
  },
  {
    name: 'credits, no family word',
    status: 429,
    headers: {
      'X-API-Credits-Limit': '50',
      'X-API-Credits-Remaining': '0',
      'X-API-Credits-Reset': '12',
    },
    expected: { limited: true, retryAfterMs: 12_000, limit: 50, remaining: 0 },
  },
  {
    name: 'delta milliseconds by name',
    status: 429,
    headers: {
      'X-RateLimit-Limit': '10',
      'X-RateLimit-Remaining': '0',
      'X-RateLimit-Reset-Milliseconds': '850',
    },
    expected: { limited: true, retryAfterMs: 850, resetAt: NOW + 850 },
  },
  {
    name: 'epoch milliseconds, timestamp in the name (Bybit)',
    status: 200,
    headers: { 'X-Bapi-Limit': '10', 'X-Bapi-Limit-Status': '9' },
    body: { retCode: 10006, retMsg: 'Too many visits. Exceeded the API Rate Limit.', result: {} },
    expected: { limited: true, kind: 'throttle' },
  },
  {
    name: 'reset-after wins over the name of an instant',
    status: 429,
    headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset-After': '1.5' },
    expected: { limited: true, retryAfterMs: 1500 },
  },
  {
    name: 'fields with underscores',
    status: 429,
    headers: { X_RateLimit_Remaining: '0', X_RateLimit_Reset: epoch(20) },
    expected: { limited: true, retryAfterMs: 20_000 },
  },
  {
    name: 'requests left and quota in camel spelling',
    status: 200,
    headers: { 'X-RequestsRemaining': '41', 'X-RequestLimit': '50' },
    expected: { limited: false, limit: 50, remaining: 41 },
  },
  {
    name: 'azure subscription reads',
    status: 200,
    headers: { 'x-ms-ratelimit-remaining-subscription-reads': '11998' },
    expected: { limited: false, remaining: 11998, scope: 'connection' },
  },
  {
    name: 'a vendor without x- (Fastly)',
    status: 429,
    headers: { 'Fastly-RateLimit-Remaining': '0', 'Fastly-RateLimit-Reset': epoch(1200) },
    expected: { limited: true, retryAfterMs: 1_200_000, kind: 'quota' },
  },
  {
    name: 'two numbered pairs in one field',
    status: 200,
    headers: { 'X-RateLimit-Usage': 'minute=5/60, day=100/1000' },
    expected: { limited: false, limit: 60, remaining: 55 },
  },
  {
    name: 'ISO duration as reset',
    status: 429,
    headers: { 'RateLimit-Remaining': '0', 'RateLimit-Reset': 'PT1M30S' },
    expected: { limited: true, retryAfterMs: 90_000 },
  },
  {
    name: 'asctime date in Retry-After',
    status: 503,
    headers: { 'Retry-After': 'Mon Mar  2 10:16:00 2026' },
    expected: { limited: true, retryAfterMs: 30_000, resetAt: NOW + 30_000 },
  },
  {
    name: 'numeric zone in Retry-After',
    status: 429,
    headers: { 'Retry-After': 'Mon, 02 Mar 2026 11:16:00 +0100' },
    expected: { limited: true, retryAfterMs: 30_000 },
  },
  {
    name: 'negative Retry-After',
    status: 429,
    headers: { 'Retry-After': '-5' },
    expected: { limited: true, retryAfterMs: null, resetAt: null },
  },
  {
    name: 'hex Retry-After',
    status: 429,
    headers: { 'Retry-After': '0x10' },
    expected: { limited: true, retryAfterMs: null },
  },
  {
    name: 'a day that does not exist',
    status: 429,
    headers: { 'Retry-After': 'Mon, 31 Feb 2026 10:16:00 GMT' },
    expected: { limited: true, retryAfterMs: null },
  },
  {
    name: 'a bad Retry-After falls back to the reset',
    status: 429,
    headers: { 'Retry-After': 'later', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '9' },
    expected: { limited: true, retryAfterMs: 9000 },
  },
  {
    name: 'two folded dates',
    status: 429,
    headers: { 'Retry-After': 'Mon, 02 Mar 2026 10:15:40 GMT, Mon, 02 Mar 2026 10:15:50 GMT' },
    expected: { limited: true, retryAfterMs: 20_000 },
  },
  {
    name: 'a limit with something left did not refuse, so its reset says nothing',
    status: 429,
    headers: {
      'X-RateLimit-Limit': '5000',
      'X-RateLimit-Remaining': '4300',
      'X-RateLimit-Reset': epoch(3000),
    },
    expected: { limited: true, retryAfterMs: null, remaining: 4300 },
  },
  {
    name: 'structured, tokens instead of strings',
    status: 429,
    headers: {
      RateLimit: 'burst;r=0;t=3, daily;r=0;t=600',
      'RateLimit-Policy': 'burst;q=10;w=1, daily;q=1000;w=86400',
    },
    expected: { limited: true, retryAfterMs: 600_000, limit: 1000, remaining: 0, kind: 'quota' },
  },
  {
    name: 'a quoted separator in a policy name',
    status: 200,
    headers: { RateLimit: '"a,b;c";r=7;t=3', 'RateLimit-Policy': '"a,b;c";q=9;w=5' },
    expected: { limited: false, limit: 9, remaining: 7, resetAt: NOW + 3000 },
  },
  {
    name: 'old draft: limit in force, then quotas',
    status: 200,
    headers: {
      'RateLimit-Limit': '100, 100;w=60, 1000;w=3600',
      'RateLimit-Remaining': '12',
      'RateLimit-Reset': '7',
    },
    expected: { limited: false, limit: 100, remaining: 12, resetAt: NOW + 7000 },
  },
  {
    name: 'Telegram',
    status: 429,
    body: {
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 35',
      parameters: { retry_after: 35 },
    },
    expected: { limited: true, retryAfterMs: 35_000 },
  },
  {
    name: 'VK: 200 with an error code',
    status: 200,
    body: { error: { error_code: 6, error_msg: 'Too many requests per second' } },
    expected: { limited: true, kind: 'throttle' },
  },
  {
    name: 'Marketo: 200, success false',
    status: 200,
    body: {
      requestId: 'e42b#14272d07d78',
      success: false,
      errors: [{ code: '606', message: "Max rate limit '100' exceeded with in '20' secs" }],
    },
    expected: { limited: true, retryAfterMs: null, kind: 'throttle' },
  },
  {
    name: 'Marketo: daily quota',
    status: 200,
    body: { success: false, errors: [{ code: '607', message: "Daily quota '50000' exceeded" }] },
    expected: { limited: true, kind: 'quota' },
  },
  {
    name: 'Marketo: concurrency',
    status: 200,
    body: {
      success: false,
      errors: [{ code: '615', message: "Concurrent access limit '10' reached" }],
    },
    expected: { limited: true, kind: 'concurrency' },
  },
  {
    name: 'Kraken: errors as texts',
    status: 200,
    body: { error: ['EAPI:Rate limit exceeded'], result: {} },
    expected: { limited: true, kind: 'throttle' },
  },
  {
    name: 'Etherscan: NOTOK',
    status: 200,
    body: { status: '0', message: 'NOTOK', result: 'Max rate limit reached' },
    expected: { limited: true },
  },
  {
    name: 'Google Maps: OVER_QUERY_LIMIT',
    status: 200,
    body: {
      error_message: 'You have exceeded your rate-limit for this API.',
      results: [],
      status: 'OVER_QUERY_LIMIT',
    },
    expected: { limited: true },
  },
  {
    name: 'WeChat: errcode',
    status: 200,
    body: { errcode: 45009, errmsg: 'reach max api daily quota limit' },
    expected: { limited: true, kind: 'quota' },
  },
  {
    name: 'Feishu: code and msg',
    status: 200,
    body: { code: 99991400, msg: 'request trigger frequency limit' },
    expected: { limited: true },
  },
  {
    name: 'Tencent: error inside Response',
    status: 200,
    body: {
      Response: {
        Error: { Code: 'RequestLimitExceeded', Message: 'Request limit exceeded.' },
        RequestId: 'x',
      },
    },
    expected: { limited: true },
  },
  {
    name: 'Alpha Vantage: nothing but a note',
    status: 200,
    body: {
      Note: 'Thank you! Our standard API rate limit is 25 requests per day. You have reached the limit.',
    },
    expected: { limited: true },
  },
  {
    name: 'APIM: quota with a span of time',
    status: 403,
    body: {
      statusCode: 403,
      message: 'Out of call volume quota. Quota will be replenished in 02:12:34.',
    },
    expected: { limited: true, retryAfterMs: 7_954_000, kind: 'quota' },
  },
  {
    name: 'APIM: seconds in the message',
    status: 429,
    body: '{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 12 seconds." }',
    expected: { limited: true, retryAfterMs: 12_000 },
  },
  {
    name: 'OpenAI: short duration in the message',
    status: 429,
    body: {
      error: {
        message:
          'Rate limit reached for gpt in organization org-1 on requests per min. Limit: 3 / min. Please try again in 20s.',
        type: 'requests',
        code: 'rate_limit_exceeded',
      },
    },
    expected: { limited: true, retryAfterMs: 20_000, kind: 'throttle' },
  },
  {
    name: 'NetSuite: 400 with governance',
    status: 400,
    body: {
      type: 'https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html',
      title: 'Bad Request',
      status: 400,
      'o:errorDetails': [
        {
          detail: 'Concurrent request limit exceeded. Request blocked.',
          'o:errorCode': 'CONCURRENCY_LIMIT_EXCEEDED',
        },
      ],
    },
    expected: { limited: true, kind: 'concurrency' },
  },
  {
    name: 'DocuSign: 400 hourly',
    status: 400,
    headers: {
      'X-RateLimit-Limit': '3000',
      'X-RateLimit-Remaining': '0',
      'X-RateLimit-Reset': epoch(1800),
    },
    body: {
      errorCode: 'HOURLY_APIINVOCATION_LIMIT_EXCEEDED',
      message: 'The maximum number of hourly API invocations has been exceeded.',
    },
    expected: { limited: true, retryAfterMs: 1_800_000, kind: 'quota' },
  },
  {
    name: 'Tencent style throttling in XML',
    status: 400,
    body: '<?xml version="1.0"?><ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>',
    expected: { limited: true, kind: 'throttle' },
  },
  {
    name: 'AWS: RequestThrottled on 503',
    status: 503,
    body: '<ErrorResponse><Error><Code>RequestThrottled</Code><Message>Request is throttled</Message></Error></ErrorResponse>',
    expected: { limited: true },
  },
  {
    name: 'Meta: minutes to regain access',
    status: 400,
    headers: {
      'X-Business-Use-Case-Usage':
        '{"1":[{"type":"ads_insights","call_count":100,"total_cputime":20,"total_time":20,"estimated_time_to_regain_access":19}]}',
    },
    body: {
      error: {
        message: '(#80000) There have been too many calls from this ad-account.',
        code: 80000,
      },
    },
    expected: { limited: true, retryAfterMs: 1_140_000, remaining: 0 },
  },
  {
    name: 'Shopify GraphQL: throttled, affordable after',
    status: 200,
    body: {
      errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }],
      extensions: {
        cost: {
          requestedQueryCost: 202,
          actualQueryCost: null,
          throttleStatus: { maximumAvailable: 1000, currentlyAvailable: 118, restoreRate: 50 },
        },
      },
    },
    expected: { limited: true, retryAfterMs: 1680, limit: 1000, remaining: 118 },
  },
  {
    name: 'GitHub GraphQL: rateLimit among the data',
    status: 200,
    body: {
      data: {
        rateLimit: { limit: 5000, cost: 1, remaining: 4999, resetAt: iso(600) },
        viewer: { login: 'a' },
      },
    },
    expected: { limited: false, limit: 5000, remaining: 4999, resetAt: NOW + 600_000 },
  },
  {
    name: 'monday: complexity among the data',
    status: 200,
    body: {
      data: { complexity: { before: 5000000, query: 12, after: 4999988, reset_in_x_seconds: 30 } },
    },
    expected: { limited: false, remaining: 4999988, resetAt: NOW + 30_000 },
  },
  {
    name: 'retry hint in milliseconds',
    status: 429,
    body: { error: 'rate_limited', retryAfterMs: 2500 },
    expected: { limited: true, retryAfterMs: 2500 },
  },
  {
    name: 'protobuf duration as an object',
    status: 429,
    body: { error: { details: [{ retryDelay: { seconds: 3, nanos: 500000000 } }] } },
    expected: { limited: true, retryAfterMs: 3500 },
  },
  {
    name: 'reset as an instant in the body',
    status: 429,
    body: {
      error: {
        code: 'rate_limit_exceeded',
        details: { reset_at: iso(75), limit: 100, remaining: 0 },
      },
    },
    expected: { limited: true, retryAfterMs: 75_000 },
  },
  {
    name: 'Elasticsearch bulk: one item refused',
    status: 200,
    body: {
      took: 3,
      errors: true,
      items: [
        { index: { _id: '1', status: 201 } },
        {
          index: {
            _id: '2',
            status: 429,
            error: { type: 'es_rejected_execution_exception', reason: 'rejected execution' },
          },
        },
      ],
    },
    expected: { limited: true },
  },
  {
    name: 'Facebook batch: an array of answers',
    status: 200,
    body: [
      { code: 200, body: '{}' },
      { code: 429, headers: [{ name: 'Retry-After', value: '4' }], body: '{}' },
    ],
    expected: { limited: true, retryAfterMs: 4000 },
  },
  {
    name: 'NDJSON-free composite',
    status: 200,
    body: {
      compositeResponse: [
        { httpStatusCode: 429, referenceId: 'a', body: [{ errorCode: 'REQUEST_LIMIT_EXCEEDED' }] },
      ],
    },
    expected: { limited: true },
  },
  {
    name: 'IP ban with its own status (Binance)',
    status: 418,
    headers: { 'Retry-After': '180', 'X-MBX-USED-WEIGHT-1M': '1300' },
    body: { code: -1003, msg: 'Way too many requests; IP banned.' },
    expected: { limited: true, retryAfterMs: 180_000 },
  },
  {
    name: '413 with Retry-After',
    status: 413,
    headers: { 'Retry-After': '3' },
    expected: { limited: true, retryAfterMs: 3000 },
  },
  {
    name: '503 with nothing left',
    status: 503,
    headers: { 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': '4' },
    expected: { limited: true, retryAfterMs: 4000 },
  },
  {
    name: 'GitHub: abuse',
    status: 403,
    headers: { 'retry-after': '60', 'x-ratelimit-remaining': '4999' },
    body: {
      message:
        'You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.',
    },
    expected: { limited: true, retryAfterMs: 60_000, kind: 'secondary' },
  },
  {
    name: 'a stem that says nothing (Aircall)',
    status: 429,
    headers: {
      'X-AircallApi-Limit': '60',
      'X-AircallApi-Remaining': '0',
      'X-AircallApi-Reset': epoch(25),
    },
    expected: { limited: true, retryAfterMs: 25_000, limit: 60, remaining: 0, scope: 'connection' },
  },
  {
    name: 'a stem and a date (CloudTalk)',
    status: 200,
    headers: {
      'X-CloudTalkAPI-Limit': '60',
      'X-CloudTalkAPI-Remaining': '59',
      'X-CloudTalkAPI-ResetTime': epoch(25),
    },
    expected: { limited: false, limit: 60, remaining: 59, resetAt: NOW + 25_000 },
  },
  {
    name: 'everything in a problem document (Akamai)',
    status: 429,
    body: {
      rateLimitNext: iso(49),
      rateLimit: 2,
      detail: 'Quota has been exhausted. You can submit the request after 49 seconds',
      type: '/x/error-types/account-rate-limit-exceeded',
      title: 'Account Rate Limit Exceeded',
      rateLimitRemaining: 0,
      status: 429,
    },
    expected: { limited: true, retryAfterMs: 49_000, limit: 2, remaining: 0 },
  },
  {
    name: 'a limit and a window in a problem document',
    status: 429,
    body: {
      type: 'about:blank',
      title: 'Rate limit exceeded',
      status: 429,
      limit: 10,
      windowSeconds: 60,
      retryAfterSeconds: 45,
    },
    expected: { limited: true, retryAfterMs: 45_000 },
  },
  // What must not be taken for a limit.
  {
    name: 'a record about rate limits',
    status: 200,
    body: {
      id: 7,
      title: 'API rate limit exceeded',
      message: 'Too many requests since Monday',
      status: 'open',
    },
    expected: { limited: false, kind: 'none' },
  },
  {
    name: 'a list of records about rate limits',
    status: 200,
    body: [{ id: 7, message: 'Too many requests', code: 429 }],
    expected: { limited: false },
  },
  {
    name: 'records with a retry field',
    status: 200,
    body: { items: [{ id: 1, retry_after: 30, error: 'rate limit exceeded' }] },
    expected: { limited: false, retryAfterMs: null },
  },
  {
    name: 'a job that was throttled',
    status: 200,
    body: { id: 4, status: 'throttled', result: null, name: 'import' },
    expected: { limited: false },
  },
  {
    name: 'pagination headers',
    status: 200,
    headers: {
      'X-Total-Count': '120',
      'X-Page-Limit': '50',
      'X-Total-Pages': '3',
      'X-Next-Page': '2',
      'X-Request-Id': '42',
      'X-Limit': '20',
      'Cache-Control': 'max-age=60',
    },
    expected: { limited: false, limit: null, remaining: null, resetAt: null },
  },
  {
    name: 'storage quota',
    status: 403,
    body: {
      error: {
        code: 403,
        errors: [
          {
            domain: 'usageLimits',
            reason: 'storageQuotaExceeded',
            message: 'The user has exceeded their Drive storage quota',
          },
        ],
      },
    },
    expected: { limited: false },
  },
  {
    name: 'a character limit',
    status: 422,
    body: { errors: [{ field: 'name', message: 'Character limit exceeded (255)' }] },
    expected: { limited: false },
  },
  {
    name: 'a seat limit',
    status: 403,
    body: { message: 'Your plan has reached its limit of 5 seats' },
    expected: { limited: false },
  },
  {
    name: 'a page size limit',
    status: 400,
    body: { message: 'limit must not exceed 100', code: 'invalid_limit' },
    expected: { limited: false },
  },
  {
    name: 'a query too complex to ever run',
    status: 400,
    body: {
      errors: [
        {
          message: 'Query exceeds maximum complexity of 1000',
          extensions: { code: 'QUERY_TOO_COMPLEX' },
        },
      ],
    },
    expected: { limited: false },
  },
  {
    name: 'a bad gateway',
    status: 502,
    body: '<html><body>502 Bad Gateway</body></html>',
    expected: { limited: false },
  },
  {
    name: 'a redirect that asks to wait',
    status: 302,
    headers: { 'Retry-After': '5', Location: '/x' },
    expected: { limited: false, retryAfterMs: null },
  },
  {
    name: 'a token that expires',
    status: 200,
    headers: { 'X-API-Key-Expires': '86400', 'X-Token-Expires-In': '3600' },
    expected: { limited: false, resetAt: null },
  },
  {
    name: 'expired credentials with a full budget',
    status: 401,
    headers: {
      'X-RateLimit-Limit': '60',
      'X-RateLimit-Remaining': '0',
      'X-RateLimit-Reset': epoch(60),
    },
    body: { message: 'Bad credentials' },
    expected: { limited: false, retryAfterMs: null },
  },
  {
    name: 'a permission error with partial success',
    status: 207,
    body: { responses: [{ status: 403, body: { error: 'forbidden' } }] },
    expected: { limited: false },
  },
];
