import { AssertionError } from 'node:assert'
import type { CaseAnswer, CaseClient } from './case-client.ts'

/** What an adapter that loses cookies does to its users. */
const LOST =
  'Half a minute later the old ones count as reused, and the user is signed out. Finish every response, ' +
  'also those of the framework itself.'

export function fail(answer: CaseAnswer, problem: string, expected?: unknown, actual?: unknown): never {
  throw new AssertionError({ message: `${answer.asked}: ${problem}`, expected, actual })
}

export function expectStatus(answer: CaseAnswer, ...wanted: readonly number[]): CaseAnswer {
  const { status, headers, text } = answer
  if (wanted.includes(status)) return answer
  const seen = headers.location === undefined ? excerpt(text) : `to ${headers.location}`
  return fail(
    answer,
    `expected status ${wanted.join(' or ')}, got ${status} ${seen}`.trim(),
    wanted[0],
    status,
  )
}

/** The user as JSON, as the routes of the app answer. */
export function expectUser(answer: CaseAnswer, email: string | null): void {
  const found = (jsonOf(expectStatus(answer, 200)) as { email?: unknown }).email ?? null
  if (found === email) return
  fail(
    answer,
    `expected ${email ?? 'an anonymous visitor'}, got ${found ?? 'an anonymous visitor'}.`,
    email,
    found,
  )
}

export function jsonOf(answer: CaseAnswer): Record<string, unknown> {
  try {
    return JSON.parse(answer.text)
  } catch {
    return fail(answer, `expected JSON, got ${excerpt(answer.text)}`)
  }
}

export function expectHeader(answer: CaseAnswer, name: string, wanted: RegExp): void {
  const value = [answer.headers[name] ?? []].flat().join(', ')
  if (!wanted.test(value)) fail(answer, `expected ${name} to match ${wanted}, got "${value}".`, wanted, value)
}

/** No shared cache may store it, nor the browser (RFC 9111, section 5.2.2). */
export function expectPrivate(answer: CaseAnswer): void {
  expectHeader(answer, 'cache-control', /^private, no-store$/)
  expectHeader(answer, 'vary', /\bcookie\b/i)
}

/** Both cookies of a renewal, each once, in a response that no cache stores. */
export function expectRenewed(answer: CaseAnswer): void {
  const names = answer.setCookies.filter((line) => !/=;/.test(line)).map(nameOf)
  for (const part of ['.access', '.refresh']) {
    const count = names.filter((name) => name.endsWith(part)).length
    if (count !== 1)
      fail(answer, `expected a new cookie …${part} once, got it ${count} times. ${LOST}`, 1, count)
  }
  expectPrivate(answer)
}

export function expectNoCookies(answer: CaseAnswer): void {
  const names = answer.setCookies.map(nameOf)
  if (names.length > 0) fail(answer, `expected no Set-Cookie, got ${names.join(', ')}.`, [], names)
}

/** Both cookies deleted. */
export function expectDeleted(answer: CaseAnswer): void {
  const deleted = answer.setCookies.filter((line) => /^[^=]+=;.*\bmax-age=0\b/i.test(line)).map(nameOf)
  for (const part of ['.access', '.refresh']) {
    if (!deleted.some((name) => name.endsWith(part)))
      fail(answer, `expected the cookie …${part} to be deleted, got ${deleted.join(', ') || 'nothing'}.`)
  }
}

/** The login page, and the way back; a note about a rejected token may be there, too. */
export function expectLogin(client: CaseClient, answer: CaseAnswer, location: unknown, next: string): void {
  const wanted = new URL(client.testAuth.options.loginUrl)
  const found = URL.parse(String(location))
  if (found === null || found.origin + found.pathname !== wanted.origin + wanted.pathname)
    fail(answer, `expected the login page ${wanted}, got ${location}.`, String(wanted), location)
  const back = found?.searchParams.get('next')
  if (!isSamePage(back, next))
    fail(answer, `expected next=${next} for the login page, got ${back}.`, next, back)
}

/** Some frameworks encode a query again: `a+b` for `a%20b`. */
function isSamePage(one: unknown, other: string): boolean {
  const [found, wanted] = [URL.parse(String(one)), new URL(other)]
  if (found === null || found.origin + found.pathname !== wanted.origin + wanted.pathname) return false
  return found.searchParams.toString() === wanted.searchParams.toString()
}

/** The name of a cookie; values are secrets. */
const nameOf = (setCookie: string): string => setCookie.split('=', 1)[0] as string

const excerpt = (text: string): string => (text === '' ? '' : JSON.stringify(text.slice(0, 200)))
