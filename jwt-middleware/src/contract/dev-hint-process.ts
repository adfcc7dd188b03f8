import { isLocalName } from './local-name.ts'

/** How to get both settings for development; nothing for an app that is deployed. */
export function devHint(ownUrl: string | undefined): string {
  const own = URL.parse(ownUrl ?? '')
  if (own && !isLocalName(own.hostname)) return ''
  return (
    '. On your own machine: if the file .env has both settings, start the app with node --env-file=.env; if not, this ' +
    `starts an auth service and prints them: npx latchkey dev --app ${own?.origin ?? 'http://app1.team.localhost:3000'}`
  )
}
