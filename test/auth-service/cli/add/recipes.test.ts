import { expect, it } from 'vitest'
import { planChanges } from '../../../../auth-service/src/cli/add/plan.ts'
import { RECIPES } from '../../../../auth-service/src/cli/add/recipes.ts'
import { blocksOf } from '../../../docs/pages.ts'
import { fileOf } from '../../../docs/recipe-modules.ts'
import { tempApp } from '../../../support/temp-app.ts'

const NOTHING = { LOGIN_URL: undefined, OWN_URL: undefined }

it.each(RECIPES)('"latchkey add" names the files for $name, which its page has', (recipe) => {
  const { name, dependency, files, page } = recipe
  for (const kind of ['dependencies', 'devDependencies']) {
    const folder = tempApp({
      'package.json': JSON.stringify({ [kind]: { [dependency]: '*' } }),
      'package-lock.json': '{}',
      '.env': 'A=1\n',
    })
    const plan = planChanges(folder, undefined, NOTHING)
    const reason = plan.ok ? 'no reason' : plan.reason
    expect(reason).toContain(`an app on ${name}, which "latchkey add" does not edit`)
    expect(reason).toContain('npm install @latchkey/jwt-middleware')
    expect(reason).toContain(`${files.join(' and ')} from ${page}`)
  }
  expect(blocksOf(page).map(fileOf)).toEqual(expect.arrayContaining([...files]))
})

it('An app on Hono beside Nitro is edited', () => {
  const folder = tempApp({
    'package.json': '{"type":"module","main":"app.js","dependencies":{"hono":"4","nitro":"3"}}',
    'app.js': "import { Hono } from 'hono'\nconst app = new Hono()\napp.get('/', (c) => c.text('hi'))\n",
  })
  const plan = planChanges(folder, undefined, NOTHING)
  expect(plan.ok && plan.value.edits[0]?.after).toContain('app.use(auth())')
})
