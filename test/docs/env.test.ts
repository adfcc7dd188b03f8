import { expect, it } from 'vitest'
import { startNode, tempApp } from '../support/temp-app.ts'
import { blocksOf } from './pages.ts'
import { fileOf } from './recipe-modules.ts'

const PAGE = 'docs/recipes/env.md'

const blocks = blocksOf(PAGE)
const dotenv = blocks.find(({ code }) => code.startsWith('LOGIN_URL='))?.code ?? ''

/** The page's app in a folder, with changes. */
const app = (changes: Record<string, string> = {}): string => {
  const files = blocks.flatMap((block) => {
    const name = fileOf(block)
    return name === null ? [] : [[name, block.code] as const]
  })
  return tempApp({
    'package.json': '{"type":"module"}',
    '.env': dotenv,
    ...Object.fromEntries(files),
    ...changes,
  })
}

const main = blocks.find((block) => fileOf(block) === 'main.ts')?.code ?? ''
const withoutLoading = main.replace("import './env.ts'\n", '')

it('an app whose first import loads .env starts', async () => {
  await startNode(app(), ['main.ts'], { PORT: '0' }).until(/Port \d+/)
})

it('an app that is started with --env-file starts, and a variable that is set counts more', async () => {
  const folder = app({ 'main.ts': `${withoutLoading}\nconsole.log(process.env.OWN_URL)\n` })
  const env = { PORT: '0', OWN_URL: 'https://app1.example.com' }
  const started = startNode(folder, ['--env-file=.env', 'main.ts'], env)
  await started.until(/Port \d+/)
  expect(started.output()).toContain('https://app1.example.com')
  await startNode(folder, ['--env-file-if-exists=.env.missing', 'main.ts'], {
    ...env,
    LOGIN_URL: 'https://auth.example.com/login',
  }).until(/Port \d+/)
})

it('an app that loads .env after the app stops, and says what is missing', async () => {
  const late = startNode(app({ 'main.ts': `${withoutLoading}\nimport './env.ts'\n` }), ['main.ts'], {
    PORT: '0',
  })
  expect(await late.ended).toBe(1)
  expect(late.output()).toContain('LOGIN_URL is missing')
})
