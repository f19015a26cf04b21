/**
 * How much of a value its name makes secret: `all` of it, whatever it is; only a `text`, where the name is also used for harmless lists and
 * numbers; or nothing.
 */
export type Secrecy = 'all' | 'text' | 'none';

const SECRET =
  /^(?:(?:pass(?:words?|wd|phrases?|codes?)|pwd|secrets?|credentials?|authori[sz]ation|cookies?|tokens?|jwt)|\w{1,24}(?:passwords?|passwd|passphrases?|secrets?|tokens?|credentials?)|\w{0,12}(?:api|access|secret|private|signing)keys?)$/;
const SESSION_ID = /^\w{0,8}sess(?:ion)?id$/;
const SECRET_TEXT = /^(?:session|signature|bearer|assertion|verifier)$/;
/** What a `key` opens: an `api key`, not a `primary key`. */
const KEY_OF =
  /^(?:api|app|application|access|secret|private|signing|encryption|decryption|subscription|master|shared|auth|service|consumer|functions?|admin|developer|server|webhook|integration|ingestion|license|deploy)$/;
/** Secret as a whole name only. */
const WHOLE = /^(?:key|sig|auth|pass)$/;
/** Whose `pass` is no boarding pass. */
const PASS_OF = /^(?:x|user|db|database|smtp|ftp|mail|login|http|proxy|auth|admin|root|client)$/;

/** Places in a list are called tokens too, and are what one looks for in a log. */
const PLACE =
  /^(?:page|paging|pagination|sync|next|prev|previous|continuation|continue|cursor|skip|delta|start|resume|change|changes|scroll|position|checkpoint|marker)$/;
const PLACE_TOKEN =
  /^(?:(?:next|prev|start)?(?:page|sync)|next|continuation|cursor|skip|delta|resume)tokens?$/;
/** What a language model counts. */
const COUNTED =
  /^(?:max|min|total|prompt|completion|input|output|used|remaining|num|count|cached|reasoning|thinking|audio|context|candidates|budget|billed|left)$/;
/** What comes after the name of a secret to tell something about it. */
const ABOUT =
  /^(?:types?|count|counts|usage|used|remaining|limit|length|policy|expires?|expired|expiry|expiration|expires?in|ttl|lifetime|required|enabled|strength|status|method|algorithm|alg|scheme|version|name|at|in|date|endpoint|details)$/;

const known = new Map<string, Secrecy>();
const MAX_KNOWN = 1_000;
const MAX_NAME = 128;

/** What the name of a header, a parameter or a field says of its value, in any spelling: `client_secret`, `clientSecret`, `X-CLIENT-SECRET`. */
export function secrecyOf(name: string): Secrecy {
  const bounded = name.length > MAX_NAME ? name.slice(-MAX_NAME) : name;
  let secrecy = known.get(bounded);
  if (secrecy === undefined) {
    secrecy = judged(wordsOf(bounded));
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(bounded, secrecy);
  }
  return secrecy;
}

function judged(words: readonly string[]): Secrecy {
  const [first = '', second] = words;
  const last = words.at(-1) ?? '';
  if (words.length === 1 && WHOLE.test(first)) return first === 'pass' ? 'all' : 'text';
  if (first === 'x' && second === 'auth') return 'all';
  // `token_url` is an address, `password_reset_url` is as good as the password.
  if (/^(?:token|authorization)$/.test(first) && /^(?:url|uri)$/.test(second ?? '')) return 'none';
  if (words.length > 1 && ABOUT.test(last)) return 'none';
  let weak = false;
  for (const [at, word] of words.entries()) {
    const before = words[at - 1] ?? '';
    if (isSecretWord(word, before)) return 'all';
    weak ||= SECRET_TEXT.test(word);
  }
  return weak ? 'text' : 'none';
}

function isSecretWord(word: string, before: string): boolean {
  if (/^tokens?$/.test(word)) return !PLACE.test(before) && !isCounted(word, before);
  if (PLACE_TOKEN.test(word)) return false;
  if (/^keys?$/.test(word)) return KEY_OF.test(before);
  if (word === 'pass') return PASS_OF.test(before);
  if (word === 'id') return before === 'session';
  return SECRET.test(word) || SESSION_ID.test(word);
}

function isCounted(word: string, before: string): boolean {
  return word === 'tokens' && COUNTED.test(before);
}

function wordsOf(name: string): string[] {
  return unencoded(name)
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
}

function unencoded(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
