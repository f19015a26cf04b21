import { parseLimitMatch } from '../connector/limit-match.js';

/** Says whether a limit is for a request. */
export type Matcher = (method: string, path: string) => boolean;

/**
 * Compiles a method and a glob on the path after the base URL: `*` is anything within a segment, `**` anything at all, and a final `/**` is
 * also the path without it. The method may be left out or `*`; the path is compared without its query.
 *
 * @throws {ConfigError} when it is neither, or could never match
 * @example compileMatch('GET /search/**', 'limits[1].match')('GET', '/search/issues') // true
 */
export function compileMatch(match: string, path: string): Matcher {
  const { method, glob } = parseLimitMatch(match, path);
  const pattern = globPattern(glob);
  return (asked, at) =>
    (method === undefined || method === asked.toUpperCase()) && pattern.test(bare(at));
}

function bare(path: string): string {
  const end = path.search(/[?#]/);
  const own = end < 0 ? path : path.slice(0, end);
  return own.startsWith('/') ? own : `/${own}`;
}

function globPattern(glob: string): RegExp {
  const open = glob.endsWith('/**');
  const source = (open ? glob.slice(0, -3) : glob)
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : escape(part)))
    .join('');
  return new RegExp(`^${source}${open ? '(?:/.*)?' : ''}$`);
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
