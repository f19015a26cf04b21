/** What a line of the trace says of an event. */
export function detailOf(event: object): string {
  const { cursor, error, read, judged, missing, deleted } = event as {
    readonly cursor?: unknown;
    readonly error?: { readonly code?: string; readonly message?: string };
    readonly read?: number;
    readonly judged?: number;
    readonly missing?: number;
    readonly deleted?: number;
  };
  const parts = [
    ...(cursor === undefined ? [] : [`cursor ${JSON.stringify(cursor)}`]),
    ...(read === undefined ? [] : [`read ${read}`]),
    ...(judged === undefined ? [] : [`judged ${judged}, missing ${missing ?? 0}`]),
    ...(deleted === undefined ? [] : [`deleted ${deleted}`]),
    ...(error === undefined ? [] : [`${error.code ?? ''} ${error.message ?? ''}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}
