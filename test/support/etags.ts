import { createHash } from 'node:crypto';
import type { JsonValue } from 'syncline';
import type { Answer, Asked, TestApi } from './api.js';

/** What an answer with that body can be asked for again with. */
type Tag = (body: JsonValue | undefined) => Readonly<Record<string, string>>;

export interface TagOptions {
  /** Default: an ETag that is a hash of the body alone, as many frameworks make it. */
  readonly tag?: Tag;
  /** Headers that a 304 repeats, beside the tag. Default: none. */
  readonly repeats?: readonly string[];
  /** What the API answers in place of its list. */
  readonly answer?: (asked: Asked) => Answer | undefined;
}

const bodyTag: Tag = (body) => ({
  etag: `"${createHash('sha256')
    .update(JSON.stringify(body ?? null))
    .digest('hex')
    .slice(0, 20)}"`,
});

/** Lets a test API answer 304 to who has its page already; returns the statuses of its answers. */
export function answerTagged(api: TestApi, options: TagOptions = {}) {
  const { tag = bodyTag, repeats = [], answer } = options;
  const statuses: number[] = [];
  api.intercept = (asked) => {
    const own = answer?.(asked) ?? api.answer(asked);
    const result = (own.status ?? 200) === 200 ? tagged(asked, own) : own;
    statuses.push(result.status ?? 200);
    return result;
  };
  function tagged(asked: Asked, own: Answer): Answer {
    const tags = tag(own.body);
    const known =
      tags['etag'] === undefined
        ? asked.headers['if-modified-since'] === tags['last-modified']
        : asked.headers['if-none-match'] === tags['etag'];
    const kept = Object.entries(own.headers ?? {}).filter(([name]) => repeats.includes(name));
    return known && Object.keys(tags).length > 0
      ? { status: 304, headers: { ...tags, ...Object.fromEntries(kept) } }
      : { ...own, headers: { ...own.headers, ...tags } };
  }
  return {
    /** The statuses since the last call. */
    statuses: (): readonly number[] => statuses.splice(0),
  };
}
