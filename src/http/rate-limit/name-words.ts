/** What header and field names about limits are glued together from: `dailylimit`, `resettime`, `retryafter`. */
const GLUED = new Set(
  [
    'rate limits limited limit limiting throttling throttled throttle quota budget credits points',
    'resets reset remaining remain left available avail used usage consumed count current capacity',
    'retry after in at try next until wait delay back off too many over exceeded max maximum total allowed',
    'time timestamp epoch utc on delta milliseconds millis ms seconds second secs sec minutes minute mins min',
    'hourly hours hour daily days day weekly week monthly month interval window period per fill burst',
    'app user org account tenant project team workspace site client key ip group service global method',
    'api requests request reqs req calls call tokens token cost read write post concurrent concurrency',
    'invocation invocations',
  ].flatMap((line) => line.split(' ')),
);
const LONGEST = 12;

/** Names come again with every response, and taking one apart costs more than the rest of reading it. */
const KNOWN = new Map<string, readonly string[]>();
const MAX_KNOWN = 4096;
const MAX_NAME = 128;

/**
 * The lower-case words of a name in any spelling: `X-RateLimit-ResetTime`, `retryAfterMs`, `rate_limit_remaining`. A run
 * of letters is taken apart only where all of it is known words, so `administrator` stays whole.
 */
export function nameWords(name: string): readonly string[] {
  const bounded = name.length > MAX_NAME ? name.slice(0, MAX_NAME) : name;
  const known = KNOWN.get(bounded);
  if (known !== undefined) return known;
  const words = bounded
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '')
    .flatMap((word) => unglued(word));
  if (KNOWN.size >= MAX_KNOWN) KNOWN.clear();
  KNOWN.set(bounded, words);
  return words;
}

function unglued(word: string): string[] {
  if (word.length < 4 || word.length > 40 || GLUED.has(word)) return [word];
  // best[n]: the words that make up the first n letters, as few as possible.
  const best: (string[] | undefined)[] = [[]];
  for (let end = 1; end <= word.length; end += 1) {
    for (let start = Math.max(0, end - LONGEST); start < end; start += 1) {
      const before = best[start];
      if (before === undefined || (best[end]?.length ?? Infinity) <= before.length + 1) continue;
      const piece = word.slice(start, end);
      if (GLUED.has(piece)) best[end] = [...before, piece];
    }
  }
  return best[word.length] ?? [word];
}
