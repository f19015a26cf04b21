import type { FakeList, FakeVersion, ServedPage } from 'syncline/testing';

/** One reading of a list, as the API saw it: from a first page on, by whichever process. */
export interface Reading {
  readonly isFull: boolean;
  /** What the requests of one reading have in common. */
  readonly asks: string;
  /** The filter, as the list sorts; undefined: everything. */
  readonly since: number | undefined;
  readonly beganAt: number;
  /** The list's newest change then: what came later at the same instant was not there to be read. */
  readonly beganSeq: number;
  readonly pages: Page[];
  isComplete: boolean;
}

export interface Page {
  readonly process: number;
  /** Names the request. */
  readonly request: string;
  /** When the process sent its request, and when the API read its data. */
  readonly sentAt: number;
  readonly at: number;
  readonly reading: Reading;
  readonly versions: readonly FakeVersion[];
  /** Keys that a delta said are gone. */
  readonly gone: readonly string[];
  readonly isLast: boolean;
  /** The lease that its process held when it was served; undefined: none. */
  readonly token: number | undefined;
  isCommitted: boolean;
  isAbandoned: boolean;
}

/** What a list's API has served, and to whom. */
export class Served {
  readonly list: FakeList;
  readonly readings: Reading[] = [];
  readonly #pages: Page[] = [];
  readonly #numbered = new Map<number, Reading>();

  constructor(list: FakeList) {
    this.list = list;
  }

  /** @param token of the lease that the process holds */
  add(served: ServedPage, token: number | undefined): Page {
    const { request, at, versions, gone, isLast } = served;
    const reading = this.#readingOf(served);
    const page = {
      process: Number(request.headers.get('x-process')),
      request: request.headers.get('x-request') ?? '',
      sentAt: Number(request.headers.get('x-sent')),
      ...{ at, reading, versions, gone, isLast, token, isCommitted: false, isAbandoned: false },
    };
    reading.pages.push(page);
    reading.isComplete ||= isLast;
    this.#pages.push(page);
    return page;
  }

  /** The pages of the reading that a process was in, up to the one that it asked for at an instant: its own run's, and what earlier ones had committed. */
  upTo(process: number, sentAt: number): readonly Page[] {
    const page = this.#heard((each) => each.process === process && each.sentAt === sentAt);
    if (!page) return [];
    const before = page.reading.pages.filter((each) => each.at <= page.at);
    const ours = before.filter((each) => each.token === page.token && !each.isAbandoned);
    return before.filter((each) => each.isCommitted || ours.includes(each));
  }

  /** The records of a page are committed. */
  committed(process: number, sentAt: number): void {
    const page = this.#heard((each) => each.process === process && each.sentAt === sentAt);
    if (page) page.isCommitted = true;
  }

  /** Nobody has heard what was answered. */
  abandoned(request: string): void {
    for (const page of this.#pages) if (page.request === request) page.isAbandoned = true;
  }

  /** The last page that was served to a run, as long as it held a lease. */
  lastOf(token: number | undefined): Page | undefined {
    return token === undefined ? undefined : this.#heard((each) => each.token === token);
  }

  #heard(isIt: (page: Page) => boolean): Page | undefined {
    return this.#pages.findLast((page) => !page.isAbandoned && isIt(page));
  }

  #readingOf({ reading: number, request, isFirst, at }: ServedPage): Reading {
    const known = number === undefined ? this.#latestOf(request.url) : this.#numbered.get(number);
    if (known && !isFirst) return known;
    const since = this.#sinceOf(request.url);
    const reading = {
      asks: asksOf(request.url),
      isFull: since === undefined || request.url.searchParams.get('mode') === 'full',
      since,
      beganAt: at,
      beganSeq: this.list.seq,
      pages: [],
      isComplete: false,
    };
    this.readings.push(reading);
    if (number !== undefined) this.#numbered.set(number, reading);
    return reading;
  }

  /** Pages that are counted do not say which reading they belong to: the latest one that asks for the same. */
  #latestOf(url: URL): Reading | undefined {
    return this.readings.findLast(({ asks }) => asks === asksOf(url));
  }

  #sinceOf({ searchParams }: URL): number | undefined {
    const token = searchParams.get('token');
    if (token !== null) return Number(token.split('.')[1]);
    const since = searchParams.get('since');
    return since === null ? undefined : this.list.stamps.read(since);
  }
}

function asksOf({ searchParams }: URL): string {
  const [mode, since, until] = ['mode', 'since', 'until'].map((name) => searchParams.get(name));
  return `${mode ?? ''} since ${since ?? 'ever'} until ${until ?? 'now'}`;
}
