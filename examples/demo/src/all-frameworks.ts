import { fileURLToPath } from 'node:url'
import { nodeVersionProblem } from '@latchkey/jwt-middleware/contract'
import { chooseFrameworkPorts, createFrameworksFamily, type FrameworksFamily } from './frameworks-family.ts'
import { PEOPLE } from './people.ts'
import { type Running, startMember } from './processes.ts'

const FOLDER = fileURLToPath(new URL('../../../.demo/frameworks', import.meta.url))

const running: Running[] = []
const stopAll = () => Promise.all(running.map((one) => one.stop()))

function greet({ auth, apps }: FrameworksFamily, folder: string): void {
  const links = [...apps, { name: 'Your account', url: `${auth.url}/account` }]
  const people = PEOPLE.map(
    ({ email, password, isSuperuser }) =>
      `    ${email.padEnd(22)}${password.padEnd(18)}${isSuperuser ? 'superuser (and staff)' : 'a user'}`,
  )
  console.log(`
  One app on each framework is ready.

${links.map(({ name, url }) => `    ${name.padEnd(14)}${url}`).join('\n')}

  Sign in as one of these. All apps know you then, and until you sign out in one of them:

${people.join('\n')}

  The data is in ${folder}. Press Ctrl-C to end all.
`)
}

async function main(): Promise<void> {
  const problem = nodeVersionProblem(process.versions.node)
  if (problem) throw new Error(problem)
  const folder = process.env.DEMO_FOLDER || FOLDER
  const family = createFrameworksFamily(folder, await chooseFrameworkPorts(process.env.DEMO_PORT))
  console.log(`Starting the auth service and ${family.apps.length} apps …`)
  const stopped = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve())
  })
  const start = (member: (typeof family.apps)[number]) => {
    const one = startMember(member)
    running.push(one)
    return one
  }
  const auth = start(family.auth)
  await Promise.race([auth.listening, stopped])
  const apps = family.apps.map(start)
  await Promise.race([Promise.all(apps.map(({ listening }) => listening)), stopped])
  greet(family, folder)
  await Promise.race([stopped, ...running.map(({ ended }) => ended)])
}

main()
  .catch((error: Error) => {
    console.error(error.message)
    process.exitCode = 1
  })
  .finally(stopAll)
