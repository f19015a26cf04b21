import type { Pagination } from '../../connector/http.js';
import { isObject } from '../../core/json.js';
import { rawJson } from '../../core/raw-json.js';
import { isList, valueAt } from './body-path.js';
import { withParam } from './list-request.js';
import type { ReadPage, Style } from './style.js';
import { positionField } from './style.js';

/** A relay connection (https://relay.dev/graphql/connections.htm): `pageInfo.hasNextPage` decides, the cursor stays on the last page. */
export function graphqlStyle({
  graphql: path,
  variable = 'after',
}: Extract<Pagination, { readonly graphql: unknown }>): Style {
  return {
    paging: 'graphql',
    mayAskAgain: true,
    request(first, at) {
      const cursor = positionField(at, 'cursor');
      return cursor === undefined
        ? first
        : withParam(first, 'json', `variables.${variable}`, cursor);
    },
    list(body) {
      const connection = valueAt(body, path);
      const nodes = valueAt(connection, 'nodes');
      if (isList(nodes)) return nodes.filter(isThere);
      const edges = valueAt(connection, 'edges');
      return isList(edges) ? edges.map((edge) => valueAt(edge, 'node')).filter(isThere) : undefined;
    },
    turn(page) {
      refuseErrors(page);
      const connection = valueAt(page.body, path);
      const pageInfo = valueAt(connection, 'pageInfo');
      if (!isObject(pageInfo)) {
        throw page.answer.error(
          `has no relay connection at '${path}'`,
          `Ask for nodes and pageInfo { hasNextPage endCursor } there.`,
        );
      }
      const count = valueAt(connection, 'totalCount');
      const total = typeof count === 'number' ? count : undefined;
      if (pageInfo['hasNextPage'] !== true) return { next: undefined, total };
      const cursor = pageInfo['endCursor'];
      if (typeof cursor !== 'string' && typeof cursor !== 'number') {
        throw page.answer.error(
          `says hasNextPage but gives no endCursor at '${path}'`,
          'Ask for pageInfo { hasNextPage endCursor }.',
        );
      }
      return { next: { cursor }, total };
    },
  };
}

/** A node that the viewer may not see is null. */
function isThere(node: unknown): boolean {
  return node !== null && node !== undefined;
}

/** GraphQL answers errors with 200, and null in place of what failed: such a page is not complete. */
function refuseErrors({ answer, body }: ReadPage): void {
  const errors = valueAt(body, 'errors');
  if (!isList(errors) || errors.length === 0) return;
  const messages = errors
    .slice(0, 3)
    .map((error) => answer.excerpt(rawJson(valueAt(error, 'message') ?? error)));
  throw answer.error(
    `has GraphQL errors: ${messages.join('; ')}`,
    'Correct the query or its variables; the error has the whole body.',
  );
}
