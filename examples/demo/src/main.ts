import { fileURLToPath } from 'node:url'
import { nodeVersionProblem } from '@latchkey/jwt-middleware/contract'
import { createFamily, type Family } from './family.ts'
import { PEOPLE } from './people.ts'
import { type Running, startMember } from './processes.ts'
import { choosePorts } from './settings.ts'

const FOLDER = fileURLToPath(new URL('../../../.demo', import.meta.url))

let running: Running[] = []
let stopping = false

async function stopAll(): Promise<void> {
  if (stopping) return
  stopping = true
  await Promise.all(running.map((member) => member.stop()))
}

function greet({ auth, notes, teamBoard }: Family, folder: string): void {
  const seconds = (performance.now() / 1000).toFixed(1)
  const people = PEOPLE.map(({ email, password, isSuperuser }) => {
    return `    ${email.padEnd(22)}${password.padEnd(18)}${isSuperuser ? 'superuser (and staff)' : 'a user'}`
  })
  console.log(`
  The demo family is ready (${seconds} s).

    ${'Notes'.padEnd(14)}${notes.url}/notes
    ${'Team board'.padEnd(14)}${teamBoard.url}/
    ${'Staff only'.padEnd(14)}${teamBoard.url}/staff
    ${'Your account'.padEnd(14)}${auth.url}/account
    ${'Inbox'.padEnd(14)}${auth.url}/mailbox

  Sign in as one of these, or create an account of your own:

${people.join('\n')}

  The data is in ${folder}. Press Ctrl-C to end all three.
`)
}

async function main(): Promise<void> {
  const problem = nodeVersionProblem(process.versions.node)
  if (problem) throw new Error(problem)
  console.log('Starting the auth service, the notes and the team board …')
  const folder = process.env.DEMO_FOLDER || FOLDER
  const family = createFamily(folder, await choosePorts(process.env.DEMO_PORTS))
  running = [family.auth, family.notes, family.teamBoard].map(startMember)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stopAll())

  await Promise.all(running.map(({ listening }) => listening))
  if (!stopping) greet(family, folder)
  await Promise.race(running.map(({ ended }) => ended))
  if (!stopping) throw new Error('One of the three processes has ended. Stopping the others.')
}

main()
  .catch((error: Error) => {
    if (stopping) return
    console.error(error.message)
    process.exitCode = 1
  })
  .finally(stopAll)
