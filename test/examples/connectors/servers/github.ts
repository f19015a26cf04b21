import { createHash } from 'node:crypto';
import type { Answered, Got } from '../../../http/support/loopback.js';
import type { TestClock } from '../../../support/clock.js';
import type { ExampleApi } from '../support/story.js';

const REPO = '/repos/octo/hello';

interface Issue {
  readonly number: number;
  readonly title: string;
  readonly state: 'open' | 'closed';
  readonly at: number;
  readonly isPull: boolean;
}

/**
 * GitHub's issues: pull requests among them; thirty a page unless `per_page` says otherwise and a hundred at most; numbered pages whose next
 * address is in the `Link` header; `since` inclusive and to the second; an ETag on each answer, by which an unchanged one is a 304 that
 * costs no quota. Deleted issues answer 410, transferred ones 301.
 */
export class GithubApi implements ExampleApi {
  readonly #clock: TestClock;
  readonly #issues = new Map<number, Issue>();
  readonly #transferred = new Set<number>();
  readonly #deleted = new Set<number>();
  /** Issues that the list leaves out though they are there, as after a failover. */
  readonly unlisted = new Set<number>();
  /** What was answered in full, and what with 304. */
  quota = 0;
  unchanged = 0;

  constructor(clock: TestClock) {
    this.#clock = clock;
  }

  save(number: number, title: string, more: Partial<Pick<Issue, 'state' | 'isPull'>> = {}): void {
    const at = Math.floor(this.#clock.now() / 1_000);
    this.#issues.set(number, { number, title, state: 'open', isPull: false, at, ...more });
  }

  delete(number: number): void {
    this.#issues.delete(number);
    this.#deleted.add(number);
  }

  transfer(number: number): void {
    this.#issues.delete(number);
    this.#transferred.add(number);
  }

  truth() {
    return { issues: [...this.#issues.values()].filter(({ isPull }) => !isPull).map(shown) };
  }

  answer(got: Got): Answered {
    const answered = this.#answer(got);
    if (answered.status !== undefined) return answered;
    const etag = `W/"${createHash('sha256').update(JSON.stringify(answered.body)).digest('hex')}"`;
    if (got.headers['if-none-match'] === etag) {
      this.unchanged += 1;
      return { status: 304, headers: { etag } };
    }
    this.quota += 1;
    return { ...answered, headers: { ...answered.headers, etag } };
  }

  #answer({ url: asked, headers }: Got): Answered {
    // Names are taken in any case, and given in their own.
    const url = new URL(asked);
    url.pathname = url.pathname.replace(/^\/repos\/Octo\/Hello/i, REPO);
    if (headers.authorization !== 'Bearer ghp_1') return refused(401, 'Bad credentials');
    if (url.host !== 'api.github.com') return refused(404, 'Not Found');
    if (url.pathname === REPO)
      return { body: { full_name: 'octo/hello', url: `https://api.github.com${REPO}` } };
    if (url.pathname === `${REPO}/issues`) return this.#list(url);
    const [, repo = '', number = ''] =
      /^(\/repos\/[^/]+\/[^/]+)\/issues\/(\d+)$/.exec(url.pathname) ?? [];
    return repo === REPO ? this.#one(Number(number)) : this.#elsewhere(repo, Number(number));
  }

  #one(number: number): Answered {
    const issue = this.#issues.get(number);
    if (issue) return { body: shown(issue) };
    if (this.#deleted.has(number)) return refused(410, 'This issue was deleted');
    if (!this.#transferred.has(number)) return refused(404, 'Not Found');
    const location = `https://api.github.com/repos/octo/elsewhere/issues/${number}`;
    return {
      status: 301,
      headers: { location },
      body: { message: 'Moved Permanently', url: location },
    };
  }

  #elsewhere(repo: string, number: number): Answered {
    if (repo !== '/repos/octo/elsewhere') return refused(404, 'Not Found');
    return { body: { number, repository_url: `https://api.github.com${repo}` } };
  }

  #list(url: URL): Answered {
    const params = url.searchParams;
    const since = params.get('since');
    const from = since === null ? -Infinity : Date.parse(since) / 1_000;
    const isAll = params.get('state') === 'all';
    const size = Math.min(Number(params.get('per_page') ?? 30), 100);
    const page = Number(params.get('page') ?? 1);
    const direction = params.get('direction') === 'asc' ? 1 : -1;
    const found = [...this.#issues.values()]
      .filter(
        ({ number, at, state }) =>
          at >= from && (isAll || state === 'open') && !this.unlisted.has(number),
      )
      .sort((a, b) => direction * (a.at - b.at || a.number - b.number));
    const body = found.slice((page - 1) * size, page * size).map(shown);
    const to = (n: number): string => {
      const target = new URL(url);
      target.searchParams.set('page', String(n));
      return target.href;
    };
    const last = Math.ceil(found.length / size);
    const links = [
      ...(page > 1 ? [`<${to(page - 1)}>; rel="prev"`] : []),
      ...(page < last ? [`<${to(page + 1)}>; rel="next"`, `<${to(last)}>; rel="last"`] : []),
    ];
    return { headers: links.length === 0 ? {} : { link: links.join(', ') }, body };
  }
}

function shown({ number, title, state, at, isPull }: Issue) {
  return {
    number,
    title,
    state,
    updated_at: new Date(at * 1_000).toISOString().replace('.000Z', 'Z'),
    repository_url: `https://api.github.com${REPO}`,
    ...(isPull ? { pull_request: { url: `https://api.github.com${REPO}/pulls/${number}` } } : {}),
  };
}

function refused(status: number, message: string): Answered {
  return { status, body: { message, documentation_url: 'https://docs.github.com/rest' } };
}
