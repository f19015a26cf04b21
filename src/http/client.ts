import type {
  HttpClient,
  PagesOptions,
  RequestOptions,
  ResponsePromise,
} from '../connector/http.js';
import type { HttpClientOptions } from './client-options.js';
import { createExchange } from './exchange.js';
import { createValidators } from './pagination/conditional.js';
import { readPages } from './pagination/pages.js';
import { createReading } from './pagination/reading.js';
import { responsePromise } from './response.js';

/** HTTP for one reading of a stream, or for one `check`: cheap to make, and not to be used for another. */
export function createHttpClient<Item = unknown>(options: HttpClientOptions): HttpClient<Item> {
  const exchange = createExchange(options);
  const reading = createReading(options.resume);
  const validators = options.conditions && createValidators(options.conditions);
  const send = (path: string | URL, own: RequestOptions = {}): ResponsePromise =>
    responsePromise(async (accept) => (await exchange.send(path, own, accept)).response);
  const method = (name: string) => (path: string | URL, own?: RequestOptions) =>
    send(path, { ...own, method: name });
  return Object.assign(send, {
    get: method('GET'),
    post: method('POST'),
    put: method('PUT'),
    patch: method('PATCH'),
    delete: method('DELETE'),
    head: method('HEAD'),
    pages: <T = Item>(path: string | URL, own: PagesOptions<T>) => {
      options.guard?.();
      return readPages(path, own, { exchange, reading, keyOf: options.keyOf, validators });
    },
  });
}
