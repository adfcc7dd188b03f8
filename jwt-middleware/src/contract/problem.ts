/** A machine-readable error (RFC 9457). Extension members are snake_case, like the claims. */
export interface Problem {
  readonly status: number
  readonly title: string
  readonly detail?: string
  readonly [extension: string]: unknown
}

/** The problem as an `application/problem+json` response that no cache stores. */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ type: 'about:blank', ...problem }), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      'cache-control': 'private, no-store',
      ...headers,
    },
  })
}
