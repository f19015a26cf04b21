import type { Style } from './style.js';
import { addressStyle } from './next.js';

/** The address of the next page in the `Link` header, as `rel="next"` (RFC 8288). */
export function linkStyle(): Style {
  const style = addressStyle('link', ({ answer }) => {
    const header = answer.received.headers.get('link');
    return { address: header === null ? undefined : nextLink(header), saidEnd: false };
  });
  return {
    ...style,
    tellsNextInHeaders: true,
    nextAfterUnchanged(answer) {
      const header = answer.received.headers.get('link');
      if (header === null) return undefined;
      const address = nextLink(header);
      return address === undefined ? null : { url: answer.follow(address).href };
    },
  };
}

/** The target with the relation `next`, whatever else the header names and however it is spaced. */
export function nextLink(header: string): string | undefined {
  for (let rest = header; ;) {
    const link = /^[\s,]*<([^>]*)>/.exec(rest);
    if (link === null) return undefined;
    const parameters = parametersOf(rest.slice(link[0].length));
    if (parameters.relations.includes('next') && parameters.hasResults) return link[1]?.trim();
    rest = parameters.rest;
  }
}

/**
 * Parameters up to the comma that ends them; commas within quotes do not. Some APIs always name a next page, and say by `results="false"` that
 * there is nothing on it (https://docs.sentry.io/api/pagination).
 */
function parametersOf(text: string): {
  readonly relations: readonly string[];
  readonly hasResults: boolean;
  readonly rest: string;
} {
  let relations: readonly string[] = [];
  let hasResults = true;
  let rest = text;
  for (;;) {
    const parameter = /^\s*;\s*([^\s=;,]*)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,]*)))?/.exec(
      rest,
    );
    if (parameter === null) break;
    const [all, name = '', quoted, token] = parameter;
    const value = (quoted ?? token ?? '').toLowerCase();
    if (name.toLowerCase() === 'rel') relations = value.split(/\s+/);
    if (name.toLowerCase() === 'results') hasResults = value !== 'false';
    rest = rest.slice(all.length);
  }
  const comma = rest.indexOf(',');
  return { relations, hasResults, rest: comma === -1 ? '' : rest.slice(comma + 1) };
}
