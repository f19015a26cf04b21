/** A fetch that answers from memory: JSON, or a `Response` as it is. */
export function answering(
  answer: (request: Request, count: number) => unknown,
): typeof globalThis.fetch & { readonly urls: readonly string[] } {
  const urls: string[] = [];
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    urls.push(request.url);
    const answered = await answer(request, urls.length);
    return answered instanceof Response ? answered : Response.json(answered);
  };
  return Object.assign(fetch, { urls });
}
