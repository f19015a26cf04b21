/** How fast an average follows: the last few answers, and the last hundred or so. */
const FAST = 0.2;
const SLOW = 0.02;
/** Nothing is said before so many answers. */
const FIRST = 20;
/** So many answers in a row have to be slow. */
const IN_A_ROW = 8;
const SLOWER = 2;
/** A server that was fast enough may become a little slower. */
const SMALLEST_RISE_MS = 100;
/** Under way at a time, compared with what is usual: more of them explain longer answers. */
const SAME_LOAD = 1.25;
/** After it was told, it is given time to show. */
const PAUSE_MS = 30_000;
const MAX_ENDPOINTS = 256;
const MAX_PATHS = 512;

/** How long answers of an API's endpoints usually take. */
export class UsualLatency {
  readonly #means = new Map<string, number>();
  /** Paths that were seen lately, by method. */
  #endpoints = new Map<string, Map<string, string>>();

  /** How much longer than usual an answer took; 1: as usual. */
  ratio(method: string, path: string, latencyMs: number): { ratio: number; usualMs: number } {
    const endpoint = this.#endpointOf(method, path);
    const usual = this.#means.get(endpoint);
    if (usual === undefined) {
      if (this.#means.size < MAX_ENDPOINTS) this.#means.set(endpoint, Math.max(1, latencyMs));
      return { ratio: 1, usualMs: latencyMs };
    }
    const ratio = latencyMs / usual;
    // Slow ones are to be noticed, not to be taken for usual.
    const counted = Math.min(latencyMs, usual * SLOWER);
    this.#means.set(endpoint, Math.max(1, usual + (counted - usual) * SLOW));
    return { ratio, usualMs: usual };
  }

  #endpointOf(method: string, path: string): string {
    let paths = this.#endpoints.get(method);
    if (paths === undefined || paths.size >= MAX_PATHS) {
      if (this.#endpoints.size > 16) this.#endpoints = new Map();
      paths = new Map();
      this.#endpoints.set(method, paths);
    }
    const known = paths.get(path);
    if (known !== undefined) return known;
    const made = endpointOf(method, path);
    paths.set(path, made);
    return made;
  }
}

/** Notices that a connection's answers take longer although no more is asked at a time. */
export class LatencyWatch {
  #answers = 0;
  #ratio = 1;
  #usualRatio = 1;
  #load = 0;
  #slow = 0;
  #quietUntil = 0;

  /** Says whether answers have become slow. */
  learn(ratio: number, usualMs: number, abreast: number, now: number): boolean {
    this.#answers += 1;
    if (this.#answers === 1) this.#load = abreast;
    this.#ratio += (ratio - this.#ratio) * FAST;
    const isSlow =
      this.#ratio > SLOWER * this.#usualRatio &&
      (this.#ratio - this.#usualRatio) * usualMs > SMALLEST_RISE_MS &&
      abreast <= this.#load * SAME_LOAD;
    if (!isSlow) {
      this.#usualRatio += (Math.min(ratio, SLOWER) - this.#usualRatio) * SLOW;
      this.#load += (abreast - this.#load) * SLOW;
    }
    this.#slow = isSlow ? this.#slow + 1 : 0;
    if (this.#answers < FIRST || this.#slow < IN_A_ROW || now < this.#quietUntil) return false;
    this.#quietUntil = now + PAUSE_MS;
    this.#slow = 0;
    return true;
  }
}

/** A path with what looks like an identity left out: there are few of them. */
function endpointOf(method: string, path: string): string {
  const end = path.search(/[?#]/);
  const segments = (end < 0 ? path : path.slice(0, end)).split('/').slice(0, 6);
  return `${method} ${segments.map((part) => (/\d|.{25}/.test(part) ? '*' : part)).join('/')}`;
}
