import type { Answered, Got } from '../../../http/support/loopback.js';
import type { TestClock } from '../../../support/clock.js';
import type { ExampleApi } from '../support/story.js';

interface Message {
  readonly ts: string;
  readonly text: string;
  readonly edited: boolean;
}

interface Channel {
  readonly id: string;
  readonly is_member: boolean;
  readonly messages: Map<string, Message>;
}

/**
 * Slack: everything is a 200, and `ok` says whether it is an answer; channels come in pages that may be smaller than asked for, their history
 * newest first, with `oldest` left out unless `inclusive`; the cursor is empty at the end. An edit keeps the message's `ts`.
 */
export class SlackApi implements ExampleApi {
  readonly #clock: TestClock;
  readonly #channels = new Map<string, Channel>();
  #micros = 0;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  open(id: string, is_member = true): void {
    this.#channels.set(id, { id, is_member, messages: new Map() });
  }

  post(channel: string, text: string): string {
    const micros = String(++this.#micros % 1_000_000).padStart(6, '0');
    const ts = `${Math.floor(this.#clock.now() / 1_000)}.${micros}`;
    this.#channels.get(channel)?.messages.set(ts, { ts, text, edited: false });
    return JSON.stringify([channel, ts]);
  }

  edit(key: string, text: string): void {
    const [channel = '', ts = ''] = JSON.parse(key) as string[];
    this.#channels.get(channel)?.messages.set(ts, { ts, text, edited: true });
  }

  delete(key: string): void {
    const [channel = '', ts = ''] = JSON.parse(key) as string[];
    this.#channels.get(channel)?.messages.delete(ts);
  }

  truth() {
    const channels = [...this.#channels.values()].filter(({ is_member }) => is_member);
    return {
      messages: channels.flatMap(({ id, messages }) =>
        [...messages.values()].map((message) => ({ ...shown(message), channel: id })),
      ),
    };
  }

  answer({ url, headers }: Got): Answered {
    if (url.host !== 'slack.com') return { status: 404, body: 'not found' };
    if (headers.authorization !== 'Bearer xoxb-1') return failed('invalid_auth');
    const params = url.searchParams;
    if (url.pathname === '/api/conversations.list') return this.#list(params);
    if (url.pathname === '/api/conversations.history') return this.#history(params);
    return failed('unknown_method');
  }

  #list(params: URLSearchParams): Answered {
    const all = [...this.#channels.values()];
    const from = position(params.get('cursor'));
    // Fewer than were asked for, and not the last.
    const channels = all
      .slice(from, from + 2)
      .map(({ id, is_member }) => ({ id, name: id, is_member }));
    return answered({ channels }, from + 2 < all.length ? from + 2 : undefined);
  }

  #history(params: URLSearchParams): Answered {
    const channel = this.#channels.get(params.get('channel') ?? '');
    if (!channel) return failed('channel_not_found');
    if (!channel.is_member) return failed('not_in_channel');
    const oldest = params.get('oldest') ?? '0';
    const isInclusive = params.get('inclusive') === 'true';
    const limit = Math.min(Number(params.get('limit') ?? 100), 999);
    const found = [...channel.messages.values()]
      .filter(({ ts }) => exact(ts) > exact(oldest) || (isInclusive && exact(ts) === exact(oldest)))
      .sort((a, b) => Number(exact(b.ts) - exact(a.ts)));
    const from = position(params.get('cursor'));
    const messages = found.slice(from, from + limit).map(shown);
    const next = from + limit < found.length ? from + limit : undefined;
    return answered({ messages, has_more: next !== undefined, pin_count: 0 }, next);
  }
}

/** Microseconds since the epoch. */
function exact(ts: string): bigint {
  const [seconds = '0', micros = ''] = ts.split('.');
  return BigInt(seconds) * 1_000_000n + BigInt(micros.padEnd(6, '0'));
}

function position(cursor: string | null): number {
  return cursor === null ? 0 : Number(Buffer.from(cursor, 'base64').toString().slice(5));
}

function shown({ ts, text, edited }: Message) {
  return {
    type: 'message',
    user: 'U012AB3CDE',
    text,
    ts,
    ...(edited ? { edited: { user: 'U012AB3CDE', ts: '1767225600.000000' } } : {}),
  };
}

function answered(body: object, next: number | undefined): Answered {
  const next_cursor = next === undefined ? '' : Buffer.from(`next:${next}`).toString('base64');
  return { body: { ok: true, ...body, response_metadata: { next_cursor } } };
}

function failed(error: string): Answered {
  return { body: { ok: false, error } };
}
