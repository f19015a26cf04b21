import type { Origins } from './origins.js';
import type { Report } from './report.js';
import type { Secrets } from './secrets.js';
import type { Interceptor, OutgoingRequest, ReceivedResponse } from './send.js';

const MAX_REDIRECTS = 10;
/** What another origin is told of a request: nothing that may be a credential. */
const HARMLESS = /^(?:accept|accept-.*|content-.*|user-agent)$/;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Follows redirects as fetch does (Fetch standard, HTTP-redirect fetch), but within the allowed origins only, each hop a send of its own. Credentials stay at home. */
export function followRedirects(origins: Origins, secrets: Secrets, report: Report): Interceptor {
  return async (request, next) => {
    let current = request;
    for (let hops = 0; ; hops++) {
      const response = await next(current);
      const location = REDIRECTS.has(response.status) ? response.headers.get('location') : null;
      if (location === null)
        return current.isStray === true ? { ...response, isStray: true } : response;
      if (hops === MAX_REDIRECTS) {
        throw report.httpError(
          request,
          response,
          `was redirected more than ${MAX_REDIRECTS} times`,
          'The API sends its requests round in a circle: check the path and baseUrl.',
        );
      }
      current = redirected(
        current,
        response,
        targetOf(location, current, response, origins, report),
        secrets,
      );
    }
  };
}

function targetOf(
  location: string,
  request: OutgoingRequest,
  response: ReceivedResponse,
  origins: Origins,
  report: Report,
): URL {
  const target = origins.follow(location, request.url);
  if ('url' in target) return target.url;
  throw report.httpError(
    request,
    response,
    `was redirected (${response.status}) to ${target.refused}`,
    target.todo,
  );
}

function redirected(
  request: OutgoingRequest,
  { status }: ReceivedResponse,
  target: URL,
  secrets: Secrets,
): OutgoingRequest {
  const headers = new Headers(request.headers);
  const isStray = request.isStray === true || target.origin !== request.url.origin;
  // APIs repeat the query that they were asked with.
  const url = isStray ? secrets.withoutCredentials(target, request.url) : target;
  if (isStray) {
    for (const name of [...headers.keys()]) if (!HARMLESS.test(name)) headers.delete(name);
  }
  const becomesGet =
    ((status === 301 || status === 302) && request.method === 'POST') ||
    (status === 303 && request.method !== 'GET' && request.method !== 'HEAD');
  if (!becomesGet) return { ...request, url, headers, isStray };
  for (const name of [
    'content-encoding',
    'content-language',
    'content-location',
    'content-type',
    'content-length',
  ])
    headers.delete(name);
  return { ...request, method: 'GET', url, headers, body: undefined, isStray };
}
