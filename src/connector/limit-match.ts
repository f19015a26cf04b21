import { show, wrong } from './definition-checks.js';

/** Which requests a limit is for, as its `match` says. */
export interface LimitMatch {
  /** In capitals; undefined: every method. */
  readonly method: string | undefined;
  /** On the path after the base URL, with a leading slash. */
  readonly glob: string;
}

const METHODS = /^(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/;

/**
 * Reads a method and a glob on the path after the base URL. The method may be left out or `*`, and written in any case; so may the leading slash.
 *
 * @throws {ConfigError} when it is neither, or could never match, saying how to write it
 */
export function parseLimitMatch(match: unknown, path: string): LimitMatch {
  const parts =
    typeof match === 'string' ? /^(?:([A-Za-z]+|\*)\s+)?(\S+)$/.exec(match.trim()) : null;
  const glob = parts?.[2];
  if (glob === undefined)
    throw wrong(
      path,
      `${show(match)} is no method and path; write it as 'GET /search/**' or '/search/**'`,
    );
  const method = parts?.[1];
  const prefix = method === undefined ? '' : `${method} `;
  const problem = neverMatches(glob, method);
  if (problem !== undefined)
    throw wrong(
      path,
      `${show(match)} could never match: ${problem.why}; write '${prefix}${problem.write}'`,
    );
  return {
    method: method === '*' ? undefined : method?.toUpperCase(),
    // Paths come with these encoded.
    glob: (glob.startsWith('/') ? glob : `/${glob}`)
      .toWellFormed()
      .replace(/[^!-~]/gu, encodeURIComponent),
  };
}

interface Problem {
  readonly why: string;
  readonly write: string;
}

function neverMatches(glob: string, method: string | undefined): Problem | undefined {
  if (method === undefined && METHODS.test(glob))
    return { why: 'a method needs a path', write: `${glob} /**` };
  const address = /^[a-z][a-z\d+.-]*:\/\/[^/]*(.*)$/i.exec(glob);
  if (address !== null)
    return {
      why: 'it is compared with the path after baseUrl, not with an address',
      write: address[1] || '/**',
    };
  const end = glob.search(/[?#]/);
  if (end >= 0)
    return { why: 'the path is compared without its query', write: glob.slice(0, end) || '/**' };
  const star = glob.replace(/\{[^/}]*\}|(?<=\/):[^/]+|^:[^/]+/g, '*');
  return star === glob ? undefined : { why: "parts that vary are '*'", write: star };
}
