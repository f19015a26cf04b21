import type { AuthRequest } from '../connector/auth.js';
import { settledWithin } from '../core/abortable.js';
import { AuthError, ConfigError, SynclineError, TimeoutError } from '../core/errors.js';
import type { Clock } from '../core/ports.js';
import type { Report } from './report.js';
import type { Secrets } from './secrets.js';
import type { Interceptor, OutgoingRequest } from './send.js';

/** How long `apply` may take, in milliseconds. Meanwhile its request has a permit. */
const MAX_MS = 30_000;

/** Adds the connection's credentials to each request, also to each retry and each hop of a redirect within its origin, so that a new token is used at once. */
export function authorise(
  apply: (request: AuthRequest) => void | Promise<void>,
  clock: Clock,
  secrets: Secrets,
  report: Report,
): Interceptor {
  return async (request, next) => {
    if (request.isStray === true) return next(request);
    const authorised = {
      method: request.method,
      url: new URL(request.url),
      headers: new Headers(request.headers),
      body: request.body,
    };
    try {
      await settledWithin(() => apply(authorised), {
        ...{ clock, ms: MAX_MS, signal: request.signal, what: 'auth.apply' },
        late: () => unsettled(request, report),
      });
    } catch (error) {
      if (error instanceof SynclineError) throw error;
      // The cause is left out: fetch's own errors repeat the value that they refuse.
      throw new AuthError(
        report.message(
          request,
          'could not be authorised',
          'Its credentials cannot be sent as they are: set them anew with connections.update().',
        ),
        { context: report.context(request) },
      );
    }
    if (authorised.url.origin !== request.url.origin) {
      throw new ConfigError(
        report.message(
          request,
          'was sent elsewhere by auth',
          "Authentication may change a request's path and query, not its host; set baseUrl.",
        ),
        { context: report.context(request) },
      );
    }
    secrets.learn(request, authorised);
    const response = await next({ ...request, url: authorised.url, headers: authorised.headers });
    const { href } = request.url;
    return response.url === href ? response : { ...response, url: href };
  };
}

function unsettled(request: OutgoingRequest, report: Report): TimeoutError {
  const todo =
    "Look for what it waits for: the connector's own apply, or the key provider that opens the credentials.";
  return new TimeoutError(
    report.message(request, `was not sent: auth.apply did not settle within ${MAX_MS} ms`, todo),
    { context: report.context(request, { phase: 'authorise' }) },
  );
}
