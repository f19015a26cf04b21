import { ConfigError } from '../core/errors.js';
import type { ValidationIssue } from '../core/errors.js';
import { isObject } from '../core/json.js';
import { plainJsonProblem } from '../core/plain-json.js';
import { Redactor } from '../core/redaction/redactor.js';
import { secretsIn } from '../core/redaction/secret-forms.js';
import type { Auth, AuthContext, AuthRequest, RefreshContext } from './auth.js';
import { type InputOf, isSchema, type OutputOf, type Schema } from './schema.js';

/** What {@link customAuth} takes. */
export interface CustomAuthOptions<CredentialsSchema extends Schema> {
  /** What a connection's credentials are. What is given is kept; what the schema puts out is what the functions get. */
  readonly credentials: CredentialsSchema;
  /** Adds the credentials to a request: sets headers, or parameters of its `url`. May not change its host. Called for each attempt. */
  readonly apply: (
    request: AuthRequest,
    ctx: AuthContext<OutputOf<CredentialsSchema>>,
  ) => void | Promise<void>;
  /**
   * Gets new credentials after the API has answered 401; they are stored before they are used, and the request is sent once more. Called once
   * at a time for a connection. Throw an `AuthError` when there is no way but to ask the customer. Left out: a 401 is final.
   */
  readonly refresh?: (
    ctx: RefreshContext<OutputOf<CredentialsSchema>>,
  ) => InputOf<CredentialsSchema> | Promise<InputOf<CredentialsSchema>>;
}

/**
 * Authentication of an API's own: a session, a signature, a token that has to be asked for.
 *
 * @throws {ConfigError} when `credentials` is no schema, or `apply` no function
 * @example
 * const session = customAuth({
 *   credentials: z.object({ user: z.string(), password: z.string(), session: z.string().default('') }),
 *   apply: (request, { credentials }) => request.headers.set('x-session', credentials.session),
 *   async refresh({ http, credentials }) {
 *     const { id } = await http.post('login', { json: credentials }).json(z.object({ id: z.string() }));
 *     return { ...credentials, session: id };
 *   },
 * });
 */
export function customAuth<CredentialsSchema extends Schema>(
  options: CustomAuthOptions<CredentialsSchema>,
): Auth<InputOf<CredentialsSchema>> {
  checkOptions(options);
  // The same credentials authorise many requests.
  const known = new WeakMap<object, OutputOf<CredentialsSchema>>();
  const outputOf = async (given: unknown): Promise<OutputOf<CredentialsSchema>> => {
    const before = isObject(given) ? known.get(given) : undefined;
    if (before !== undefined) return before;
    const { output } = await validated(options.credentials, given);
    if (isObject(given)) known.set(given, output);
    return output;
  };
  const { refresh } = options;
  return {
    kind: 'custom',
    parse: async (given) => (await validated(options.credentials, given)).given,
    apply: async (request, ctx) => {
      await options.apply(request, { ...ctx, credentials: await outputOf(ctx.credentials) });
    },
    ...(refresh === undefined
      ? {}
      : {
          refresh: async (ctx) => refresh({ ...ctx, credentials: await outputOf(ctx.credentials) }),
        }),
  };
}

function checkOptions({ credentials, apply, refresh }: CustomAuthOptions<Schema>): void {
  if (!isSchema(credentials)) {
    throw wrong('auth.credentials', 'expected a Standard Schema, such as z.object({ … })');
  }
  if (typeof apply !== 'function') throw wrong('auth.apply', 'expected a function');
  if (refresh !== undefined && typeof refresh !== 'function')
    throw wrong('auth.refresh', 'expected a function');
}

/** @throws {ConfigError} without what was given: some schemas repeat it in their messages */
async function validated<S extends Schema>(
  schema: S,
  given: unknown,
): Promise<{ readonly given: InputOf<S>; readonly output: OutputOf<S> }>;
async function validated(
  schema: Schema,
  given: unknown,
): Promise<{ readonly given: unknown; readonly output: unknown }> {
  const problem = plainJsonProblem(given);
  if (problem !== undefined || given === undefined) {
    const found = problem?.replace('the record', 'the value') ?? 'there are none';
    throw wrong('credentials', `cannot be kept: ${found}`);
  }
  const redactor = new Redactor();
  redactor.learn('', secretsIn(given));
  let issues: readonly Pick<ValidationIssue, 'message'>[];
  let path = 'credentials';
  try {
    const result = await schema['~standard'].validate(given);
    if (result.issues === undefined) return { given, output: result.value };
    issues = result.issues;
    path = ['credentials', ...Array.from(result.issues[0]?.path ?? [], nameOf)].join('.');
  } catch {
    issues = [{ message: 'the schema threw' }];
  }
  throw wrong(path, redactor.redact(issues.map(({ message }) => message).join('; ')));
}

function nameOf(segment: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof segment === 'object' ? segment.key : segment);
}

function wrong(path: string, problem: string): ConfigError {
  return new ConfigError(`${path}: ${problem}`, { context: { path } });
}
