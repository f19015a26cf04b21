import type { Paging } from '../../connector/page.js';
import { lookUp } from './body-path.js';
import { isNoToken, saysMore } from './more.js';
import type { ReadPage, Style } from './style.js';
import { positionField } from './style.js';

/** The address of the next page in the body: absolute, or relative to the page's own address. */
export function nextStyle({
  next,
  more,
}: {
  readonly next: string;
  readonly more?: string;
}): Style {
  return addressStyle('next', ({ answer, body }) => {
    const says = saysMore(body, more);
    if (says === false) return { address: undefined, saidEnd: true };
    const { value, present, parent } = lookUp(body, next);
    if (!isNoToken(value) && typeof value !== 'string') {
      throw answer.error(
        `has no address at '${next}' but ${describe(value)}`,
        'Name the field that holds the address itself, or use a cursor.',
      );
    }
    if (typeof value === 'string' && value !== '') return { address: value, saidEnd: false };
    if (says === true)
      throw answer.error(
        `says '${more ?? ''}' but gives no address at '${next}'`,
        'The rest of the list cannot be asked for: check both paths.',
      );
    return { address: undefined, saidEnd: present || parent };
  });
}

interface Address {
  readonly address: string | undefined;
  readonly saidEnd: boolean;
}

/** A list whose pages name the next one's address, which is used as it is: parameters of the first request are not sent again. */
export function addressStyle(paging: Paging, read: (page: ReadPage) => Address): Style {
  return {
    paging,
    mayAskAgain: false,
    request(first, at) {
      const href = positionField(at, 'url');
      return typeof href === 'string' && URL.canParse(href)
        ? { ...first, url: new URL(href), searchParams: {} }
        : first;
    },
    turn(page) {
      const { address, saidEnd } = read(page);
      if (address === undefined) return { next: undefined, saidEnd };
      const url = page.answer.follow(completed(address, page));
      // Some APIs always answer a next address; one that leads back to an empty page is the end.
      if (page.items.length === 0 && url.href === page.answer.received.url)
        return { next: undefined, saidEnd };
      return { next: { url: url.href } };
    },
  };
}

/** Some APIs give no address but the part of the query that differs: `page=2&size=10`, `&page=2`. */
function completed(address: string, { answer }: ReadPage): string {
  if (!/^&?[\w.[\]%~-]+=[^?#]*$/.test(address)) return address;
  const url = new URL(answer.received.url);
  for (const [name, value] of new URLSearchParams(address)) url.searchParams.set(name, value);
  return url.href;
}

export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value)
    ? 'a list'
    : typeof value === 'object'
      ? 'an object'
      : `a ${typeof value}`;
}
