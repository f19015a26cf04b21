import { nameWords } from './name-words.js';
import { isStockLimit } from './stock-limits.js';
import type { RateLimitKind, RateLimitScope } from './types.js';

/** What a text says about a refusal for load, quota or concurrency. */
export interface LimitWords {
  readonly kind: Exclude<RateLimitKind, 'none'>;
  readonly scope?: RateLimitScope;
}

/** The words of a message or code, joined by single spaces: `RATE_LIMITED`, `rateLimited` and `Rate limited.` are one. */
export function plainWords(text: string): string {
  return nameWordsOf(text.slice(0, 600)).join(' ');
}

function nameWordsOf(text: string): string[] {
  // nameWords takes names of up to 128 characters, so a message goes through it word by word.
  return text.split(/\s+/).flatMap((word) => nameWords(word));
}

const NUMBERED =
  '(?:app|application|api|user|account|client|project|tenant|shop|store|site|access|request|requests|call|calls|query|queries|quer|hit|usage|hourly|daily|day|minute|minutely|secondly|monthly|weekly|transaction|throughput|concurrency|complexity|points|token|tokens|credit|credits|message|messages|frequency|global|invocation|invocations|velocity|governance|bandwidth|qps|rps|rpm|tpm|tps|interval|burst|throttle)';
const OVER =
  '(?:exceed|crossed|exceeded|exceeds|exceeding|reached|hit|exhausted|surpassed|over|violated|depleted|limited)';

const SECONDARY =
  /\b(?:secondary rate|abuse|abusive|abnormal (?:usage|requests?|traffic|activity)|unusual (?:traffic|activity)|flood (?:control|wait))\b/;
const CONCURRENCY = new RegExp(
  [
    'concurren(?:t|cy|tly) ?\\w*(?: \\w+){0,3} ?(?:limit|exceed|max|many|reach)',
    '(?:limit|exceed\\w*|max\\w*|many|reached)(?: \\w+){0,4} (?:concurren(?:t|cy|tly)|simultaneous(?:ly)?|parallel|in flight|open connections)',
    '(?:simultaneous|parallel|in flight) (?:\\w+ ){0,2}(?:connections|requests|calls|limit|queries)',
    'global concurrency|endpoint concurrency|concurrency limit',
    'only (?:one|\\d+) (?:\\w+ ){0,2}(?:requests?|calls?|sessions?|quer(?:y|ies))(?: \\w+){0,8} at (?:a|the same) time',
    'lock timeout|(?:unable|failed) to (?:acquire|obtain|get)? ?(?:\\w+ )?lock|row locks?|scroll exists|scroll already|already (?:has )?(?:an? )?(?:open|active|running) scroll|too many (?:open |active )?(?:connections|sessions|scrolls|jobs|write operations)',
    '(?:pending|queued|running|active|outstanding) (?:\\w+ ){0,4}(?:jobs|exports|imports|queries)|write contention|conflicting (?:operation|request) in progress',
  ].join('|'),
);
const QUOTA = new RegExp(
  [
    `quota(?: \\w+){0,4} ${OVER}`,
    `(?:${OVER}|insufficient|out of|no)(?: \\w+){0,4} quota`,
    `(?:hourly|daily|weekly|monthly|per day|per month|per hour)(?: \\w+){0,4} limit(?:s)?(?: \\w+){0,3} ${OVER}`,
    `${OVER}(?: \\w+){0,4} (?:hourly|daily|weekly|monthly) (?:\\w+ ){0,2}(?:limit|quota|allowance)`,
    '(?:daily|monthly|hourly) limit|quota limit|over quota',
  ].join('|'),
);
const THROTTLE = new RegExp(
  [
    `rate limit(?:ed|ing|s)?(?: \\w+){0,8} ${OVER}`,
    `${OVER}(?: \\w+){0,8} rate limit(?:s)?`,
    '(?:being|been|are|is|was|request|requests|temporarily|please) rate limit(?:ed)?',
    'too many (?:\\w+ ){0,2}(?:requests?|calls?|queries|api|hits|visits|messages|operations|commands|transactions|authentications)',
    'toomanyrequests|throttl(?:ed|ing)\\b|throttl(?:e|ed)? (?:limit|exception|exceeded)|request(?:s)? (?:has been|have been|was|were|is|are)? ?(?:being )?throttled',
    'slow down|slowdown|enhance your calm|calm down|back off|request rate (?:is )?too (?:high|large)|too (?:fast|quickly|frequent|frequently)|rate (?:too|is too) high|rate exceeded',
    `${NUMBERED} limits?(?: \\w+){0,5} ${OVER}`,
    `${OVER}(?: \\w+){0,6} ${NUMBERED} (?:\\w+ ){0,2}limits?`,
    `${OVER}(?: \\w+){0,8} (?:requests|calls|queries) (?:per|in|for|within|limit)`,
    '(?:throughput|budget|complexity) (?:limit )?(?:exceeded|exhausted)|complexity budget|over (?:rate|query|request) limit',
    `${OVER} (?:the )?(?:maximum |allowed )?number of (?:\\w+ ){0,3}(?:times|requests|calls|queries|invocations)|number of (?:\\w+ ){0,3}(?:requests|calls|queries|invocations) (?:\\w+ ){0,2}${OVER}`,
    'over (?:rate|qps)$|developer over',
    'resource exhausted|maxlag|request limit|call limit|frequency limit|out of (?:rate |call |request )?limit|activity limit reached|rate limit error|(?:call|request|traffic)s? limited|requests? exceeded (?:the )?limit|^(?:\\w+ ){0,2}throttle$',
  ].join('|'),
);
/** Refusals for load: the server, not a budget, asks for a pause. */
const LOAD =
  /\b(?:overload(?:ed)?|server (?:is )?(?:too )?busy|service (?:is )?(?:too )?busy|reduce your request rate|over capacity|rejected execution|temporarily at capacity)\b/;
