export { proxy } from './auth'

export const config = {
  matcher: [
    {
      // All but public files. A link that is only fetched ahead renews no session.
      source: '/((?!_next/static/|_next/image$|favicon\\.ico$).*)',
      missing: [{ type: 'header', key: 'next-router-prefetch' }],
    },
  ],
}
