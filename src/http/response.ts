import type { HttpResponse, ResponsePromise } from '../connector/http.js';
import type { OutputOf, Schema } from '../connector/schema.js';
import type { ValidationIssue } from '../core/errors.js';
import { ValidationError } from '../core/errors.js';
import type { Report } from './report.js';
import type { OutgoingRequest, ReceivedResponse } from './send.js';

/** A response as connectors see it. */
export class ApiResponse implements HttpResponse {
  readonly #request: OutgoingRequest;
  readonly #received: ReceivedResponse;
  readonly #report: Report;

  constructor(request: OutgoingRequest, received: ReceivedResponse, report: Report) {
    this.#request = request;
    this.#received = received;
    this.#report = report;
  }

  get status(): number {
    return this.#received.status;
  }
  get headers(): Headers {
    return this.#received.headers;
  }
  get url(): string {
    return this.#received.url;
  }

  json(): Promise<unknown>;
  json<S extends Schema>(schema: S): Promise<OutputOf<S>>;
  async json(schema?: Schema): Promise<unknown> {
    const value = this.#parsed();
    return schema === undefined ? value : this.#validated(schema, value);
  }

  async text(): Promise<string> {
    return this.#text();
  }

  async bytes(): Promise<Uint8Array> {
    return this.#received.body;
  }

  #text(): string {
    return this.#received.content.text();
  }

  #parsed(): unknown {
    const { status, body, content } = this.#received;
    try {
      return content.json();
    } catch (error) {
      const found =
        body.byteLength === 0
          ? 'with an empty body'
          : error instanceof RangeError
            ? 'with JSON that is nested too deeply'
            : `with a body that is no JSON: ${this.#report.excerpt(this.#text())}`;
      throw this.#report.httpError(
        this.#request,
        this.#received,
        `answered ${status} ${found}`,
        'Use text() or bytes() if that is what it answers; else check the path and the accept header.',
      );
    }
  }

  async #validated(schema: Schema, value: unknown): Promise<unknown> {
    let issues: readonly ValidationIssue[];
    let cause: unknown;
    try {
      const result = await schema['~standard'].validate(value);
      if (result.issues === undefined) return result.value;
      issues = result.issues.map(({ message, path = [] }) => ({
        message,
        path: path.map((segment) => {
          const key = typeof segment === 'object' ? segment.key : segment;
          return typeof key === 'number' ? key : String(key);
        }),
      }));
    } catch (error) {
      // A schema may throw on what is nested deeper than it can walk.
      cause = error;
      issues = [
        {
          message: `the schema threw: ${error instanceof Error ? error.message : String(error)}`,
          path: [],
        },
      ];
    }
    const first =
      issues[0] === undefined ? '' : `: ${issues[0].path.join('.')} ${issues[0].message}`;
    throw new ValidationError(
      this.#report.message(
        this.#request,
        `answered ${this.status} with a body that its schema refuses${first}`,
        'The error has all issues; correct the schema if the API is right.',
      ),
      {
        issues,
        context: this.#report.context(this.#request, { status: this.status }),
        ...(cause === undefined ? {} : { cause }),
      },
    );
  }
}

/**
 * A response on its way. It is sent in the next microtask, so that what is asked of it can still say which type is wanted. None of its
 * promises is ever an unhandled rejection: only what is awaited fails.
 */
export function responsePromise(send: (accept: string) => Promise<HttpResponse>): ResponsePromise {
  let accept = '*/*';
  const sent = Promise.resolve().then(() => send(accept));
  const part = <T>(read: (response: HttpResponse) => Promise<T>): Promise<T> => {
    const reading = sent.then(read);
    reading.catch(() => undefined);
    return reading;
  };
  function json(): Promise<unknown>;
  function json<S extends Schema>(schema: S): Promise<OutputOf<S>>;
  function json(schema?: Schema): Promise<unknown> {
    accept = 'application/json';
    return part((response) => (schema === undefined ? response.json() : response.json(schema)));
  }
  sent.catch(() => undefined);
  return Object.assign(sent, {
    json,
    text: () => part((response) => response.text()),
    bytes: () => part((response) => response.bytes()),
  });
}