/** Limits of size or number that no wait lifts. */
const NO_WAIT =
  /\b(?:storage|disk|mailbox (?:size|full|quota)|attachment|file size|size limit|length|characters?|seats?|licenses?|upload size|payload|body (?:size|too)|page size|per page|max(?:imum)? (?:query )?(?:cost|complexity|depth)|too (?:complex|long|large to))\b/;

/**
 * What a message or code says of a limit; undefined where it speaks of something else. A bare `rate limit` is believed in
 * a code (`rate_limit_error`) but not in prose, which may be about rate-limit settings.
 */
export function limitWords(text: string, isCode: boolean): LimitWords | undefined {
  const words = plainWords(text);
  const kind = kindOf(words, isCode);
  if (kind === undefined) return undefined;
  const scope = scopeOfWords(words);
  return scope === undefined ? { kind } : { kind, scope };
}

function kindOf(words: string, isCode: boolean): LimitWords['kind'] | undefined {
  if (words === '') return undefined;
  const bare =
    isCode && /\brate ?limit|^quota|^throttl|limit reached$|^limited$|^over limit$/.test(words);
  if (NO_WAIT.test(words) && !/\brate limit|too many requests|throttl/.test(words))
    return undefined;
  if (SECONDARY.test(words)) return 'secondary';
  if (CONCURRENCY.test(words) || (isCode && isConcurrencyCode(words))) return 'concurrency';
  if (isStockLimit(words)) return undefined;
  const window = windowKind(words);
  if (QUOTA.test(words)) return window ?? 'quota';
  if (THROTTLE.test(words) || LOAD.test(words) || bare) return window ?? 'throttle';
  return undefined;
}

/** `ConcurrentRequests`, but not two who changed the same thing. */
function isConcurrencyCode(words: string): boolean {
  return (
    /\bconcurren(?:t|cy)\b/.test(words) &&
    !/\b(?:modif\w*|updat\w*|edit\w*|chang\w*|version|mismatch|conflict\w*|write|access)\b/.test(
      words,
    )
  );
}

/** A named window tells a quota from a throttle better than the word `quota`, which some use for both. */
export function windowKind(words: string): 'throttle' | 'quota' | undefined {
  if (/\b(?:minute|min|minutely|second|secondly|secs|qps|rps|rpm|tpm|tps|burst)\b/.test(words))
    return 'throttle';
  return /\b(?:daily|day|hourly|monthly|month|weekly|week|24h?)\b/.test(words)
    ? 'quota'
    : undefined;
}

/** Who a text says is limited. */
export function scopeOfWords(words: string): RateLimitScope | undefined {
  if (
    /\b(?:lock|locked|scroll|jobs|exports?|this (?:object|endpoint|method|route|table|channel|ad account)|throughput|endpoint|write (?:operations|contention)|per (?:method|endpoint|route)|slow down|reduce your request rate)\b/.test(
      words,
    )
  )
    return 'endpoint';
  if (
    /\b(?:user|per account|tenant|workspace|organi[sz]ation|shop|per token|portal|your account)\b/.test(
      words,
    )
  )
    return 'connection';
  // "APP_002" is a number of an error, not an app.
  if (/\b(?:app(?! \d)|application|project|maxlag|overloaded|for all|consumer)\b/.test(words))
    return 'app';
  if (
    /\b(?:concurren(?:t|cy)|simultaneous|complexity|budget|secondary|abuse|account|token|customer)\b/.test(
      words,
    )
  )
    return 'connection';
  return undefined;
}
