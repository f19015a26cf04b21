import type { TrafficBody } from '../storage/traffic.js';
import type { Secrets } from './secrets.js';
import { shownBody } from './sensitive.js';

/** So much of a body is looked at beyond what is kept of it, so that no secret is cut in half. */
const MARGIN = 65_536;
const TEXT =
  /^\s*(?:text\/|[\w.+-]+\/(?:[\w.+-]+\+)?(?:json|xml|x-www-form-urlencoded|graphql|x-ndjson|javascript)\b)/i;

/** Holds on to the beginning of a body. */
export class BodyBeginning {
  readonly #max: number;
  readonly #chunks: Uint8Array[] = [];
  #held = 0;
  #bytes = 0;

  /** @param max bytes that are kept of it; 0: it is only counted */
  constructor(max: number) {
    this.#max = max;
  }

  /** All of its bytes that came. */
  get bytes(): number {
    return this.#bytes;
  }

  take(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    if (this.#max === 0) return;
    const room = this.#max + MARGIN - this.#held;
    if (room <= 0) return;
    const part = chunk.subarray(0, room);
    this.#chunks.push(part);
    this.#held += part.byteLength;
  }

  /** What is kept of it; null when it is empty, or no text. */
  kept(contentType: string | null, secrets: Secrets): TrafficBody | null {
    if (this.#held === 0 || (contentType !== null && !TEXT.test(contentType))) return null;
    const bytes = Buffer.concat(this.#chunks);
    const whole = bytes.toString('utf8');
    if (whole.includes('\0')) return null;
    const truncated = this.#bytes > this.#max;
    const shown = shownBody(whole);
    // Masks may have moved the place of the cut; what is longer than its share is cut again below.
    const length = truncated ? bytes.subarray(0, this.#max).toString('utf8').length : Infinity;
    return { text: secrets.redact(shown, length), truncated };
  }
}
