import type { AuthRequest } from '../connector/auth.js';
import { AuthError, ConfigError, SynclineError } from '../core/errors.js';
import type { Report } from './report.js';
import type { Secrets } from './secrets.js';
import type { Interceptor } from './send.js';

/** Adds the connection's credentials to each request, also to each retry and each hop of a redirect within its origin, so that a new token is used at once. */
export function authorise(
  apply: (request: AuthRequest) => void | Promise<void>,
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
      await apply(authorised);
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
